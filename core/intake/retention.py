"""How long the bytes of messages are kept. Their ledger rows stay for ever, so that none comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, delete, select, text

from core.clock import Clock
from core.db.engine import Database
from core.intake.models import Intake, RawMessage
from core.intake.values import Outcome
from core.jobs.values import JobTicket
from core.people.models import Organization

log = structlog.get_logger(__name__)

BATCH = 200
UNDECIDED = (Outcome.RECEIVED, Outcome.QUARANTINED)


@dataclass(frozen=True, slots=True)
class RawRetention:
    """The job `intake.drop_raw`. What nobody has decided about keeps its bytes; `keep_for` of nothing keeps all."""

    database: Database
    clock: Clock
    keep_for: timedelta

    async def run(self, _job: JobTicket) -> None:
        if not self.keep_for:
            return
        dropped = 0
        while batch := await self._ended():
            dropped += await self._drop(batch)
        if dropped:
            log.info("intake.raw_dropped", messages=dropped, kept_days=self.keep_for.days)

    async def _ended(self) -> Sequence[str]:
        async with self.database.reading() as connection:
            found = await connection.scalars(
                select(RawMessage.sha256)
                .where(RawMessage.received_at < self.clock.now() - self.keep_for, _is_decided())
                .order_by(RawMessage.received_at)
                .limit(BATCH)
            )
            return found.all()

    async def _drop(self, batch: Sequence[str]) -> int:
        """Looked at again where nobody can store: the same message may have come for another organization since.

        Whoever lets a message in again holds its bytes: they are waited for before looking.
        """
        these = RawMessage.sha256.in_(batch)
        async with self.database.writing() as connection:
            if connection.dialect.name == "postgresql":
                # Whoever waits for the table holds up every mail behind it: better to try again later.
                await connection.execute(text("SET LOCAL lock_timeout = '2s'"))
                in_order = select(RawMessage.sha256).where(these).order_by(RawMessage.sha256)
                await connection.execute(in_order.with_for_update())
                await connection.execute(text("LOCK TABLE raw_messages IN SHARE ROW EXCLUSIVE MODE"))
            result = await connection.execute(delete(RawMessage).where(these, _is_decided()))
            return result.rowcount


def _is_decided() -> ColumnElement[bool]:
    """Organizations are named so that the index on them and the outcome serves."""
    return RawMessage.sha256.not_in(
        select(Intake.raw_sha256).where(
            Intake.organization_id.in_(select(Organization.id)),
            Intake.outcome.in_(UNDECIDED),
            Intake.raw_sha256.is_not(None),
        )
    )
