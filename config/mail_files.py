"""Mails in files: one `.eml`, an mbox, a Maildir, or standard input."""

import mailbox
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class MailFile:
    """One mail's raw bytes and what to call it."""

    name: str
    raw: bytes


def read_mails(paths: Sequence[Path]) -> Iterator[MailFile]:
    """Each mail of the paths, one at a time; one mail from standard input without a path.

    Raises:
        InvalidInputError: a directory that is no Maildir, or a file that cannot be read.
    """
    if not paths:
        yield MailFile("-", _without_envelope_line(sys.stdin.buffer.read()))
    for path in paths:
        try:
            yield from _read(path)
        except OSError as error:
            raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from error


def _without_envelope_line(raw: bytes) -> bytes:
    """A mail without the `From SENDER DATE` that Exim, procmail and Postfix's flag F write above it.

    It is no mbox: its own lines need not be quoted.
    """
    return raw.partition(b"\n")[2] if raw.startswith((b"From ", b">From ")) else raw


def _read(path: Path) -> Iterator[MailFile]:
    if path.is_dir():
        if not (path / "cur").is_dir() and not (path / "new").is_dir():
            raise InvalidInputError(f"{path} is no Maildir.", mend="A Maildir has the folders cur and new.")
        for folder in ("new", "cur"):
            for file in sorted((path / folder).glob("*")):
                yield MailFile(str(file), file.read_bytes())
        return
    with path.open("rb") as opened:
        is_mbox = opened.read(5) == b"From "
    if not is_mbox:
        yield MailFile(str(path), path.read_bytes())
        return
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield MailFile(f"{path}[{key}]", box.get_bytes(key))
    finally:
        box.close()
