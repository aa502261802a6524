"""Enqueueing, and what a person does with jobs."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.audit.models import AuditRecord
from core.errors import ConflictError, ForbiddenError, NotFoundError
from core.jobs import kinds
from core.jobs.actions import KEEP_FINISHED, discard_job, purge_finished, retry_job
from core.jobs.models import Job
from core.jobs.queries import count_all_jobs, count_jobs, list_jobs
from core.jobs.values import JobStatus
from core.people.models import User
from core.people.values import Role
from tests.builders import CoreDesk


async def enqueue(desk: CoreDesk, *keys: str, status: JobStatus = JobStatus.QUEUED) -> list[Job]:
    async with desk.unit_of_work() as uow:
        for key in keys:
            uow.jobs.enqueue(kinds.REFRESH, {"for": key}, key=key)
        await uow.commit()
    async with desk.database.writing() as connection:
        await connection.execute(update(Job).where(Job.key.in_(keys)).values(status=status, attempts=10))
    return [job for job in await desk.jobs() if job.key in keys]


async def test_a_key_is_enqueued_once_however_often_it_is_asked_for(desk: CoreDesk) -> None:
    await enqueue(desk, "once", "other")
    await enqueue(desk, "once")
    async with desk.unit_of_work() as uow:
        uow.jobs.enqueue(kinds.REFRESH, {"for": "third"}, key="third")
        uow.jobs.enqueue(kinds.REFRESH, {"for": "third, again"}, key="third")
        uow.jobs.enqueue(kinds.REFRESH, {"for": "nobody"})
        uow.jobs.enqueue(kinds.REFRESH, {"for": "nobody"})
        await uow.commit()
    jobs = await desk.jobs()
    assert sorted(job.key or "" for job in jobs) == ["", "", "once", "other", "third"]
    assert {job.key: job.payload["for"] for job in jobs}["third"] == "third"


async def test_a_job_exists_exactly_when_its_change_does(desk: CoreDesk) -> None:
    """zammad#3907: an autoreply was sent although no ticket exists."""
    async with desk.unit_of_work() as uow:
        uow.jobs.enqueue(kinds.REFRESH, {}, key="never committed")
    assert await desk.jobs() == []


async def test_a_payload_may_name_a_row_that_gets_its_id_at_the_commit(desk: CoreDesk) -> None:
    first = await desk.person("first")
    async with desk.unit_of_work() as uow:
        now = uow.clock.now()
        late = User(organization_id=1, username="late", skills=[], created_at=now, updated_at=now)
        uow.session.add(late)
        uow.jobs.enqueue(kinds.REFRESH, lambda: {"user_id": late.id})
        uow.audit.record("user.created", late)
        await uow.commit()
    assert [job.payload for job in await desk.jobs()] == [{"user_id": late.id}]
    assert late.id > first.id


