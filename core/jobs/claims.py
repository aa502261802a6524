"""The statements behind the worker: claim by lease, renew, finish fenced.

On PostgreSQL the lease is taken from the database's clock and rows are claimed with `FOR UPDATE SKIP LOCKED`; SQLite
has one writer at a time, so the claiming statement is alone by nature.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Interval,
    and_,
    bindparam,
    exists,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection as Connection

from core.clock import Clock
from core.db import moments
from core.db.engine import Database
from core.db.types import UtcDateTime
from core.jobs.models import Job
from core.jobs.values import JobStatus, JobTicket, Lane

__all__ = ["Claims", "Connection", "Ending", "How", "Waiting", "finish", "renew", "take_over"]

_NO_LEASE = {"lease_owner": "", "lease_until": None}


class How(StrEnum):
    """The ways a run ends. `released` is given back unfinished at shut-down: the try does not count."""

    DONE = "done"
    RETRY = "retry"
    DEAD = "dead"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Ending:
    """How one run of a job ended."""

    job: JobTicket
    how: How
    error: str = ""
    delay: timedelta = timedelta(0)


class Claims:
    """The statements that every turn of a worker runs.

    They are built once, because building one takes SQLAlchemy longer than running it.
    """

    def __init__(
        self, database: Database, lanes: Iterable[Lane], *, owner: str, lease: timedelta, clock: Clock
    ) -> None:
        self._is_sqlite = database.is_sqlite
        self._clock = clock
        self._lease = lease
        self._lanes = tuple(lanes)
        self._claiming = self._claim_statement(owner)
        self._looking = self._look_statement()
        self._ending = self._end_statement()
        held = select(Job.id).where(Job.id.in_(bindparam("ids", expanding=True)))
        self._holding = held.order_by(Job.id).with_for_update()

    async def look(self, connection: Connection) -> "Waiting":
        """What waits in each lane."""
        row = (await connection.execute(self._looking, self._moment())).one()
        now, due, next_due = row[0], row[1::2], row[2::2]
        later = [moment for moment in next_due if moment is not None]
        return Waiting(
            due=frozenset(lane for lane, is_due in zip(self._lanes, due, strict=True) if is_due),
            next_due_in=float((min(later) - now).total_seconds()) if later else None,
        )

    async def claim(self, connection: Connection, places: Mapping[Lane, int]) -> list[JobTicket]:
        """Take due jobs, in each lane the longest due first and as many as it has `places`; by lane, then by age."""
        parameters: dict[str, Any] = {_places(lane): max(0, places.get(lane, 0)) for lane in self._lanes}
        if self._is_sqlite:
            parameters |= self._moment() | {"until": self._clock.now() + self._lease}
        rows = (await connection.execute(self._claiming, parameters)).all()
        claimed = [
            JobTicket(
                id=row.id,
                organization_id=row.organization_id,
                kind=row.kind,
                lane=Lane(row.lane),
                payload=row.payload,
                attempts=row.attempts,
                fence=row.fence,
                last_error=row.last_error,
            )
            for row in rows
        ]
        return sorted(claimed, key=lambda job: (self._lanes.index(job.lane), job.id))

    async def hold(self, connection: Connection, jobs: Sequence[JobTicket]) -> None:
        """Before several are changed: in the order of their ids, or two could wait for each other; see `JobQueue`."""
        if len(jobs) > 1 and not self._is_sqlite:
            await connection.execute(self._holding, {"ids": [job.id for job in jobs]})

    async def end_well(self, connection: Connection, jobs: Sequence[JobTicket]) -> None:
        """Write that these runs are done; see `finish`."""
        ended = [{"of_id": job.id, "of_fence": job.fence, **self._moment()} for job in jobs]
        await connection.execute(self._ending, ended)

    def _moment(self) -> dict[str, Any]:
        return {"now": self._clock.now()} if self._is_sqlite else {}

    def _now(self) -> ColumnElement[datetime]:
        return bindparam("now", type_=UtcDateTime()) if self._is_sqlite else func.clock_timestamp(type_=UtcDateTime())

    def _claim_statement(self, owner: str) -> Executable:
        lanes = [
            select(Job.id)
            .where(Job.status == JobStatus.QUEUED, Job.lane == lane.value, Job.due_at <= self._now())
            .order_by(Job.due_at, Job.id)
            .limit(bindparam(_places(lane), type_=Integer()))
            .with_for_update(skip_locked=True)
            .subquery()
            for lane in self._lanes
        ]
        # Materialized, because PostgreSQL may else run the limited queries more than once and lock more than it takes.
        due = union_all(*(select(lane.c.id) for lane in lanes)).cte("due").prefix_with("MATERIALIZED")
        until: ColumnElement[datetime] = (
            bindparam("until", type_=UtcDateTime())
            if self._is_sqlite
            else func.clock_timestamp() + literal(self._lease, Interval())
        )
        changes = {
            "status": JobStatus.RUNNING,
            "lease_owner": owner,
            "lease_until": until,
            "attempts": Job.attempts + 1,
            "fence": Job.fence + 1,
        }
        told = (Job.id, Job.organization_id, Job.kind, Job.lane, Job.payload, Job.attempts, Job.fence, Job.last_error)
        return update(Job).where(Job.id.in_(select(due.c.id))).values(changes).returning(*told)

    def _look_statement(self) -> Executable:
        now = self._now() if self._is_sqlite else func.now(type_=UtcDateTime())
        columns: list[ColumnElement[Any]] = [now]
        for lane in self._lanes:
            waiting = and_(Job.status == JobStatus.QUEUED, Job.lane == lane.value)
            columns.append(exists(select(Job.id).where(waiting, Job.due_at <= now)))
            columns.append(select(func.min(Job.due_at)).where(waiting, Job.due_at > now).scalar_subquery())
        return select(*columns)

    def _end_statement(self) -> Executable:
        values = {"status": JobStatus.DONE, "finished_at": self._now(), **_NO_LEASE, "last_error": ""}
        return update(Job).where(_is_still_ours(bindparam("of_id"), bindparam("of_fence"))).values(values)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The lanes in which jobs are due, and how many seconds until another falls due (None: none waits)."""

    due: frozenset[Lane]
    next_due_in: float | None


