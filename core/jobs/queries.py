"""Reading jobs."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from core.db.engine import Database
from core.db.unit_of_work import Reading
from core.jobs.models import Job
from core.jobs.values import JobStatus

PAGE_LENGTH = 50


async def list_jobs(
    reading: Reading,
    *,
    status: JobStatus | None = None,
    kind: str = "",
    before_id: int | None = None,
    limit: int = PAGE_LENGTH,
) -> Sequence[Job]:
    """A page of jobs of the actor's organization, newest first; `before_id` is the cursor."""
    statement = select(Job).where(Job.organization_id == reading.actor.organization_id)
    if status is not None:
        statement = statement.where(Job.status == status)
    if kind:
        statement = statement.where(Job.kind == kind)
    if before_id is not None:
        statement = statement.where(Job.id < before_id)
    return (await reading.session.scalars(statement.order_by(Job.id.desc()).limit(limit))).all()


async def count_jobs(reading: Reading) -> dict[JobStatus, int]:
    rows = await reading.session.execute(
        select(Job.status, func.count())
        .where(Job.organization_id == reading.actor.organization_id)
        .group_by(Job.status)
    )
    counts = dict.fromkeys(JobStatus, 0)
    for status, count in rows:
        counts[status] = count
    return counts


async def count_all_jobs(
    database: Database, statuses: Collection[JobStatus] = tuple(JobStatus)
) -> dict[JobStatus, int]:
    """How many jobs of each of these statuses there are in the whole deployment."""
    statement = select(Job.status, func.count()).where(Job.status.in_(statuses)).group_by(Job.status)
    async with database.reading() as connection:
        rows = await connection.execute(statement)
        return {**dict.fromkeys(statuses, 0), **dict(rows.all())}
