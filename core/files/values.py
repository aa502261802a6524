"""Files that stand somewhere else, and what became of them on the way here."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import DeskError


class FileState(StrEnum):
    """How far a file from elsewhere has come."""

    AWAITED = "awaited"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteFile:
    """A file that somebody shared in a channel. What is empty or 0 is asked for when it is fetched."""

    workspace_id: str
    file_id: str
    name: str = ""
    content_type: str = ""
    size: int = 0
    address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedFile:
    """Its bytes, and what its source calls them."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """Who shared a file where, to be told if it cannot be taken: a user id, a channel, the message it stands under."""

    person: str = ""
    conversation: str = ""
    thread_key: str = ""


class FileRefusedError(DeskError):
    """This file will not be taken; the message says why, as whoever shared it may read it."""


def too_large(largest: int, size: int = 0) -> FileRefusedError:
    """`size` in bytes, where it is known."""
    has, limit = mebibytes(size), mebibytes(largest)
    told = f"It has {has}, and" if size > largest and has != limit else "It is too large:"
    return FileRefusedError(f"{told} this desk takes {limit} at most.", mend="A link to it will do.")


def mebibytes(size: int) -> str:
    """A number of bytes as a person reads it."""
    return f"{size / 2**20:.4g} MiB"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRules:
    """Which files people may hand in.

    Attributes:
        largest: bytes of one file from Slack.
        refused_endings: of names, in lower case, without the dot; not taken by Slack, web or API. Mail is taken as it
            is: its sender would hear of a missing file only from somebody who misses it.
    """

    largest: int = 25 * 2**20
    refused_endings: frozenset[str] = frozenset()

    def check(self, name: str, size: int) -> None:
        """Raises FileRefusedError, in words for whoever shared it."""
        if size > self.largest:
            raise too_large(self.largest, size)
        self.check_name(name)

    def check_name(self, name: str) -> None:
        """Raises FileRefusedError as `check`."""
        _, dot, ending = name.lower().rstrip(". ").rpartition(".")  # Windows opens “a.exe. ” as “a.exe”
        if dot and ending in self.refused_endings:
            raise FileRefusedError(f"This desk takes no .{ending} files.", mend="A link to it will do.")
