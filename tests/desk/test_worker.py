"""The worker: what it runs at once, how it tries again, and how it dies."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from core.db.engine import Database
from core.errors import TryAgainLaterError
from core.jobs import kinds
from core.jobs.kinds import ALL_KINDS
from core.jobs.models import Job
from core.jobs.values import JobStatus, JobTicket, Lane
from core.jobs.worker import JobRun
from tests.builders import CoreDesk
from tests.desk.workers import Run, change, enqueue, holds, job, reaches, seconds_until_due, working
from tests.fakes.waiting import eventually

NEVER = timedelta(hours=1)


async def nothing(_job: JobTicket) -> None:
    return None


async def test_a_job_runs_once_and_is_done(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)
    ran: list[JobTicket] = []

    async def run(ticket: JobTicket) -> None:
        ran.append(ticket)

    async with working(desk, run):
        done = await reaches(desk, job_id, JobStatus.DONE)
    assert [(one.id, one.payload, one.attempts) for one in ran] == [(job_id, {"n": 0}, 1)]
    assert done.finished_at is not None
    assert (done.lease_owner, done.lease_until, done.last_error) == ("", None, "")


async def test_a_lane_runs_no_more_at_once_than_it_has_places_and_holds_up_no_other(desk: CoreDesk) -> None:
    slow = await enqueue(desk, kinds.TRIAGE_SUGGEST, count=9)
    (quick,) = await enqueue(desk, kinds.DELIVER)
    free, at_once, most = asyncio.Event(), 0, 0

    async def run(_ticket: JobTicket) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await free.wait()
        at_once -= 1

    lanes = {Lane.AI: 3, Lane.DELIVERY: 1}
    async with working(desk, run, kinds.TRIAGE_SUGGEST, lanes=lanes) as worker:
        worker._runs = {**worker._runs, kinds.DELIVER.name: JobRun(nothing)}
        await reaches(desk, quick, JobStatus.DONE)
        assert most == 3
        free.set()
        for job_id in slow:
            await reaches(desk, job_id, JobStatus.DONE)
    assert most == 3


async def test_a_commit_wakes_the_worker_long_before_it_polls(desk: CoreDesk) -> None:
    async with working(desk, nothing, poll=NEVER) as worker:
        await eventually(lambda: holds(worker.last_turn is not None))
        (job_id,) = await enqueue(desk)
        await reaches(desk, job_id, JobStatus.DONE)


async def test_work_that_a_job_enqueues_is_started_without_a_poll(desk: CoreDesk) -> None:
    (first,) = await enqueue(desk)

    async def run(ticket: JobTicket) -> None:
        if ticket.id == first:
            await enqueue(desk)

    async with working(desk, run, poll=NEVER):

        async def both_done() -> bool:
            return [each.status for each in await desk.jobs()] == [JobStatus.DONE, JobStatus.DONE]

        await eventually(both_done)


async def test_a_job_is_started_when_it_falls_due_without_a_poll(desk: CoreDesk) -> None:
    async with working(desk, nothing, poll=NEVER):
        async with desk.unit_of_work() as uow:
            uow.jobs.enqueue(kinds.DELIVER, {}, delay=timedelta(milliseconds=150))
            await uow.commit()
        desk.clock.advance(seconds=1)
        await reaches(desk, (await desk.jobs())[0].id, JobStatus.DONE)


async def test_the_lease_of_a_long_job_is_renewed(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)
    end = asyncio.Event()

    async def run(_ticket: JobTicket) -> None:
        await end.wait()

    async with working(desk, run, lease=timedelta(seconds=0.3)):
        first = (await reaches(desk, job_id, JobStatus.RUNNING)).lease_until
        assert first is not None
        desk.clock.advance(seconds=0.2)

        async def is_renewed() -> bool:
            until = (await job(desk, job_id)).lease_until
            return until is not None and until > first

        await eventually(is_renewed)
        end.set()
        await reaches(desk, job_id, JobStatus.DONE)


async def test_a_job_whose_worker_vanished_is_taken_over(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)
    long_ago = desk.clock.now() - timedelta(days=400)
    await change(desk, job_id, status=JobStatus.RUNNING, lease_owner="gone", lease_until=long_ago, attempts=1, fence=1)
    seen: list[JobTicket] = []

    async def run(ticket: JobTicket) -> None:
        seen.append(ticket)

    async with working(desk, run):
        await reaches(desk, job_id, JobStatus.DONE)
    assert [(one.attempts, one.fence) for one in seen] == [(2, 2)]


async def test_an_owner_whose_lease_passed_on_cannot_finish_the_job(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)
    resume, end = asyncio.Event(), asyncio.Event()

    async def stalls(_ticket: JobTicket) -> None:
        await resume.wait()
        raise ValueError("late, and wrong")

    async def goes_on(_ticket: JobTicket) -> None:
        await end.wait()

    async with working(desk, stalls) as stalled:
        await reaches(desk, job_id, JobStatus.RUNNING)
        stalled._renewed = float("inf")  # its heart stops
        stalled._stopping = True  # and it may not take its own job over
        await change(desk, job_id, lease_until=desk.clock.now() - timedelta(days=400))
        async with working(desk, goes_on) as peer:
            await eventually(lambda: holds(bool(peer._running)))
            resume.set()
            await eventually(lambda: holds(not stalled._running and not stalled._ended))
            meanwhile = await job(desk, job_id)
            assert (meanwhile.status, meanwhile.lease_owner) == (JobStatus.RUNNING, peer._owner)
            assert meanwhile.last_error == ""
            end.set()
            assert (await reaches(desk, job_id, JobStatus.DONE)).attempts == 2


async def test_two_workers_share_the_jobs_and_run_none_twice(desk: CoreDesk) -> None:
    await enqueue(desk, count=120)
    ran: Counter[int] = Counter()
    by: Counter[str] = Counter()

    def run(name: str) -> Run:
        async def count(ticket: JobTicket) -> None:
            ran[ticket.id] += 1
            by[name] += 1

        return count

    peer = Database(desk.database.url)
    try:
        async with working(desk, run("one")), working(desk, run("other"), database=peer):

            async def all_done() -> bool:
                return all(each.status is JobStatus.DONE for each in await desk.jobs())

            await eventually(all_done)
    finally:
        await peer.close()
    assert len(ran) == 120
    assert set(ran.values()) == {1}


async def test_a_failed_try_is_repeated_later_with_jitter_and_its_error_kept(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)
    await change(desk, job_id, attempts=2)

    async def run(_ticket: JobTicket) -> None:
        raise ValueError("no such horse")

    async with working(desk, run):
        failed = await _waits_again(desk, job_id)
    assert (failed.attempts, failed.last_error) == (3, "ValueError: no such horse")
    # the third wait is at most 8 s, and the jitter of one half makes three quarters of it
    assert await seconds_until_due(desk, failed) == pytest.approx(6.0, abs=0 if desk.database.is_sqlite else 5)


async def test_a_provider_that_names_a_time_is_not_asked_before(desk: CoreDesk) -> None:
    """langfuse#8800: Retry-After ignored."""
    (job_id,) = await enqueue(desk)

    async def run(_ticket: JobTicket) -> None:
        raise TryAgainLaterError("Too many requests.", retry_after=600)

    async with working(desk, run):
        failed = await _waits_again(desk, job_id)
    assert failed.last_error == "Too many requests."
    assert await seconds_until_due(desk, failed) == pytest.approx(600, abs=0 if desk.database.is_sqlite else 60)


