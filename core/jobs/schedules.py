"""When things happen by the clock.

APScheduler only says *when*: a firing inserts a job keyed by schedule and slot (`floor(epoch / interval)`), so any
number of replicas may run the same schedules. At start every schedule enqueues its current slot, so none is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import select

from core.clock import Clock
from core.db.engine import Database, insert_ignoring_duplicates
from core.errors import TryAgainLaterError
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.queue import new_job_row
from core.jobs.values import JobKind
from core.people.models import Organization

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One job of this kind in every interval, over all replicas."""

    kind: JobKind
    every: timedelta

    def slot(self, clock: Clock) -> int:
        return int(clock.now().timestamp() // self.every.total_seconds())


SCHEDULES = (
    Schedule(kinds.AUDIT_SEAL, timedelta(minutes=1)),
    Schedule(kinds.TICKETS_WAKE, timedelta(minutes=1)),
    Schedule(kinds.WATCH_PROMISES, timedelta(minutes=1)),
    Schedule(kinds.WATCH_MAIL, timedelta(minutes=10)),
    Schedule(kinds.RENEW_TOKENS, timedelta(minutes=10)),
    Schedule(kinds.SEARCH_REFRESH, timedelta(minutes=10)),
    Schedule(kinds.TRIAGE_LEARN, timedelta(hours=6)),
    Schedule(kinds.SEARCH_LEARN, timedelta(hours=1)),
    Schedule(kinds.WATCH_CHANNELS, timedelta(hours=1)),
    Schedule(kinds.PURGE, timedelta(hours=6)),
    Schedule(kinds.DROP_RAW, timedelta(days=1)),
    Schedule(kinds.SEARCH_FORGET, timedelta(days=1)),
)


class Scheduler:
    """Fires the schedules in this process's loop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        committed: Callable[[], None],
        schedules: Sequence[Schedule] = SCHEDULES,
    ) -> None:
        self._database = database
        self._clock = clock
        self._committed = committed
        self._schedules = schedules
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    async def start(self) -> None:
        """Enqueue every current slot, then one at each interval."""
        for schedule in self._schedules:
            await self.fire(schedule)
            self._scheduler.add_job(
                self.fire, "interval", args=[schedule], seconds=schedule.every.total_seconds(), coalesce=True
            )
        self._scheduler.start()

    async def fire(self, schedule: Schedule) -> None:
        """Insert the job of the current slot; a replica that was first makes this a no-op."""
        try:
            await self._insert(schedule)
        except TryAgainLaterError as error:
            log.warning("schedule.missed", kind=schedule.kind.name, reason=str(error))
        else:
            self._committed()

    async def _insert(self, schedule: Schedule) -> None:
        async with self._database.writing() as connection:
            owner = await connection.scalar(select(Organization.id).order_by(Organization.id).limit(1))
            if owner is None:
                return
            row = new_job_row(
                schedule.kind,
                {},
                key=f"{schedule.kind.name}:{schedule.every.total_seconds():.0f}:{schedule.slot(self._clock)}",
                delay=timedelta(0),
                clock=self._clock,
                organization_id=owner,
            )
            await connection.execute(insert_ignoring_duplicates(self._database, Job.__table__), [row])

    @property
    def is_alive(self) -> bool:
        return bool(self._scheduler.running)

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
