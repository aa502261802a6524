"""Mail whose provider only tells that it is there: a job fetches it, then it goes the way of every other mail."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select

from core.db.engine import insert_ignoring_duplicates
from core.db.unit_of_work import UnitOfWork
from core.errors import InvalidInputError, TooLargeError, TryAgainLaterError
from core.intake.ledger import Ledger
from core.intake.models import Intake, RawMessage
from core.intake.ports import Fetcher
from core.intake.values import Channel, InboundMessage, Outcome
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor

log = structlog.get_logger(__name__)

FETCHED_LATER = "fetched-later"


async def fetch_later(uow: UnitOfWork, source: str, reference: str) -> bool:
    """Have a mail fetched after the commit. False where that has been asked for before; then nothing is added."""
    key = f"intake.fetch:{source}:{reference}"
    is_new = await uow.session.scalar(select(Job.id).where(Job.key == key)) is None
    payload = {"source": source, "reference": reference, "received_at": uow.clock.now().isoformat()}
    uow.jobs.enqueue(kinds.INTAKE_FETCH, payload, key=key)
    return is_new


@dataclass(frozen=True, slots=True)
class Fetches:
    """The job `intake.fetch`. A mail that cannot be had, or is for nobody here, is kept where an admin sees it."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    ledger: Ledger
    fetchers: Mapping[str, Fetcher]

    async def run(self, job: JobTicket) -> None:
        fetcher = self.fetchers.get(job.payload["source"])
        if fetcher is None:
            raise TryAgainLaterError(f"Mail from {job.payload['source']} cannot be fetched: its API key is not set.")
        try:
            fetched = await fetcher.fetch(job.payload["reference"])
        except TooLargeError as error:
            await self._keep_back(job, "too-large", str(error))
            return
        message = InboundMessage(
            channel=Channel.EMAIL,
            external_id=hashlib.sha256(fetched.raw).hexdigest(),
            raw=fetched.raw,
            received_at=datetime.fromisoformat(job.payload["received_at"]),
            recipients=fetched.recipients,
            envelope_sender=fetched.envelope_sender,
            client_address=fetcher.source,
        )
        try:
            await self.ledger.accept(message)
        except TooLargeError as error:
            await self._keep_back(job, "too-large", str(error))
        except InvalidInputError as error:
            await self._keep_back(job, "unknown-recipient", str(error), message)
        else:
            await self._forget_failure(job)

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: the ledger says so, and the dead job can be tried again."""
        await self._keep_back(job, "fetch-failed", reason)

    async def _keep_back(self, job: JobTicket, rule: str, error: str, message: InboundMessage | None = None) -> None:
        """A row in quarantine, with the bytes where there are any. A second one changes nothing."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            external_id = message.external_id if message else _placeholder(job)
            if await _find(uow, external_id) is not None:
                return
            if message is not None:
                raw = {
                    "sha256": message.external_id,
                    "content": message.raw,
                    "size": len(message.raw),
                    "received_at": message.received_at,
                }
                await uow.session.execute(insert_ignoring_duplicates(uow.database, RawMessage.__table__), [raw])
            uow.session.add(
                Intake(
                    organization_id=job.organization_id,
                    channel=Channel.EMAIL,
                    external_id=external_id,
                    raw_sha256=message.external_id if message else None,
                    recipients=list(message.recipients) if message else [],
                    client_address=str(job.payload["source"]),
                    received_at=datetime.fromisoformat(job.payload["received_at"]),
                    decided_at=uow.clock.now(),
                    outcome=Outcome.QUARANTINED,
                    rule=rule,
                    error=error[:1000],
                )
            )
            await uow.commit()
        log.warning("intake.not_fetched", source=job.payload["source"], rule=rule)

    async def _forget_failure(self, job: JobTicket) -> None:
        """Tried again by an admin, the mail is here: its place holder in quarantine has done its work."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            row = await _find(uow, _placeholder(job))
            if row is not None and row.outcome is Outcome.QUARANTINED:
                row.outcome, row.rule, row.decided_at = Outcome.IGNORED, FETCHED_LATER, uow.clock.now()
                await uow.commit()


def _placeholder(job: JobTicket) -> str:
    return f"{job.payload['source']}:{job.payload['reference']}"


async def _find(uow: UnitOfWork, external_id: str) -> Intake | None:
    row: Intake | None = await uow.session.scalar(
        select(Intake).where(
            Intake.organization_id == uow.actor.organization_id,
            Intake.channel == Channel.EMAIL,
            Intake.external_id == external_id,
        )
    )
    return row
