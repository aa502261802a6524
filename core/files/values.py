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


def too_large(largest: int) -> FileRefusedError:
    return FileRefusedError(
        f"It is larger than {largest / 2**20:.4g} MiB, the most this desk takes.", mend="A link to it will do."
    )