async def test_the_last_failed_try_makes_the_job_dead_and_tells_who_waits(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)
    await change(desk, job_id, attempts=kinds.DELIVER.max_attempts - 1)
    told: list[tuple[int, str]] = []

    async def run(_ticket: JobTicket) -> None:
        raise TryAgainLaterError("The relay is away.")

    async def on_dead(ticket: JobTicket, reason: str) -> None:
        told.append((ticket.id, reason))

    async with working(desk, run, on_dead=on_dead):
        dead = await reaches(desk, job_id, JobStatus.DEAD)
    assert dead.last_error == "The relay is away."
    assert dead.finished_at is not None
    assert told == [(job_id, "The relay is away.")]


async def test_whoever_waits_is_told_again_when_telling_failed(desk: CoreDesk) -> None:
    """A message must not stay undecided because the database was away at the moment its last try failed."""
    (job_id,) = await enqueue(desk)
    await change(desk, job_id, attempts=kinds.DELIVER.max_attempts - 1)
    tries, told = Counter[str](), list[str]()

    async def run(_ticket: JobTicket) -> None:
        tries["run"] += 1
        raise ValueError("boom")

    async def on_dead(_ticket: JobTicket, reason: str) -> None:
        tries["told"] += 1
        if tries["told"] == 1:
            raise TryAgainLaterError("The database cannot be reached just now.")
        told.append(reason)

    async with working(desk, run, on_dead=on_dead):
        await _waits_again(desk, job_id)
        await change(desk, job_id, due_at=desk.clock.now() - timedelta(days=400))
        await reaches(desk, job_id, JobStatus.DEAD)
    assert told == ["ValueError: boom"]
    assert tries["run"] == 1


