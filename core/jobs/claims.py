"""The statements behind the worker: claim by lease, renew, finish fenced.

On PostgreSQL the lease is taken from the database's clock and rows are claimed with `FOR UPDATE SKIP LOCKED`; SQLite
has one writer at a time, so the claiming statement is alone by nature.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection as Connection

from core.clock import Clock
from core.db import moments
from core.db.engine import Database
from core.db.types import UtcDateTime
from core.jobs.models import Job
from core.jobs.values import JobStatus, JobTicket, Lane

__all__ = ["Connection", "Ending", "How", "claim", "finish", "renew", "seconds_to_next_due", "take_over"]

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


async def claim(
    connection: Connection,
    database: Database,
    places: Mapping[Lane, int],
    *,
    owner: str,
    lease: timedelta,
    clock: Clock,
) -> list[JobTicket]:
    """Take due jobs, in each lane the longest due first and as many as it has `places`."""
    now = moments.now(database, clock)
    lanes = [
        select(Job.id)
        .where(Job.status == JobStatus.QUEUED, Job.lane == lane.value, Job.due_at <= now)
        .order_by(Job.due_at, Job.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .subquery()
        for lane, most in places.items()
        if most > 0
    ]
    if not lanes:
        return []
    # Materialized, because PostgreSQL may else run the limited queries more than once and lock more than it takes.
    due = union_all(*(select(lane.c.id) for lane in lanes)).cte("due").prefix_with("MATERIALIZED")
    statement = (
        update(Job)
        .where(Job.id.in_(select(due.c.id)))
        .values(
            status=JobStatus.RUNNING,
            lease_owner=owner,
            lease_until=moments.later(database, clock, lease),
            attempts=Job.attempts + 1,
            fence=Job.fence + 1,
        )
        .returning(
            Job.id, Job.organization_id, Job.kind, Job.lane, Job.payload, Job.attempts, Job.fence, Job.last_error
        )
    )
    rows = (await connection.execute(statement)).all()
    return [
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
        for row in sorted(rows, key=lambda row: row.id)
    ]


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
    """Write how runs ended. A run whose job has passed to another owner changes nothing: its fence is stale."""
    done = [ending.job for ending in endings if ending.how is How.DONE]
    if done:
        values = {"status": JobStatus.DONE, "finished_at": moments.now(database, clock), **_NO_LEASE, "last_error": ""}
        statement = update(Job).where(_is_still_ours(bindparam("of_id"), bindparam("of_fence"))).values(values)
        await connection.execute(statement, [{"of_id": job.id, "of_fence": job.fence} for job in done])
    for ending in endings:
        if ending.how is not How.DONE:
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


async def seconds_to_next_due(
    connection: Connection, database: Database, lanes: Iterable[Lane], *, clock: Clock
) -> float | None:
    """How long until the next job of these lanes falls due; None when none waits.

    Jobs due already do not count: they wait for a free place.
    """
    now = literal(clock.now(), UtcDateTime()) if database.is_sqlite else func.now(type_=UtcDateTime())
    first_of_each = [
        select(func.min(Job.due_at).label("due_at"))
        .where(Job.status == JobStatus.QUEUED, Job.lane == lane.value, Job.due_at > now)
        .scalar_subquery()
        for lane in lanes
    ]
    row = (await connection.execute(select(now, *first_of_each))).one()
    waiting = [due_at for due_at in row[1:] if due_at is not None]
    return float((min(waiting) - row[0]).total_seconds()) if waiting else None
