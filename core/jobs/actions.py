"""What a person does with jobs: try a dead one again, or let it go. And the upkeep of old rows."""

from datetime import timedelta

from sqlalchemy import delete

from core.clock import Clock
from core.conversations.failures import undo_failure
from core.db.engine import Database
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, NotFoundError
from core.intake.quarantine import undo_giving_up
from core.jobs.kinds import DELIVER, INTAKE_PROCESS
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.people.values import Permission
from core.tickets.actions import require

KEEP_FINISHED = timedelta(days=30)


async def retry_job(uow: UnitOfWork, job_id: int) -> Job:
    """Put a dead or discarded job back into the queue with all its tries.

    Raises:
        NotFoundError: no such job here.
        ConflictError: it has not ended, or it ended well.
    """
    job = await _locked(uow, job_id)
    if job.status not in {JobStatus.DEAD, JobStatus.DISCARDED}:
        raise ConflictError(f"Job {job_id} is {job.status.value}.", mend="Only dead jobs can be retried.")
    if job.kind == INTAKE_PROCESS.name and "intake_id" in job.payload:
        await undo_giving_up(uow, int(job.payload["intake_id"]))
    if job.kind == DELIVER.name and "delivery_id" in job.payload:
        await undo_failure(uow, int(job.payload["delivery_id"]))
    return _change(uow, job, JobStatus.QUEUED, action="job.retried")


async def discard_job(uow: UnitOfWork, job_id: int) -> Job:
    """Let a dead or waiting job go; it stays in the list as discarded.

    Raises:
        NotFoundError: no such job here.
        ConflictError: it runs just now, or has ended well.
    """
    job = await _locked(uow, job_id)
    if job.status not in {JobStatus.DEAD, JobStatus.QUEUED}:
        raise ConflictError(f"Job {job_id} is {job.status.value}.", mend="Only dead or waiting jobs can be discarded.")
    return _change(uow, job, JobStatus.DISCARDED, action="job.discarded")


async def _locked(uow: UnitOfWork, job_id: int) -> Job:
    require(uow, Permission.MANAGE_JOBS)
    job = await uow.session.get(Job, job_id, with_for_update=True) if 0 < job_id < 2**63 else None
    if job is None or job.organization_id != uow.actor.organization_id:
        raise NotFoundError(f"There is no job {job_id}.", mend="`tickmate jobs list` shows them.")
    return job


def _change(uow: UnitOfWork, job: Job, status: JobStatus, *, action: str) -> Job:
    before = {"status": job.status, "attempts": job.attempts}
    job.status, job.fence = status, job.fence + 1
    if status is JobStatus.QUEUED:
        job.attempts, job.due_at, job.finished_at = 0, uow.clock.now(), None
        uow.jobs.has_due_work = True
    else:
        job.finished_at = uow.clock.now()
    uow.audit.record(action, job, before, {"status": job.status, "attempts": job.attempts})
    return job


async def purge_finished(database: Database, clock: Clock) -> int:
    """Remove jobs that ended well long ago. Their keys have done their duty: slots and tickets do not come again."""
    async with database.writing() as connection:
        result = await connection.execute(
            delete(Job).where(
                Job.status.in_((JobStatus.DONE, JobStatus.DISCARDED)), Job.finished_at < clock.now() - KEEP_FINISHED
            )
        )
    return result.rowcount
