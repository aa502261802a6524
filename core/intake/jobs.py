"""Reading what was accepted, and deciding what becomes of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import select

from core.db.unit_of_work import Reading, UnitOfWork
from core.intake.disposition import dispose
from core.intake.models import Intake, RawMessage
from core.intake.ports import Directory, Interpreter, SenderCheck
from core.intake.values import (
    PROCESSING_FAILED,
    Channel,
    Disposition,
    InboundMessage,
    Interpretation,
    Outcome,
    Verdict,
)
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.storage.blobs import BlobStore
from core.tickets.actions import StoredAttachment

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeProcess:
    """The job `intake.process`: interpret on a thread, store attachments, then decide in one transaction."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    interpreters: Mapping[Channel, Interpreter]
    directories: Mapping[Channel, Directory]
    blobs: BlobStore
    sender_checks: Mapping[Channel, SenderCheck] = field(default_factory=dict)

    async def run(self, job: JobTicket) -> None:
        await self.process(job.organization_id, int(job.payload["intake_id"]))

    async def process(self, organization_id: int, intake_id: int) -> Disposition | None:
        """Bring one arrival to its outcome; None where it has one already. Running it twice changes nothing."""
        message = await self._read(organization_id, intake_id)
        if message is None:
            return None
        interpretation = await asyncio.to_thread(self.interpreters[message.channel].interpret, message)
        interpretation = await self._with_known_sender(message, interpretation)
        stored = [
            StoredAttachment(
                filename=file.filename,
                content_type=file.content_type,
                size=len(file.content),
                sha256=await self.blobs.write(file.content),
                inline=file.inline,
                content_id=file.content_id,
            )
            for file in interpretation.attachments
        ]
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await uow.session.get_one(Intake, intake_id, with_for_update=True)
            if row.outcome is not Outcome.RECEIVED:
                return None
            disposition = await dispose(uow, row, interpretation, stored)
            await uow.commit()
        log.info(
            "intake.decided",
            intake=intake_id,
            outcome=disposition.outcome.value,
            rule=disposition.rule,
            ticket=disposition.ticket_number,
        )
        return disposition

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: keep the message, with the error, where an admin sees it."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            row = await uow.session.get_one(Intake, int(job.payload["intake_id"]), with_for_update=True)
            if row.outcome is Outcome.RECEIVED:
                row.outcome, row.rule, row.error = Outcome.QUARANTINED, PROCESSING_FAILED, reason[:1000]
                row.decided_at = uow.clock.now()
                await uow.commit()

    async def preview(self, organization_id: int, intake_id: int) -> Interpretation | None:
        """What is read in an arrival, whatever became of it; None where its bytes are no longer kept."""
        message = await self._read(organization_id, intake_id, decided=True)
        if message is None or not message.raw or message.channel not in self.interpreters:
            return None
        return await asyncio.to_thread(self.interpreters[message.channel].interpret, message)

    async def _read(self, organization_id: int, intake_id: int, *, decided: bool = False) -> InboundMessage | None:
        statement = (
            select(Intake, RawMessage.content)
            .outerjoin(RawMessage, RawMessage.sha256 == Intake.raw_sha256)
            .where(Intake.id == intake_id, Intake.organization_id == organization_id)
        )
        if not decided:
            statement = statement.where(Intake.outcome == Outcome.RECEIVED)
        async with self.reading(system_actor(organization_id)) as reading:
            found = (await reading.session.execute(statement)).one_or_none()
        if found is None:
            return None
        row, raw = found
        return InboundMessage(
            channel=row.channel,
            external_id=row.external_id,
            raw=raw or b"",
            received_at=row.received_at,
            recipients=tuple(row.recipients),
            envelope_sender=row.envelope_sender,
            client_address=row.client_address,
            organization_id=organization_id,
        )

    async def _with_known_sender(self, message: InboundMessage, read: Interpretation) -> Interpretation:
        """The sender as the channel's directory knows them, and verified where they can prove it."""
        sender, channel = read.sender, message.channel
        if sender is not None and channel in self.directories:
            sender = await self.directories[channel].look_up(sender)
        if sender is not None and _wants_proof(read) and channel in self.sender_checks:
            sender = replace(sender, verified=await self.sender_checks[channel].is_genuine(message))
        return replace(read, sender=sender)


def _wants_proof(read: Interpretation) -> bool:
    sender = read.sender
    accepted = read.screening.verdict is Verdict.ACCEPT
    return accepted and sender is not None and not sender.verified and not read.sender_is_rewritten
