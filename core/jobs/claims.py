"""The statements behind the worker: claim by lease, renew, finish fenced.

On PostgreSQL the lease is taken from the database's clock and rows are claimed with `FOR UPDATE SKIP LOCKED`; SQLite
has one writer at a time, so the claiming statement is alone by nature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection as Connection

from core.clock import Clock
from core.db.engine import Database
from core.db.types import UtcDateTime
from core.jobs.models import Job
from core.jobs.values import JobStatus, JobTicket, Lane

__all__ = [
    "DEAD",
    "DONE",
    "RELEASED",
    "RETRY",
    "Connection",
    "Ending",
    "claim",
    "finish",
    "renew",
    "seconds_to_next_due",
]

DONE = "done"
RETRY = "retry"
DEAD = "dead"
RELEASED = "released"  # given back unfinished at shut-down; the try does not count


@dataclass(frozen=True, slots=True)
class Ending:
    """How one run of a job ended."""

    job: JobTicket
    how: str
    error: str = ""
    delay: timedelta = timedelta(0)


def _now(database: Database, clock: Clock) -> ColumnElement[datetime]:
    if database.is_sqlite:
        return literal(clock.now(), UtcDateTime())
    return func.clock_timestamp(type_=UtcDateTime())


def _later(database: Database, clock: Clock, delay: timedelta) -> ColumnElement[datetime]:
    if database.is_sqlite:
        return literal(clock.now() + delay, UtcDateTime())
    return func.clock_timestamp(type_=UtcDateTime()) + delay


def _is_claimable(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(
        and_(Job.status == JobStatus.QUEUED, Job.due_at <= now),
        and_(Job.status == JobStatus.RUNNING, Job.lease_until < now),
    )


async def claim(
    connection: Connection, database: Database, lane: Lane, limit: int, *, owner: str, lease: timedelta, clock: Clock
) -> list[JobTicket]:
    """Take up to `limit` due or abandoned jobs of a lane, oldest first."""
    due = (
        select(Job.id)
        .where(Job.lane == lane.value, _is_claimable(_now(database, clock)))
        .order_by(Job.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Job)
        .where(Job.id.in_(due.scalar_subquery()))
        .values(
            status=JobStatus.RUNNING,
            lease_owner=owner,
            lease_until=_later(database, clock, lease),
            attempts=Job.attempts + 1,
            fence=Job.fence + 1,
        )
        .returning(Job.id, Job.organization_id, Job.kind, Job.payload, Job.attempts, Job.fence)
    )
    rows = (await connection.execute(statement)).all()
    return [
        JobTicket(
            id=row.id,
            organization_id=row.organization_id,
            kind=row.kind,
            lane=lane,
            payload=row.payload,
            attempts=row.attempts,
            fence=row.fence,
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


async def renew(connection: Connection, database: Database, owner: str, lease: timedelta, *, clock: Clock) -> None:
    """The heartbeat: extend every lease of this owner."""
    await connection.execute(
        update(Job)
        .where(Job.status == JobStatus.RUNNING, Job.lease_owner == owner)
        .values(lease_until=_later(database, clock, lease))
    )


async def finish(connection: Connection, database: Database, endings: Sequence[Ending], *, clock: Clock) -> None:
    """Write how runs ended. A run whose lease has passed to another owner changes nothing (its fence is stale)."""
    for ending in endings:
        values: dict[str, Any] = {"lease_owner": "", "lease_until": None, "last_error": ending.error}
        if ending.how in {RETRY, RELEASED}:
            values |= {"status": JobStatus.QUEUED, "due_at": _later(database, clock, ending.delay)}
            if ending.how == RELEASED:
                values["attempts"] = Job.attempts - 1
        else:
            status = JobStatus.DONE if ending.how == DONE else JobStatus.DEAD
            values |= {"status": status, "finished_at": _now(database, clock)}
        await connection.execute(
            update(Job)
            .where(Job.id == ending.job.id, Job.fence == ending.job.fence, Job.status == JobStatus.RUNNING)
            .values(values)
        )


async def seconds_to_next_due(connection: Connection, database: Database, *, clock: Clock) -> float | None:
    """How long until the next job falls due; None when none waits. Jobs due already wait for a free place instead."""
    now = clock.now() if database.is_sqlite else (await connection.execute(select(_now(database, clock)))).scalar_one()
    next_due = (
        await connection.execute(
            select(func.min(Job.due_at)).where(Job.status == JobStatus.QUEUED, Job.due_at > literal(now, UtcDateTime()))
        )
    ).scalar_one_or_none()
    return None if next_due is None else float((next_due - now).total_seconds())
