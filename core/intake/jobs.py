"""Reading what was accepted, and deciding what becomes of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import select

from core.db.unit_of_work import Reading, UnitOfWork
from core.intake.batch import dispose_all
from core.intake.explaining import Explanation, explain
from core.intake.models import Intake
from core.intake.placement import Arrival
from core.intake.ports import Directory, Interpreter, Reader, SenderCheck
from core.intake.reopening import leaves_as_it_is
from core.intake.stored import in_portions, stored_message, undecided_messages
from core.intake.values import (
    BYTES_GONE,
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
from core.tickets.attaching import StoredAttachment

PATIENCE_WITH_OTHERS = 0.2  # seconds that a batch waits for servers elsewhere; who answers later is decided later
LONGEST_PROOF = 5.0  # seconds in which a sender can be proven genuine, over all that is asked for it

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

    async def run_many(self, jobs: Sequence[JobTicket], done: Callable[[JobTicket], None]) -> None:
        """The same for many at once; `done` is told of each when it is decided. When it raises, `run` the others."""
        of_intake = {int(job.payload["intake_id"]): job for job in jobs}
        by_organization: dict[int, list[int]] = {}
        for intake_id, job in of_intake.items():
            by_organization.setdefault(job.organization_id, []).append(intake_id)
        for organization_id, intake_ids in by_organization.items():
            async with self.reading(system_actor(organization_id)) as reading:
                portions = await in_portions(reading, intake_ids)
            await self._process(organization_id, portions, lambda intake_id: done(of_intake[intake_id]))

    async def process(self, organization_id: int, intake_id: int) -> Disposition | None:
        """Bring one arrival to its outcome; None where it has one already. Running it twice changes nothing."""
        return next(iter(await self._process(organization_id, [[intake_id]])), None)

    async def _process(
        self,
        organization_id: int,
        portions: Sequence[Sequence[int]],
        decided: Callable[[int], None] = lambda _intake_id: None,
    ) -> Sequence[Disposition]:
        dispositions: list[Disposition] = []
        async with aclosing(self._as_read(organization_id, portions)) as ready:
            async for reads in ready:
                for together in _parted(reads):
                    dispositions += await self._decide(organization_id, together)
                    for read in together:
                        decided(read.intake_id)
        return dispositions

    async def _as_read(self, organization_id: int, portions: Sequence[Sequence[int]]) -> AsyncGenerator[list[_Read]]:
        """One portion after the other. What waits for a server elsewhere (Slack, DNS), or fails, holds up no other."""
        late: list[asyncio.Task[_Read]] = []
        failures: list[BaseException] = []
        try:
            for intake_ids in portions:
                late += await self._begin_reading(organization_id, intake_ids)
                yield await _soon_read(late, failures)
            while late:
                yield await _soon_read(late, failures)
        finally:
            for reading in late:
                reading.cancel()
        if failures:
            raise failures[0]

    async def _begin_reading(self, organization_id: int, intake_ids: Sequence[int]) -> "list[asyncio.Task[_Read]]":
        async with self.reading(system_actor(organization_id)) as reading:
            found = await undecided_messages(reading, intake_ids)
        for intake_id in [intake_id for intake_id, message in found.items() if message is None]:
            log.error("intake.bytes_gone", intake=intake_id)
            await self._keep_back(organization_id, intake_id, BYTES_GONE, "The bytes are no longer in the database.")
        messages = {intake_id: message for intake_id, message in found.items() if message is not None}
        interpretations = await asyncio.to_thread(self._interpret, messages)
        return [
            asyncio.create_task(self._finish_reading(intake_id, messages[intake_id], interpretation))
            for intake_id, interpretation in interpretations.items()
        ]

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
        await self._keep_back(job.organization_id, int(job.payload["intake_id"]), PROCESSING_FAILED, reason)

    async def _keep_back(self, organization_id: int, intake_id: int, rule: str, error: str) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await uow.session.get_one(Intake, intake_id, with_for_update=True)
            if row.outcome is Outcome.RECEIVED:
                row.outcome, row.rule, row.error = Outcome.QUARANTINED, rule, error[:1000]
                row.decided_at = uow.clock.now()
                await uow.commit()

    async def preview(self, organization_id: int, intake_id: int) -> Interpretation | None:
        """What is read in an arrival, whatever became of it; None where its bytes are no longer kept."""
        async with self.reading(system_actor(organization_id)) as reading:
            message = await stored_message(reading, intake_id)
        if message is None or message.channel not in self.interpreters:
            return None
        return await asyncio.to_thread(self.interpreters[message.channel].interpret, message)

    async def explain(self, organization_id: int, message: InboundMessage) -> Explanation:
        """What would become of a message that nobody has handed in, and why. Keeps nothing."""
        read = await asyncio.to_thread(self.interpreters[message.channel].interpret, message)
        known = await self._with_known_sender(message, read)
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            return await explain(uow, message, known)

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
            sender = replace(sender, verified=await self._is_proven(message))
        return replace(read, sender=sender)

    async def _is_proven(self, message: InboundMessage) -> bool:
        try:
            async with asyncio.timeout(LONGEST_PROOF):
                return await self.sender_checks[message.channel].is_genuine(message)
        except TimeoutError:
            log.info("intake.sender_not_proven_in_time", message=message.external_id)
            return False


async def _soon_read(late: list[asyncio.Task[_Read]], failures: list[BaseException]) -> list[_Read]:
    """What is read within a moment, or fails; it leaves `late`. The last one is waited for."""
    if late:
        await asyncio.wait(late, timeout=PATIENCE_WITH_OTHERS if len(late) > 1 else None)
    ended = [reading for reading in late if reading.done()]
    late[:] = [reading for reading in late if not reading.done()]
    failures += [error for reading in ended if (error := reading.exception())]
    return [reading.result() for reading in ended if not reading.exception()]


def _parted(reads: Sequence[_Read]) -> Iterator[Sequence[_Read]]:
    """All that can be decided together, then each edit alone: it waits for its original by failing."""
    if together := [read for read in reads if not read.interpretation.revises]:
        yield together
    yield from ([read] for read in reads if read.interpretation.revises)


def _wants_proof(read: Interpretation) -> bool:
    sender = read.sender
    accepted = read.screening.verdict is Verdict.ACCEPT
    return accepted and sender is not None and not sender.verified and not read.sender_is_rewritten
