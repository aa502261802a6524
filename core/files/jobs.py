"""Fetching files that were shared elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from core.db.unit_of_work import UnitOfWork
from core.errors import DeliveryRefusedError
from core.files.actions import keep_file, refuse_file
from core.files.models import SharedFile
from core.files.ports import FileSource
from core.files.values import FileRefusedError, FileRules, FileState, RemoteFile
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.storage.blobs import BlobStore
from core.tickets.attaching import StoredAttachment

log = structlog.get_logger(__name__)

_NOT_REACHED = "It could not be fetched from Slack. Please send it once more."


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFetching:
    """The job `files.fetch`."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    source: FileSource | None
    blobs: BlobStore
    rules: FileRules

    async def run(self, job: JobTicket) -> None:
        """Fetch one file; running it twice keeps it once."""
        remote = await self._awaited(job)
        if remote is None:
            return
        try:
            stored = await self._fetched(remote)
        except (FileRefusedError, DeliveryRefusedError) as refused:
            await self._refuse(job, str(refused))
            return
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            row = await uow.session.get_one(SharedFile, int(job.payload["shared_file_id"]), with_for_update=True)
            if row.state is FileState.AWAITED:
                await keep_file(uow, row, stored)
                await uow.commit()

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: say so to whoever shared it."""
        log.warning("file.not_fetched", reason=reason)
        await self._refuse(job, _NOT_REACHED)

    async def _awaited(self, job: JobTicket) -> RemoteFile | None:
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            row = await uow.session.get(SharedFile, int(job.payload["shared_file_id"]))
            return row.remote() if row is not None and row.state is FileState.AWAITED else None

    async def _fetched(self, remote: RemoteFile) -> StoredAttachment:
        self.rules.check(remote.name, remote.size)
        if self.source is None:
            raise FileRefusedError(_NOT_REACHED)
        fetched = await self.source.fetch(remote, largest=self.rules.largest)
        self.rules.check(fetched.name, len(fetched.content))
        return StoredAttachment(
            filename=fetched.name,
            content_type=fetched.content_type,
            size=len(fetched.content),
            sha256=await self.blobs.write(fetched.content),
        )

    async def _refuse(self, job: JobTicket, reason: str) -> None:
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            row = await uow.session.get(SharedFile, int(job.payload["shared_file_id"]), with_for_update=True)
            if row is not None and row.state is FileState.AWAITED:
                await refuse_file(uow, row, reason)
                await uow.commit()
