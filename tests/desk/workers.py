"""A worker at work on the desk's jobs, and the jobs it works on."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from core.db.engine import Database
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.pace import DEFAULT_LANES
from core.jobs.values import JobKind, JobStatus, JobTicket, Lane
from core.jobs.worker import JobRun, RunMany, Worker
from tests.builders import CoreDesk
from tests.fakes.waiting import eventually

Run = Callable[[JobTicket], Awaitable[None]]


async def enqueue(desk: CoreDesk, kind: JobKind = kinds.DELIVER, *, count: int = 1) -> list[int]:
    async with desk.unit_of_work() as uow:
        for n in range(count):
            uow.jobs.enqueue(kind, {"n": n})
        await uow.commit()
    return [job.id for job in await desk.jobs()][-count:]


async def job(desk: CoreDesk, job_id: int) -> Job:
    return next(each for each in await desk.jobs() if each.id == job_id)


async def change(desk: CoreDesk, job_id: int, **columns: object) -> None:
    async with desk.database.writing() as connection:
        await connection.execute(update(Job).where(Job.id == job_id).values(**columns))


async def reaches(desk: CoreDesk, job_id: int, status: JobStatus) -> Job:
    async def has_status() -> bool:
        return (await job(desk, job_id)).status is status

    await eventually(has_status)
    return await job(desk, job_id)


@asynccontextmanager
async def working(
    desk: CoreDesk,
    run: Run,
    kind: JobKind = kinds.DELIVER,
    *others: JobKind,
    on_dead: Callable[[JobTicket, str], Awaitable[None]] | None = None,
    run_many: RunMany | None = None,
    database: Database | None = None,
    poll: timedelta = timedelta(milliseconds=20),
    lease: timedelta = timedelta(minutes=5),
    lanes: dict[Lane, int] | None = None,
) -> AsyncIterator[Worker]:
    worker = Worker(
        database or desk.database,
        {each.name: JobRun(run, on_dead, run_many) for each in (kind, *others)},
        clock=desk.clock,
        poll=poll,
        lease=lease,
        lanes=lanes or DEFAULT_LANES,
        jitter=Half(),
    )
    desk.surroundings = replace(desk.surroundings, committed=worker.wake)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.stop(grace=0)
        await task


class Half(random.Random):
    """A random number generator that always gives a half: delays are three quarters of the longest."""

    def random(self) -> float:
        return 0.5


async def seconds_until_due(desk: CoreDesk, waiting: Job) -> float:
    """By the clock that the database layer counts with: the desk's on SQLite, the server's on PostgreSQL."""
    if desk.database.is_sqlite:
        return (waiting.due_at - desk.clock.now()).total_seconds()
    async with desk.database.reading() as connection:
        now = (await connection.exec_driver_sql("SELECT clock_timestamp()")).scalar_one()
    return float((waiting.due_at - now).total_seconds())


async def holds(value: bool) -> bool:
    return value
