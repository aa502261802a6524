"""`/admin/jobs`: background jobs, what each is about, and what went wrong."""

from operator import itemgetter
from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, Field

from core.jobs.actions import discard_job, retry_job
from core.jobs.queries import count_jobs, list_jobs
from core.jobs.subjects import subjects_of
from core.jobs.titles import TITLES
from core.jobs.values import JobStatus
from webhooks.pages.page import form_page, redirect
from webhooks.paging import page_of
from webhooks.site import Visit

PAGE_LENGTH = 50


class JobsQuery(BaseModel):
    status: JobStatus | None = None
    kind: Annotated[str, Field(max_length=100)] = ""
    cursor: Annotated[int | None, Field(ge=1, lt=2**63)] = None


async def show(visit: Visit, query: JobsQuery) -> web.Response:
    """Background jobs; at first sight those that have died, with their error."""
    wanted = query.status or JobStatus.DEAD
    async with visit.reading() as reading:
        found = await list_jobs(reading, status=wanted, kind=query.kind, before_id=query.cursor, limit=PAGE_LENGTH + 1)
        found, cursor = page_of(found, PAGE_LENGTH)
        counts = await count_jobs(reading)
        subjects = await subjects_of(reading, found)
    given = {"status": wanted.value} | ({"kind": query.kind} if query.kind else {})
    following = urlencode({**given, "cursor": cursor}) if cursor else ""
    return form_page(
        visit,
        "jobs.html",
        jobs=found,
        wanted=wanted,
        query=query,
        subjects=subjects,
        kinds=sorted(((kind.name, title) for kind, title in TITLES.items()), key=itemgetter(1)),
        counts=counts,
        next_page=f"/admin/jobs?{following}" if following else "",
    )


async def retry(visit: Visit, job: int) -> web.Response:
    """Put a dead job back into the queue."""
    async with visit.unit_of_work() as uow:
        await retry_job(uow, job)
        await uow.commit()
    return redirect("/admin/jobs")


async def discard(visit: Visit, job: int) -> web.Response:
    """Let a dead or waiting job go."""
    async with visit.unit_of_work() as uow:
        await discard_job(uow, job)
        await uow.commit()
    return redirect("/admin/jobs")
