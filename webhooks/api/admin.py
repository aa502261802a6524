"""`/api/v1/admin/…`."""

from core.audit.models import AuditRecord
from core.audit.queries import AuditFilter, list_audit
from core.errors import InvalidInputError
from core.jobs.actions import discard_job, retry_job
from core.jobs.models import Job
from core.jobs.queries import list_jobs
from core.people.actions import deactivate, reactivate, set_role
from core.people.models import User
from core.people.queries import get_user, list_users
from core.triage.usage import usage
from webhooks.api.admin_schemas import (
    AiUsageAnswer,
    AiUsageLine,
    AiUsageQuery,
    AuditAnswer,
    AuditPage,
    AuditQuery,
    JobAnswer,
    JobPage,
    JobQuery,
    NewUser,
    UserAnswer,
    UserChange,
    UserPage,
    UserQuery,
)
from webhooks.paging import page_of
from webhooks.people import add_person
from webhooks.site import Visit


async def users(visit: Visit, query: UserQuery) -> UserPage:
    """The organization's people, in the order they came."""
    async with visit.reading() as reading:
        found = await list_users(
            reading, role=query.role, text=query.q, after_id=query.cursor or 0, limit=query.limit + 1
        )
    users, following = page_of(found, query.limit)
    return UserPage(items=[_user(user) for user in users], next_cursor=following)


async def add_user(visit: Visit, body: NewUser) -> UserAnswer:
    """Add somebody by their mail address, which is believed; they sign in by a link that is mailed to it."""
    return _user(await add_person(visit, email=body.email, full_name=body.full_name, role=body.role))


async def change_user(visit: Visit, user: int, body: UserChange) -> UserAnswer:
    """Give somebody another role, shut them out, or let them in again."""
    if body.role is None and body.is_active is None:
        raise InvalidInputError("There is nothing to change.")
    async with visit.unit_of_work() as uow:
        person = await get_user(uow, user)
        if body.role is not None:
            await set_role(uow, person, body.role)
        if body.is_active is not None:
            await (reactivate if body.is_active else deactivate)(uow, person)
        await uow.commit()
        return _user(person)


async def audit_logs(visit: Visit, query: AuditQuery) -> AuditPage:
    """Who did what, newest first."""
    wanted = AuditFilter(
        entity_type=query.entity_type,
        entity_id=query.entity_id,
        user_id=query.user_id,
        action=query.action,
        since=query.since,
        until=query.until,
        before_id=query.cursor,
        limit=query.limit + 1,
    )
    async with visit.reading() as reading:
        found, following = page_of(await list_audit(reading, wanted), query.limit)
    return AuditPage(items=[_record(one) for one in found], next_cursor=following)


async def ai_usage(visit: Visit, query: AiUsageQuery) -> AiUsageAnswer:
    """What AI did and cost, by model and purpose."""
    async with visit.reading() as reading:
        lines = await usage(reading, since=query.since, until=query.until)
    return AiUsageAnswer(
        items=[
            AiUsageLine(
                model=line.model,
                purpose=line.purpose,
                calls=line.calls,
                failed=line.failed,
                input_tokens=line.input_tokens,
                cached_tokens=line.cached_tokens,
                output_tokens=line.output_tokens,
                cost_usd=line.cost_usd,
                unpriced_calls=line.unpriced,
            )
            for line in lines
        ]
    )


async def jobs(visit: Visit, query: JobQuery) -> JobPage:
    """Background jobs, newest first."""
    async with visit.reading() as reading:
        found = await list_jobs(
            reading, status=query.status, kind=query.kind, before_id=query.cursor, limit=query.limit + 1
        )
    jobs, following = page_of(found, query.limit)
    return JobPage(items=[_job(job) for job in jobs], next_cursor=following)


async def retry(visit: Visit, job: int) -> JobAnswer:
    """Put a dead job back into the queue."""
    async with visit.unit_of_work() as uow:
        row = await retry_job(uow, job)
        await uow.commit()
        return _job(row)


async def discard(visit: Visit, job: int) -> JobAnswer:
    """Let a dead or waiting job go."""
    async with visit.unit_of_work() as uow:
        row = await discard_job(uow, job)
        await uow.commit()
        return _job(row)


def _user(user: User) -> UserAnswer:
    return UserAnswer(
        id=user.id,
        username=user.username,
        email=user.email,
        email_verified=user.email_verified,
        full_name=user.full_name,
        role=user.role,
        is_active=user.is_active,
        last_signed_in_at=user.last_signed_in_at,
        created_at=user.created_at,
    )


def _record(record: AuditRecord) -> AuditAnswer:
    return AuditAnswer(
        id=record.id,
        user_id=record.user_id,
        actor=record.actor_name,
        channel=record.channel,
        action=record.action,
        entity_type=record.entity_type,
        entity_id=record.entity_id,
        before=record.before,
        after=record.after,
        address=record.address,
        user_agent=record.user_agent,
        created_at=record.created_at,
    )


def _job(job: Job) -> JobAnswer:
    return JobAnswer(
        id=job.id,
        kind=job.kind,
        status=job.status,
        attempts=job.attempts,
        due_at=job.due_at,
        last_error=job.last_error,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
