"""`tickmate jobs`: background work, and what became of it."""

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from core.desk import Desk
from core.jobs.actions import discard_job, retry_job
from core.jobs.models import Job
from core.jobs.queries import list_jobs
from core.jobs.values import JobStatus

COLUMNS = ("id", "kind", "status", "attempts", "due_at", "last_error")


@click.group()
def jobs() -> None:
    """List, retry or discard background jobs."""


@jobs.command("list")
@click.option("--status", type=click.Choice([status.value for status in JobStatus]), help="Only these.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@organization_option
@json_option
def list_command(*, status: str | None, limit: int, organization: str | None, as_json: bool) -> None:
    """The newest jobs first; dead ones with their error."""
    wanted = JobStatus(status) if status else None

    async def read(desk: Desk) -> list[Job]:
        async with desk.reading(await system_of(desk, organization)) as reading:
            return list(await list_jobs(reading, status=wanted, limit=limit))

    rows = [{name: getattr(job, name) for name in COLUMNS} for job in with_desk(read)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        line = (
            f"{row['id']:>8}  {row['status'].value:<10} {row['kind']:<24} tries {row['attempts']}  {row['last_error']}"
        )
        click.echo(line.rstrip())
    if not rows:
        click.echo("No jobs.")


@jobs.command()
@click.argument("job_id", type=int)
@organization_option
def retry(*, job_id: int, organization: str | None) -> None:
    """Put a dead or discarded job back into the queue."""

    async def act(desk: Desk) -> None:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            await retry_job(uow, job_id)
            await uow.commit()

    with_desk(act)
    click.echo(f"Job {job_id} is queued again.")


@jobs.command()
@click.argument("job_id", type=int)
@organization_option
def discard(*, job_id: int, organization: str | None) -> None:
    """Let a dead or waiting job go."""

    async def act(desk: Desk) -> None:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            await discard_job(uow, job_id)
            await uow.commit()

    with_desk(act)
    click.echo(f"Job {job_id} is discarded.")