async def test_a_job_that_kills_its_worker_at_every_try_is_dead_at_last(desk: CoreDesk) -> None:
    (job_id,) = await enqueue(desk)
    long_ago = desk.clock.now() - timedelta(days=400)
    most = kinds.DELIVER.max_attempts
    await change(desk, job_id, status=JobStatus.RUNNING, lease_owner="x", lease_until=long_ago, attempts=most)

    async def run(_ticket: JobTicket) -> None:
        raise AssertionError("it may not run again")

    async with working(desk, run):
        dead = await reaches(desk, job_id, JobStatus.DEAD)
    assert "died" in dead.last_error


async def test_a_try_that_takes_too_long_is_ended(desk: CoreDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ALL_KINDS, kinds.DELIVER.name, replace(kinds.DELIVER, timeout=timedelta(milliseconds=20)))
    (job_id,) = await enqueue(desk)

    async def run(_ticket: JobTicket) -> None:
        await asyncio.Event().wait()

    async with working(desk, run):
        assert "took longer" in (await _waits_again(desk, job_id)).last_error


async def test_a_try_that_is_cancelled_from_within_has_failed(desk: CoreDesk) -> None:
    """Given back as if at shut-down it would start again at once, for ever."""
    (job_id,) = await enqueue(desk)

    async def run(_ticket: JobTicket) -> None:
        raise asyncio.CancelledError

    async with working(desk, run):
        failed = await _waits_again(desk, job_id)
    assert (failed.attempts, failed.last_error) == (1, "was cancelled from within")


async def test_the_worker_outlives_a_database_that_is_away(desk: CoreDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ended meanwhile is written when the database is back, and nothing is run twice."""
    (job_id,) = await enqueue(desk)
    ran: Counter[int] = Counter()
    turns = 0
    writing = desk.database.writing

    @asynccontextmanager
    async def away() -> AsyncIterator[object]:
        nonlocal turns
        turns += 1
        if 2 <= turns <= 4:
            raise TryAgainLaterError("The database cannot be reached just now.")
        async with writing() as connection:
            yield connection

    monkeypatch.setattr(desk.database, "writing", away)

    async def run(ticket: JobTicket) -> None:
        ran[ticket.id] += 1

    async with working(desk, run):
        await reaches(desk, job_id, JobStatus.DONE)
    assert turns > 4
    assert ran == {job_id: 1}


async def _waits_again(desk: CoreDesk, job_id: int) -> Job:
    async def has_failed() -> bool:
        found = await job(desk, job_id)
        return found.status is JobStatus.QUEUED and found.last_error != ""

    await eventually(has_failed)
    return await job(desk, job_id)