async def test_a_waiting_job_can_be_brought_forward_and_one_that_started_cannot(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        for key in ("waiting", "started"):
            uow.jobs.enqueue(kinds.REFRESH, {}, key=key, delay=timedelta(minutes=5))
        await uow.commit()
    async with desk.database.writing() as connection:
        await connection.execute(update(Job).where(Job.key == "started").values(status=JobStatus.RUNNING))
    async with desk.unit_of_work() as uow:
        for key in ("waiting", "started", "unknown"):
            await uow.jobs.bring_forward(key)
        await uow.commit()
    due = {job.key: job.due_at - desk.clock.now() for job in await desk.jobs()}
    assert due == {"waiting": timedelta(0), "started": timedelta(minutes=5)}


@pytest.mark.parametrize("status", [JobStatus.DEAD, JobStatus.DISCARDED])
async def test_a_job_that_ended_badly_is_retried_with_all_its_tries(desk: CoreDesk, status: JobStatus) -> None:
    admin = await desk.person("root", Role.ADMIN)
    (job,) = await enqueue(desk, "lost", status=status)
    desk.clock.advance(hours=1)
    async with desk.unit_of_work(desk.actor(admin)) as uow:
        await retry_job(uow, job.id)
        await uow.commit()
    (again,) = [each for each in await desk.jobs() if each.key == "lost"]
    assert (again.status, again.attempts, again.due_at) == (JobStatus.QUEUED, 0, desk.clock.now())
    assert again.fence > job.fence
    record = await _last_record(desk)
    assert (record.action, record.user_id) == ("job.retried", admin.id)
    assert (record.before["status"], record.after["status"]) == (status.value, "queued")


@pytest.mark.parametrize("status", [JobStatus.DEAD, JobStatus.QUEUED])
async def test_a_job_that_waits_or_is_dead_can_be_let_go(desk: CoreDesk, status: JobStatus) -> None:
    (job,) = await enqueue(desk, "lost", status=status)
    async with desk.unit_of_work() as uow:
        await discard_job(uow, job.id)
        await uow.commit()
    (gone,) = await desk.jobs()
    assert (gone.status, gone.finished_at) == (JobStatus.DISCARDED, desk.clock.now())
    assert (await _last_record(desk)).action == "job.discarded"


async def test_a_job_that_runs_or_ended_well_is_left_alone(desk: CoreDesk) -> None:
    for status in (JobStatus.RUNNING, JobStatus.DONE):
        (job,) = await enqueue(desk, status.value, status=status)
        for act in (retry_job, discard_job):
            async with desk.unit_of_work() as uow:
                with pytest.raises(ConflictError, match=f"is {status.value}"):
                    await act(uow, job.id)


async def test_an_unknown_job_is_not_found(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        for job_id in (0, -1, 10**6, 2**63, 2**80):
            with pytest.raises(NotFoundError):
                await retry_job(uow, job_id)


async def test_only_admins_touch_jobs(desk: CoreDesk) -> None:
    moderator = await desk.person("mo", Role.MODERATOR)
    (job,) = await enqueue(desk, "lost", status=JobStatus.DEAD)
    for act in (retry_job, discard_job):
        async with desk.unit_of_work(desk.actor(moderator)) as uow:
            with pytest.raises(ForbiddenError):
                await act(uow, job.id)
    assert [each.status for each in await desk.jobs()] == [JobStatus.DEAD]


async def test_jobs_are_listed_newest_first_by_status_kind_and_page(desk: CoreDesk) -> None:
    dead = await enqueue(desk, "a", "b", "c", status=JobStatus.DEAD)
    await enqueue(desk, "d")
    ids = [job.id for job in dead]
    async with desk.reading() as reading:
        page = await list_jobs(reading, status=JobStatus.DEAD, limit=2)
        assert [job.id for job in page] == [ids[2], ids[1]]
        rest = await list_jobs(reading, status=JobStatus.DEAD, limit=2, before_id=page[-1].id)
        assert [job.id for job in rest] == [ids[0]]
        assert await list_jobs(reading, kind="intake.process") == []
        counts = await count_jobs(reading)
    assert (counts[JobStatus.DEAD], counts[JobStatus.QUEUED], counts[JobStatus.DONE]) == (3, 1, 0)
    assert await count_all_jobs(desk.database) == counts


async def test_jobs_of_another_organization_are_neither_seen_nor_touched(desk: CoreDesk) -> None:
    (job,) = await enqueue(desk, "ours", status=JobStatus.DEAD)
    async with desk.database.writing() as connection:
        await connection.execute(update(Job).values(organization_id=2))
    async with desk.unit_of_work() as uow:
        assert await list_jobs(uow) == []
        with pytest.raises(NotFoundError):
            await retry_job(uow, job.id)


async def test_old_jobs_are_purged_except_the_dead(desk: CoreDesk) -> None:
    kept = await enqueue(desk, "dead", status=JobStatus.DEAD) + await enqueue(desk, "waiting")
    await enqueue(desk, "done", status=JobStatus.DONE)
    await enqueue(desk, "discarded", status=JobStatus.DISCARDED)
    long_ago = desk.clock.now() - KEEP_FINISHED - timedelta(minutes=1)
    async with desk.database.writing() as connection:
        await connection.execute(update(Job).where(Job.status != JobStatus.QUEUED).values(finished_at=long_ago))
    recent = await enqueue(desk, "done just now", status=JobStatus.DONE)
    async with desk.database.writing() as connection:
        await connection.execute(update(Job).where(Job.id == recent[0].id).values(finished_at=desk.clock.now()))
    assert await purge_finished(desk.database, desk.clock) == 2
    assert sorted(job.key or "" for job in await desk.jobs()) == sorted(job.key or "" for job in kept + recent)


async def _last_record(desk: CoreDesk) -> AuditRecord:
    async with desk.reading() as reading:
        found = await reading.session.scalar(select(AuditRecord).order_by(AuditRecord.id.desc()).limit(1))
    assert found is not None
    return found
