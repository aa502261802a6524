"""Enqueueing inside a unit of work: the job exists exactly when the change that asked for it does."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db.engine import Database, insert_ignoring_duplicates, insert_into
from core.jobs.models import Job
from core.jobs.values import JobKind, JobStatus

# Built once: building it takes SQLAlchemy longer than running it.
_jobs = cast("Table", Job.__table__)
_BRING_FORWARD = (
    update(_jobs)
    .where(_jobs.c.key == bindparam("of_key"), _jobs.c.status == JobStatus.QUEUED)
    .values(due_at=bindparam("now"))
)
_HOLD = (
    select(_jobs.c.id).where(_jobs.c.key.in_(bindparam("keys", expanding=True))).order_by(_jobs.c.id).with_for_update()
)


@cache
def _enqueueing_anew(*, is_sqlite: bool) -> Any:
    insert = insert_into(_jobs, is_sqlite=is_sqlite)
    new = insert.excluded
    waits_already = and_(_jobs.c.status == JobStatus.QUEUED, _jobs.c.due_at < new.due_at)
    fresh = ("kind", "lane", "payload", "status", "attempts", "lease_owner", "last_error", "created_at")
    changes = {name: new[name] for name in fresh} | {
        "due_at": case((waits_already, _jobs.c.due_at), else_=new.due_at),
        "fence": _jobs.c.fence + 1,  # whoever runs it now ends an earlier job
        "lease_until": None,
        "finished_at": None,
    }
    return insert.on_conflict_do_update(index_elements=[_jobs.c.key], set_=changes)


class JobQueue:
    """The jobs of one unit of work, written at its commit in one statement."""

    def __init__(self, database: Database, session: AsyncSession, clock: Clock, organization_id: int) -> None:
        self._database = database
        self._session = session
        self._clock = clock
        self._organization_id = organization_id
        self._rows: list[Callable[[], dict[str, Any]]] = []
        self._anew: dict[str, dict[str, Any]] = {}
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

    def enqueue_anew(
        self, kind: JobKind, payload: dict[str, Any], *, key: str, delay: timedelta = timedelta(0)
    ) -> None:
        """Ask that work be begun after the commit, whatever became of an earlier job of this key.

        However often it is asked for, one job waits, due at the earliest time named. One that runs just now runs again.
        """
        row = new_job_row(kind, payload, key=key, delay=delay, clock=self._clock, organization_id=self._organization_id)
        if key not in self._anew or row["due_at"] < self._anew[key]["due_at"]:
            self._anew[key] = row

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
        if self._anew:
            rows = [self._anew[key] for key in sorted(self._anew)]  # in one order, or two could wait for each other
            if len(rows) > 1 and not self._database.is_sqlite:  # and in the order in which a worker ends them
                await self._session.execute(_HOLD, {"keys": [*self._anew]})
            await self._session.execute(_enqueueing_anew(is_sqlite=self._database.is_sqlite), rows)
            self._anew = {}
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
