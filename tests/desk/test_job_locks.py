"""Asking for work anew beside a worker that ends some of the same jobs, on PostgreSQL."""

from pathlib import Path

from sqlalchemy import select, text

from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.values import JobStatus, JobTicket, Lane
from tests.builders import CoreDesk, core_desk
from tests.desk.workers import working
from tests.fakes.waiting import eventually

JOBS = 10
ROUNDS = 100
_DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
_NOT_DONE = select(Job.id).where(Job.status != JobStatus.DONE)


async def ask(desk: CoreDesk, *numbers: int) -> None:
    async with desk.unit_of_work() as uow:
        for number in numbers:
            uow.jobs.enqueue_anew(kinds.REFRESH, {"ticket_id": number}, key=f"refresh:{number}")
        await uow.commit()


async def test_who_asks_for_many_jobs_and_who_ends_them_never_wait_for_each_other(
    postgres_url: str, tmp_path: Path
) -> None:
    desk = await core_desk(postgres_url, tmp_path)
    for number in reversed(range(JOBS)):  # their ids rise as their keys fall
        await ask(desk, number)

    async def run(job: JobTicket) -> None:
        """Nothing to do."""

    async def are_done() -> bool:
        async with desk.reading() as reading:
            return not (await reading.session.scalars(_NOT_DONE)).all()

    async with working(desk, run, kinds.REFRESH, lanes={Lane.REFRESH: JOBS}):
        for _ in range(ROUNDS):
            await ask(desk, *range(JOBS))
        await eventually(are_done)
    await desk.database.close()
    async with desk.database.reading() as connection:
        assert int((await connection.execute(_DEADLOCKS)).scalar_one()) == 0
    await desk.database.close()
