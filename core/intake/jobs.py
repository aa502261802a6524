"""Reading what was accepted, and deciding what becomes of it."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import func, select

from core.db.unit_of_work import Reading, UnitOfWork
from core.intake.batch import dispose_all
from core.intake.explaining import Explanation, explain
from core.intake.models import Intake, RawMessage
from core.intake.placement import Arrival
from core.intake.ports import Directory, Interpreter, Reader, SenderCheck
from core.intake.reopening import leaves_as_it_is
from core.intake.values import (
    PROCESSING_FAILED,
    AttachmentContent,
    Channel,
    Disposition,
    Gesture,
    InboundMessage,
    Interpretation,
    Outcome,
    Verdict,
)
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.storage.blobs import BlobStore
from core.tickets.actions import StoredAttachment

PORTION, PORTION_BYTES = 64, 2 << 20  # messages, and their raw bytes, that are read and decided together
PATIENCE_WITH_OTHERS = 0.2  # seconds that a batch waits for servers elsewhere; who answers later is decided later

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """A message that is interpreted, its attachments stored."""

    intake_id: int
    interpretation: Interpretation
    attachments: Sequence[StoredAttachment]


@dataclass(frozen=True, slots=True)
class IntakeProcess:
    """The job `intake.process`: interpret on a thread, store attachments, then decide, many in one transaction."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    interpreters: Mapping[Channel, Interpreter]
    directories: Mapping[Channel, Directory]
    blobs: BlobStore
    sender_checks: Mapping[Channel, SenderCheck] = field(default_factory=dict)
    readers: Mapping[Channel, Reader] = field(default_factory=dict)

    async def run(self, job: JobTicket) -> None:
        await self.process(job.organization_id, int(job.payload["intake_id"]))

    async def run_many(self, jobs: Sequence[JobTicket]) -> None:
        """The same for many at once. When it raises, some may have been decided: `run` each again."""
        by_organization: dict[int, list[int]] = {}
        for job in jobs:
            by_organization.setdefault(job.organization_id, []).append(int(job.payload["intake_id"]))
        for organization_id, intake_ids in by_organization.items():
            for some in await self._in_portions(organization_id, intake_ids):
                await self._process(organization_id, some)

    async def process(self, organization_id: int, intake_id: int) -> Disposition | None:
        """Bring one arrival to its outcome; None where it has one already. Running it twice changes nothing."""
        return next(iter(await self._process(organization_id, [intake_id])), None)

    async def _process(self, organization_id: int, intake_ids: Sequence[int]) -> Sequence[Disposition]:
        messages = await self._read(organization_id, intake_ids)
        interpretations = await asyncio.to_thread(self._interpret, messages)
        readings = [
            asyncio.create_task(self._finish_reading(intake_id, messages[intake_id], interpretation))
            for intake_id, interpretation in interpretations.items()
        ]
        try:
            return await self._decide_as_read(organization_id, readings)
        finally:
            for reading in readings:
                reading.cancel()

    async def _decide_as_read(
        self, organization_id: int, readings: Sequence["asyncio.Task[_Read]"]
    ) -> Sequence[Disposition]:
        """Together what is read soon; by itself what a server elsewhere (Slack, DNS) keeps waiting."""
        dispositions: list[Disposition] = []
        waiting = set(readings)
        while waiting:
            patience = PATIENCE_WITH_OTHERS if len(waiting) > 1 else None
            done, waiting = await asyncio.wait(waiting, timeout=patience)
            reads = [reading.result() for reading in readings if reading in done]
            dispositions += await self._decide(organization_id, [read for read in reads if not _changes_another(read)])
            for read in filter(_changes_another, reads):
                dispositions += await self._decide(organization_id, [read])
        return dispositions

    def _interpret(self, messages: Mapping[int, InboundMessage]) -> dict[int, Interpretation]:
        return {
            intake_id: self.interpreters[message.channel].interpret(message) for intake_id, message in messages.items()
        }

    async def _finish_reading(self, intake_id: int, message: InboundMessage, read: Interpretation) -> _Read:
        interpretation = await self._with_known_sender(message, await self._with_what_it_points_at(message, read))
        return _Read(intake_id, interpretation, [await self._stored(file) for file in interpretation.attachments])

    async def _stored(self, file: AttachmentContent) -> StoredAttachment:
        return StoredAttachment(
            filename=file.filename,
            content_type=file.content_type,
            size=len(file.content),
            sha256=await self.blobs.write(file.content),
            inline=file.inline,
            content_id=file.content_id,
        )

    async def _decide(self, organization_id: int, reads: Sequence[_Read]) -> list[Disposition]:
        if not reads:
            return []
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            rows = await self._undecided(uow, [read.intake_id for read in reads])
            arrivals = [
                Arrival(
                    row=rows[read.intake_id],
                    message=read.interpretation,
                    attachments=read.attachments,
                    quiet=leaves_as_it_is(read.interpretation),
                )
                for read in reads
                if read.intake_id in rows
            ]
            if not arrivals:
                return []
            dispositions = await dispose_all(uow, arrivals)
            await uow.commit()
        for disposition in dispositions:
            log.info(
                "intake.decided",
                intake=disposition.intake_id,
                outcome=disposition.outcome.value,
                rule=disposition.rule,
                ticket=disposition.ticket_number,
            )
        return dispositions

    @staticmethod
    async def _undecided(uow: UnitOfWork, intake_ids: Collection[int]) -> dict[int, Intake]:
        """The ledger rows of these that nobody has decided meanwhile, held until the unit of work ends."""
        statement = select(Intake).where(Intake.id.in_(intake_ids), Intake.outcome == Outcome.RECEIVED)
        rows = await uow.session.scalars(statement.order_by(Intake.id).with_for_update())
        return {row.id: row for row in rows}

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
        message = (await self._read(organization_id, [intake_id], decided=True)).get(intake_id)
        if message is None or not message.raw or message.channel not in self.interpreters:
            return None
        return await asyncio.to_thread(self.interpreters[message.channel].interpret, message)

    async def explain(self, organization_id: int, message: InboundMessage) -> Explanation:
        """What would become of a message that nobody has handed in, and why. Keeps nothing."""
        read = await asyncio.to_thread(self.interpreters[message.channel].interpret, message)
        known = await self._with_known_sender(message, read)
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            return await explain(uow, message, known)

    async def _in_portions(self, organization_id: int, intake_ids: Sequence[int]) -> list[list[int]]:
        """The same ids in groups of one channel, each decided in one transaction."""
        statement = (
            select(Intake.id, Intake.channel, func.coalesce(RawMessage.size, 0))
            .outerjoin(RawMessage, RawMessage.sha256 == Intake.raw_sha256)
            .where(Intake.id.in_(intake_ids))
            .order_by(Intake.channel, Intake.id)
        )
        async with self.reading(system_actor(organization_id)) as reading:
            found = (await reading.session.execute(statement)).all()
        portions: list[list[int]] = []
        room, last = 0, None
        for intake_id, channel, size in found:
            if channel is not last or size > room or len(portions[-1]) == PORTION:
                portions.append([])
                room, last = PORTION_BYTES, channel
            portions[-1].append(intake_id)
            room -= size
        return portions

    async def _read(
        self, organization_id: int, intake_ids: Sequence[int], *, decided: bool = False
    ) -> dict[int, InboundMessage]:
        statement = (
            select(Intake, RawMessage.content)
            .outerjoin(RawMessage, RawMessage.sha256 == Intake.raw_sha256)
            .where(Intake.id.in_(intake_ids), Intake.organization_id == organization_id)
            .order_by(Intake.id)
        )
        if not decided:
            statement = statement.where(Intake.outcome == Outcome.RECEIVED)
        async with self.reading(system_actor(organization_id)) as reading:
            found = (await reading.session.execute(statement)).all()
        return {
            row.id: InboundMessage(
                channel=row.channel,
                external_id=row.external_id,
                raw=raw or b"",
                received_at=row.received_at,
                recipients=tuple(row.recipients),
                envelope_sender=row.envelope_sender,
                client_address=row.client_address,
                organization_id=organization_id,
            )
            for row, raw in found
        }

    async def _with_what_it_points_at(self, message: InboundMessage, read: Interpretation) -> Interpretation:
        """A message to be filed, read where it stands, with its sender known as any other."""
        pointing = read.pointing
        if pointing is None or pointing.gesture is not Gesture.CREATE or message.channel not in self.readers:
            return read
        pointing = await self.readers[message.channel].read(message, pointing)
        if pointing.message is not None:
            pointing = replace(pointing, message=await self._with_known_sender(message, pointing.message))
        return replace(read, pointing=pointing)

    async def _with_known_sender(self, message: InboundMessage, read: Interpretation) -> Interpretation:
        """The sender as the channel's directory knows them, and verified where they can prove it."""
        sender, channel = read.sender, message.channel
        if sender is not None and channel in self.directories:
            sender = await self.directories[channel].look_up(sender)
        if sender is not None and _wants_proof(read) and channel in self.sender_checks:
            sender = replace(sender, verified=await self.sender_checks[channel].is_genuine(message))
        return replace(read, sender=sender)


def _changes_another(read: _Read) -> bool:
    """An edit waits for its original by failing, which the messages read with it should not share."""
    return bool(read.interpretation.revises)


def _wants_proof(read: Interpretation) -> bool:
    sender = read.sender
    accepted = read.screening.verdict is Verdict.ACCEPT
    return accepted and sender is not None and not sender.verified and not read.sender_is_rewritten
