"""Looking through files for viruses, whatever door they came by: a command, or a clamd that listens.

Source: `man clamd` (INSTREAM), https://docs.clamav.net/manual/Usage/Scanning.html
"""

import asyncio
import re
import shlex
import struct
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from core.conversations.late_files import send_late_file
from core.db.unit_of_work import UnitOfWork
from core.errors import ConfigurationError, TryAgainLaterError
from core.files.ports import Scanner
from core.files.telling import tell_infected, tell_unscanned
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.storage.blobs import BlobStore
from core.tickets.actions import changed
from core.tickets.models import Attachment
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Scan

log = structlog.get_logger(__name__)

SCAN_SECONDS = 120.0
CLAMD_PORT = 3310
_CHUNK = 65_536
_INFECTED_EXIT = 1
_LONGEST_NAME = 200
_FOUND = re.compile(r"(?:stream|.*?): (.+) FOUND")


def scanner_at(address: str) -> Scanner:
    """The scanner that a setting names: `clamd://HOST:PORT`, `clamd:///SOCKET`, or a command line.

    Raises:
        ConfigurationError: neither.
    """
    parts = urlsplit(address)
    if parts.scheme == "clamd":
        host = parts.hostname or ""
        return Clamd(host=host, port=parts.port or CLAMD_PORT, socket="" if host else parts.path)
    try:
        words = shlex.split(address)
    except ValueError as error:
        raise ConfigurationError(f"VIRUS_SCANNER is no command line ({error}).") from error
    if not words or "://" in words[0]:
        raise ConfigurationError("VIRUS_SCANNER is neither clamd://HOST:PORT nor a command.")
    return ScanCommand(words)


@dataclass(frozen=True, slots=True)
class ScanCommand:
    """A command that reads a file on standard input: exit 0 is clean, 1 infected (what it prints says by what)."""

    words: list[str]

    async def scan(self, content: bytes) -> str:
        try:
            process = await asyncio.create_subprocess_exec(
                *self.words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise TryAgainLaterError(f"The virus scanner cannot be run ({error.strerror}).") from error
        try:
            async with asyncio.timeout(SCAN_SECONDS):
                printed, _ = await process.communicate(content)
        except TimeoutError as error:
            raise TryAgainLaterError("The virus scanner does not come to an end.") from error
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode == _INFECTED_EXIT:
            return _name_in(printed)
        if process.returncode:
            raise TryAgainLaterError(f"The virus scanner failed (exit {process.returncode}).")
        return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clamd:
    """A clamd, over TCP or a socket of this machine."""

    host: str
    port: int = CLAMD_PORT
    socket: str = ""

    async def scan(self, content: bytes) -> str:
        try:
            async with asyncio.timeout(SCAN_SECONDS):
                answer = await self._ask(content)
        except (OSError, TimeoutError) as error:
            raise TryAgainLaterError(f"clamd does not answer ({type(error).__name__}).") from error
        if answer.endswith(b" FOUND"):
            return _name_in(answer)
        if not answer.endswith(b"OK"):
            raise TryAgainLaterError(f"clamd says {answer[:80].decode(errors='replace')}.")
        return ""

    async def _ask(self, content: bytes) -> bytes:
        if self.socket:
            reader, writer = await asyncio.open_unix_connection(self.socket)
        else:
            reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK):
                chunk = content[start : start + _CHUNK]
                writer.write(struct.pack("!L", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!L", 0))
            await writer.drain()
            return (await reader.read(4096)).rstrip(b"\0\n")
        finally:
            writer.close()


def _name_in(printed: bytes) -> str:
    """What a scanner calls its find."""
    lines = printed.decode(errors="replace").splitlines()
    named = next((match.group(1) for line in lines if (match := _FOUND.fullmatch(line.strip()))), "")
    return (named or next((line.strip() for line in lines if line.strip()), "a virus"))[:_LONGEST_NAME]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileScanning:
    """The job `files.scan`. A file that was not looked into goes nowhere."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    scanner: Scanner | None
    blobs: BlobStore

    async def run(self, job: JobTicket) -> None:
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            file = await uow.session.get(Attachment, int(job.payload["attachment_id"]))
            if file is None or file.scan is not Scan.WAITING:
                return
            sha256 = file.sha256
        found = await self.scanner.scan(await self.blobs.read(sha256)) if self.scanner else ""
        await self._record(job, found)

    async def _record(self, job: JobTicket, found: str) -> None:
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            file = await uow.session.get_one(Attachment, int(job.payload["attachment_id"]), with_for_update=True)
            if file.scan is not Scan.WAITING:
                return
            ticket = await lock_ticket_by_id(uow, file.ticket_id)
            before = {"scan": file.scan}
            file.found = found
            file.scan = Scan.INFECTED if found else (Scan.CLEAN if self.scanner else Scan.NONE)
            after = {"scan": file.scan, "found": found, "file": file.filename}
            uow.audit.record("attachment.scanned", file, before, after, covers=[ticket])
            if found:
                log.warning("file.infected", ticket=ticket.number, attachment=file.id)
                await tell_infected(uow, ticket, file)
            else:
                await send_late_file(uow, ticket, file)
            changed(uow, ticket)
            await uow.commit()

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The scanner has not answered for long: the file stays here, and those who work tickets are told."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            file = await uow.session.get(Attachment, int(job.payload["attachment_id"]), with_for_update=True)
            if file is None or file.scan is not Scan.WAITING:
                return
            ticket = await lock_ticket_by_id(uow, file.ticket_id)
            log.warning("file.not_scanned", ticket=ticket.number, attachment=file.id, reason=reason)
            before, file.scan = {"scan": file.scan}, Scan.UNSCANNED
            uow.audit.record("attachment.not_scanned", file, before, {"scan": file.scan}, covers=[ticket])
            await tell_unscanned(uow, ticket, file, attempt=job.id)
            changed(uow, ticket)
            await uow.commit()
