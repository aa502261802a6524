"""Attachments by content: the same bytes are kept once, under their SHA-256."""

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from core.errors import NotFoundError, TryAgainLaterError

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BlobStore(Protocol):
    """Keeps bytes under their SHA-256 (lower-case hex).

    Raises:
        NotFoundError: `read` of something that is not there.
        TryAgainLaterError: the store cannot be reached, or its disk is full.
    """

    async def write(self, content: bytes) -> str: ...

    async def read(self, sha256: str) -> bytes: ...

    async def check(self) -> None: ...


class DirectoryBlobs:
    """A directory as the store. A file appears under its name only when it is whole and on the disk."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def write(self, content: bytes) -> str:
        return await asyncio.to_thread(self._write, content)

    async def read(self, sha256: str) -> bytes:
        return await asyncio.to_thread(self._read, sha256)

    async def check(self) -> None:
        """Raises TryAgainLaterError where nothing can be written."""
        await asyncio.to_thread(self._check)

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise NotFoundError("There is no such file.")
        return self._directory / sha256[:2] / sha256

    def _write(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if path.exists():
            return sha256
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(path)
            self._sync_directory(path.parent)
        except OSError as error:
            raise TryAgainLaterError("The attachment could not be stored.", mend="Is the disk full?") from error
        return sha256

    @staticmethod
    def _sync_directory(directory: Path) -> None:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _read(self, sha256: str) -> bytes:
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("There is no such file.") from error

    def _check(self) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._directory) as file:
                file.write(b"x")
        except OSError as error:
            raise TryAgainLaterError("The attachment directory cannot be written.") from error
