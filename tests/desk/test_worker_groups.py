"""Jobs that are run many at once, and what becomes of each."""

import asyncio
from collections.abc import Callable, Sequence

from core.jobs import kinds
from core.jobs.values import JobStatus, JobTicket, Lane
from core.jobs.worker import APART
from tests.builders import CoreDesk
from tests.desk.workers import change, enqueue, job, reaches, working
from tests.fakes.waiting import eventually

Done = Callable[[JobTicket], None]


class Group:
    """Notes what runs together and what by itself; `bad` are the jobs that fail."""

    def __init__(self, *, bad: Sequence[int] = ()) -> None:
        self.bad = frozenset(bad)
        self.together: list[list[int]] = []
        self.apart: list[int] = []

    async def run(self, claimed: JobTicket) -> None:
        self.apart.append(claimed.id)
        self._check([claimed.id])

    async def run_many(self, claimed: Sequence[JobTicket], _done: Done) -> None:
        self.together.append([each.id for each in claimed])
        self._check(self.together[-1])

    def _check(self, ids: Sequence[int]) -> None:
        if self.bad.intersection(ids):
            raise RuntimeError("cannot be read")


async def test_jobs_that_wait_together_run_together(desk: CoreDesk) -> None:
    group = Group()
    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=5)
    async with working(desk, group.run, kinds.INTAKE_PROCESS, run_many=group.run_many):
        for each in ids:
            await reaches(desk, each, JobStatus.DONE)
    assert (group.together, group.apart) == ([ids], [])


async def test_one_bad_job_of_a_group_fails_alone(desk: CoreDesk) -> None:
    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=4)
    group = Group(bad=[ids[1]])
    async with working(desk, group.run, kinds.INTAKE_PROCESS, run_many=group.run_many):
        for each in (ids[0], ids[2], ids[3]):
            await reaches(desk, each, JobStatus.DONE)
        failed = await reaches(desk, ids[1], JobStatus.QUEUED)
    assert (failed.attempts, failed.last_error) == (1, "RuntimeError: cannot be read")
    assert sorted(group.apart) == ids


async def test_what_has_failed_before_is_tried_by_itself(desk: CoreDesk) -> None:
    group = Group()
    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=3)
    await change(desk, ids[0], attempts=2)
    async with working(desk, group.run, kinds.INTAKE_PROCESS, run_many=group.run_many):
        for each in ids:
            await reaches(desk, each, JobStatus.DONE)
    assert (group.together, group.apart) == ([ids[1:]], [ids[0]])


async def test_a_group_that_is_stopped_is_given_back_whole(desk: CoreDesk) -> None:
    entered = asyncio.Event()

    async def run_many(_claimed: Sequence[JobTicket], _done: Done) -> None:
        entered.set()
        await asyncio.Event().wait()

    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=3)
    async with working(desk, Group().run, kinds.INTAKE_PROCESS, run_many=run_many):
        await entered.wait()

    given_back = [await job(desk, each) for each in ids]
    assert {(each.status, each.attempts, each.lease_owner) for each in given_back} == {(JobStatus.QUEUED, 0, "")}


async def test_a_group_that_runs_keeps_its_leases(desk: CoreDesk) -> None:
    finish = asyncio.Event()

    async def run_many(_claimed: Sequence[JobTicket], _done: Done) -> None:
        await finish.wait()

    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=2)
    async with working(desk, Group().run, kinds.INTAKE_PROCESS, run_many=run_many) as worker:
        first = await reaches(desk, ids[0], JobStatus.RUNNING)

        async def is_renewed() -> bool:
            desk.clock.advance(seconds=1)
            worker._renewed = 0.0
            later = await job(desk, ids[1])
            return bool(later.lease_until and first.lease_until and later.lease_until > first.lease_until)

        await eventually(is_renewed)
        finish.set()


async def test_what_has_to_run_by_itself_runs_only_some_at_once(desk: CoreDesk) -> None:
    """After a kill all are tried again by themselves; each may be large."""
    running, most = 0, 0

    async def run(_claimed: JobTicket) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=20)
    for each in ids:
        await change(desk, each, attempts=1)
    async with working(desk, run, kinds.INTAKE_PROCESS, run_many=Group().run_many):
        for each in ids:
            await reaches(desk, each, JobStatus.DONE)
    assert most <= APART


async def test_a_job_of_a_group_that_is_done_waits_for_no_other(desk: CoreDesk) -> None:
    finish = asyncio.Event()

    async def run_many(claimed: Sequence[JobTicket], done: Done) -> None:
        done(claimed[0])
        done(claimed[2])
        await finish.wait()

    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=4)
    async with working(desk, Group().run, kinds.INTAKE_PROCESS, run_many=run_many):
        for each in (ids[0], ids[2]):
            await reaches(desk, each, JobStatus.DONE)
        assert [(await job(desk, each)).status for each in (ids[1], ids[3])] == [JobStatus.RUNNING] * 2
        finish.set()
        for each in (ids[1], ids[3]):
            await reaches(desk, each, JobStatus.DONE)


async def test_of_a_group_that_fails_only_what_was_not_done_runs_again(desk: CoreDesk) -> None:
    group = Group()

    async def run_many(claimed: Sequence[JobTicket], done: Done) -> None:
        done(claimed[1])
        raise RuntimeError("cannot be read")

    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=3)
    async with working(desk, group.run, kinds.INTAKE_PROCESS, run_many=run_many):
        for each in ids:
            await reaches(desk, each, JobStatus.DONE)
    assert sorted(group.apart) == [ids[0], ids[2]]


async def test_the_place_of_a_job_that_is_done_is_free_at_once(desk: CoreDesk) -> None:
    """A server elsewhere that keeps one message waiting holds up none that come after it."""
    finish = asyncio.Event()
    group = Group()

    async def run_many(claimed: Sequence[JobTicket], done: Done) -> None:
        done(claimed[0])
        await finish.wait()

    ids = await enqueue(desk, kinds.INTAKE_PROCESS, count=3)
    async with working(desk, group.run, kinds.INTAKE_PROCESS, run_many=run_many, lanes={Lane.INTAKE: 2}):
        await reaches(desk, ids[2], JobStatus.DONE)
        finish.set()
        await reaches(desk, ids[1], JobStatus.DONE)
    assert group.apart == [ids[2]]