def _places(lane: Lane) -> str:
    return f"places_{lane.value}"


async def take_over(connection: Connection, database: Database, *, clock: Clock) -> int:
    """Queue again what a worker left behind whose leases have run out. Returns how many jobs that were."""
    result = await connection.execute(
        update(Job)
        .where(Job.status == JobStatus.RUNNING, Job.lease_until < moments.now(database, clock))
        .values(status=JobStatus.QUEUED, lease_owner="", lease_until=None)
    )
    return result.rowcount


async def renew(
    connection: Connection,
    database: Database,
    job_ids: Collection[int],
    *,
    owner: str,
    lease: timedelta,
    clock: Clock,
) -> None:
    """The heartbeat: extend the leases of what this owner runs."""
    await connection.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.status == JobStatus.RUNNING, Job.lease_owner == owner)
        .values(lease_until=moments.later(database, clock, lease))
    )


async def finish(connection: Connection, database: Database, endings: Sequence[Ending], *, clock: Clock) -> None:
    """Write how runs ended badly. A run whose job has passed to another owner changes nothing: its fence is stale."""
    for ending in endings:
        ours = _is_still_ours(literal(ending.job.id), literal(ending.job.fence))
        await connection.execute(update(Job).where(ours).values(_after(database, clock, ending)))


def _is_still_ours(job_id: ColumnElement[int], fence: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(Job.id == job_id, Job.fence == fence, Job.status == JobStatus.RUNNING)


def _after(database: Database, clock: Clock, ending: Ending) -> dict[str, Any]:
    values: dict[str, Any] = {**_NO_LEASE, "last_error": ending.error}
    match ending.how:
        case How.DEAD:
            return values | {"status": JobStatus.DEAD, "finished_at": moments.now(database, clock)}
        case How.RELEASED:
            values["attempts"] = Job.attempts - 1
    return values | {"status": JobStatus.QUEUED, "due_at": moments.later(database, clock, ending.delay)}
