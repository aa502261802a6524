"""Whether mail has stopped coming: a silence beyond what this desk is used to, whatever door went dead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import structlog
from sqlalchemy import func, select

from core.clock import Clock
from core.conversations.alerts import tell_admins
from core.db.engine import Database
from core.db.unit_of_work import UnitOfWork
from core.errors import DegradedError
from core.intake.models import Intake
from core.intake.values import Channel
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor

log = structlog.get_logger(__name__)

HISTORY = timedelta(days=60)
MOST_ROWS = 4_000  # of them, or the event loop would be held up
LOOK_EVERY = timedelta(minutes=5)
FEWEST_MAILS = 20
SHORTEST_HISTORY = timedelta(days=14)  # with two weekends in it
SHORTEST_SILENCE = timedelta(hours=6)


def longest_usual_silence(arrivals: Sequence[datetime]) -> timedelta | None:
    """Twice the second longest gap between arrivals in order: one breakdown does not become the habit.

    None while too little is known to tell.
    """
    if len(arrivals) < FEWEST_MAILS or arrivals[-1] - arrivals[0] < SHORTEST_HISTORY:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(arrivals))
    return max(2 * gaps[-2], SHORTEST_SILENCE)


class MailSilence:
    """Looks at the ledger's last weeks, every few minutes at most.

    `allowed`: the silence that is told; nothing means that it is learned from the mail there was. `last` is when the
    newest mail came, once that was looked at.
    """

    def __init__(self, database: Database, clock: Clock, *, allowed: timedelta = timedelta(0)) -> None:
        self._database = database
        self._clock = clock
        self._allowed = allowed
        self._looked_at: datetime | None = None
        self.last: datetime | None = None
        self._longest: timedelta | None = None
        self._is_alarmed = False

    async def check(self) -> str:
        """When the last mail came.

        Raises:
            DegradedError: that was longer ago than usual; logged once a silence as `intake.mail_silent`.
        """
        now = self._clock.now()
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            await self._look()
            self._looked_at = now
        if self.last is None:
            return "no mail yet"
        since = f"{self.last:%Y-%m-%d %H:%M} UTC"
        if self._longest is None or now - self.last <= self._longest:
            self._is_alarmed = False
            return f"last mail {since}"
        if not self._is_alarmed:
            self._is_alarmed = True
            log.error("intake.mail_silent", since=self.last.isoformat(), usual_hours=_hours(self._longest))
        raise DegradedError(
            f"No mail has come since {since}; {_hours(self._longest)} hours without any are unusual here.",
            mend="Send a test mail, and look at the doors that mail comes in by.",
        )

    async def _look(self) -> None:
        """Of a busy ledger every so manieth row is read, which tells gaps of hours as well."""
        since = self._clock.now() - HISTORY
        is_mail = Intake.channel == Channel.EMAIL
        async with self._database.reading() as connection:
            self.last = await connection.scalar(
                select(Intake.received_at).where(is_mail).order_by(Intake.id.desc()).limit(1)
            )
            first, newest = (
                await connection.execute(
                    select(func.min(Intake.id), func.max(Intake.id)).where(is_mail, Intake.received_at >= since)
                )
            ).one()
            arrivals: Sequence[datetime] = ()
            if first is not None:
                step = 1 + (newest - first) // MOST_ROWS
                sampled = select(Intake.received_at).where(is_mail, Intake.id >= first, Intake.id % step == 0)
                arrivals = (await connection.scalars(sampled.order_by(Intake.received_at))).all()
        self._longest = self._allowed or longest_usual_silence(arrivals)


def _hours(span: timedelta) -> int:
    return round(span.total_seconds() / 3600)


@dataclass(frozen=True, slots=True)
class MailWatch:
    """The job `intake.watch_mail`: tells the admins of the deployment's first organization of a silence, once."""

    silence: MailSilence
    unit_of_work: Callable[[Actor], UnitOfWork]

    async def run(self, job: JobTicket) -> None:
        try:
            await self.silence.check()
        except DegradedError as error:
            async with self.unit_of_work(system_actor(job.organization_id)) as uow:
                key = f"mail-silent:{self.silence.last:%Y%m%d%H%M%S}"
                await tell_admins(uow, key=key, title="Mail has stopped coming", text=str(error))
                await uow.commit()
