"""What the desk needs to take files from elsewhere, and to know whether they do harm."""

from typing import Protocol

from core.files.values import FetchedFile, RemoteFile


class FileSource(Protocol):
    """Where shared files are kept.

    Raises:
        FileRefusedError: gone, larger than `largest`, or not for us to read.
        TryAgainLaterError: a passing fault.
    """

    async def fetch(self, file: RemoteFile, *, largest: int) -> FetchedFile: ...


class Scanner(Protocol):
    """Looks for viruses. Says the name of what it found, or nothing.

    Raises:
        TryAgainLaterError: the scanner does not answer as it should.
    """

    async def scan(self, content: bytes) -> str: ...
