"""A worker that is told to stop: what runs may end, the rest goes back to the queue at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.jobs.values import JobStatus, JobTicket, Lane
from tests.builders import CoreDesk
from tests.desk.workers import enqueue, holds, job, reaches, seconds_until_due, working
from tests.fakes.waiting import eventually


async def test_stopping_lets_what_runs_end_and_claims_nothing_more(desk: CoreDesk) -> None:
    first, second = await enqueue(desk, count=2)
    started, end = asyncio.Event(), asyncio.Event()

    async def run(_ticket: JobTicket) -> None:
        started.set()
        await end.wait()

    async with working(desk, run, lanes={Lane.DELIVERY: 1}) as worker:
        await started.wait()
        stopping = asyncio.create_task(worker.stop(grace=30))
        await eventually(lambda: holds(worker._stopping))
        end.set()
        await stopping
        await reaches(desk, first, JobStatus.DONE)
    assert (await job(desk, second)).status is JobStatus.QUEUED


async def test_what_does_not_end_in_time_is_given_back_and_the_try_does_not_count(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)

    async def run(_ticket: JobTicket) -> None:
        await asyncio.Event().wait()

    async with working(desk, run) as worker:
        await reaches(desk, job_id, JobStatus.RUNNING)
        await worker.stop(grace=0)
    given_back = await job(desk, job_id)
    assert (given_back.status, given_back.attempts, given_back.lease_owner) == (JobStatus.QUEUED, 0, "")
    assert await seconds_until_due(desk, given_back) <= 0


async def test_what_was_just_claimed_at_the_word_to_stop_is_given_back_without_a_start(
    desk: CoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun after `stop` had looked at what runs, it held the process up until the job's own timeout."""
    (job_id,) = await enqueue(desk)
    claimed, told, started = asyncio.Event(), asyncio.Event(), asyncio.Event()
    writing = desk.database.writing

    @asynccontextmanager
    async def held_after_the_commit() -> AsyncIterator[object]:
        async with writing() as connection:
            yield connection
        claimed.set()
        await told.wait()

    monkeypatch.setattr(desk.database, "writing", held_after_the_commit)

    async def run(_ticket: JobTicket) -> None:
        started.set()

    async with working(desk, run) as worker:
        await claimed.wait()
        assert (await job(desk, job_id)).status is JobStatus.RUNNING
        await worker.stop(grace=0)
        told.set()
    given_back = await job(desk, job_id)
    assert (given_back.status, given_back.attempts, given_back.lease_owner) == (JobStatus.QUEUED, 0, "")
    assert not started.is_set()
