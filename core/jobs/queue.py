"""Enqueueing inside a unit of work: the job exists exactly when the change that asked for it does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db.engine import Database, insert_ignoring_duplicates
from core.jobs.models import Job
from core.jobs.values import JobKind, JobStatus

# Built once: building it takes SQLAlchemy longer than running it.
_jobs = cast("Table", Job.__table__)
_BRING_FORWARD = (
    update(_jobs)
    .where(_jobs.c.key == bindparam("of_key"), _jobs.c.status == JobStatus.QUEUED)
    .values(due_at=bindparam("now"))
)


class JobQueue:
    """The jobs of one unit of work, written at its commit in one statement."""

    def __init__(self, database: Database, session: AsyncSession, clock: Clock, organization_id: int) -> None:
        self._database = database
        self._session = session
        self._clock = clock
        self._organization_id = organization_id
        self._rows: list[Callable[[], dict[str, Any]]] = []
        self.has_due_work = False

    def enqueue(
        self,
        kind: JobKind,
        payload: dict[str, Any] | Callable[[], dict[str, Any]],
        *,
        key: str | None = None,
        delay: timedelta = timedelta(0),
        organization_id: int | None = None,
    ) -> None:
        """Ask for work after the commit. With a `key`, at most one job of that key ever exists.

        A `payload` that needs the id of a row not yet written is a function, called when it is. `organization_id` is
        whose work it is, where that is not the one of the unit of work.
        """
        owner = organization_id or self._organization_id

        def row() -> dict[str, Any]:
            known = payload() if callable(payload) else payload
            return new_job_row(kind, known, key=key, delay=delay, clock=self._clock, organization_id=owner)

        self._rows.append(row)

    async def bring_forward(self, key: str) -> None:
        """Make a waiting job due now; nothing happens when it has started or is unknown."""
        await self._session.execute(_BRING_FORWARD, {"of_key": key, "now": self._clock.now()})
        self.has_due_work = True

    async def write(self) -> None:
        """Called by the unit of work between its flush and its commit."""
        if self._rows:
            statement = insert_ignoring_duplicates(self._database, Job.__table__)
            await self._session.execute(statement, [row() for row in self._rows])
            self._rows = []
            self.has_due_work = True


def new_job_row(
    kind: JobKind, payload: dict[str, Any], *, key: str | None, delay: timedelta, clock: Clock, organization_id: int
) -> dict[str, Any]:
    """The columns of a job that has not started."""
    now = clock.now()
    return {
        "organization_id": organization_id,
        "kind": kind.name,
        "lane": kind.lane.value,
        "key": key,
        "payload": payload,
        "status": JobStatus.QUEUED,
        "attempts": 0,
        "due_at": now + delay,
        "lease_owner": "",
        "fence": 0,
        "last_error": "",
        "created_at": now,
    }
