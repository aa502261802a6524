"""Mail as `.eml` files in a directory, to be looked at, collected by another program, or tested with."""

import asyncio
import hashlib
import os
import re
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from bot.email.transports.port import SentMail, message_id
from core.clock import Clock
from core.errors import TryAgainLaterError

_TIME = "%Y%m%dT%H%M%S.%fZ"
_KEY_LENGTH = 100


class FileTransport:
    """Writes `<time>-<key>-<mark>.eml`: a file appears whole or not at all, and once for each mail.

    The mark comes from key and Message-ID, so a directory outlives the database whose keys named its files.
    """

    name = "file"

    def __init__(self, directory: Path, *, clock: Clock | None = None) -> None:
        self._directory = directory
        self._clock = clock or Clock()

    async def send(
        self,
        message: EmailMessage,
        recipients: Sequence[str],  # noqa: ARG002 (they stand in the message)
        *,
        key: str,
    ) -> SentMail:
        own_id = message_id(message)
        mark = hashlib.sha256(f"{key}\n{own_id}".encode()).hexdigest()[:12]
        safe_key = re.sub(r"[^A-Za-z0-9._-]", "_", key)[:_KEY_LENGTH]
        try:
            await asyncio.to_thread(self._write, f"{safe_key}-{mark}.eml", message)
        except OSError as error:
            raise TryAgainLaterError(
                f"The mail could not be written to {self._directory}: {error.strerror or error}.",
                mend="Is the disk full, or not writable?",
            ) from error
        return SentMail(message_id=own_id)

    def _write(self, name: str, message: EmailMessage) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        if any(self._directory.glob(f"*-{name}")):
            return
        path = self._directory / f"{self._clock.now().strftime(_TIME)}-{name}"
        unfinished = path.with_name(f".{path.name}.unfinished")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
