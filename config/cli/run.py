"""`tickmate run`: the service."""

import asyncio

import click
import structlog

from config.cli.model import fetch_model_with_progress
from config.garbage import freeze_what_is_there
from config.logging import configure_logging
from config.running import ALL_PARTS, Part, Running, running, until_told_to_stop
from config.settings import Settings, load_settings
from config.similar import NO_MODEL
from core.errors import InvalidInputError
from core.people.organizations import first_organization_id
from core.people.sign_in import bootstrap_admin_link
from core.people.values import system_actor

log = structlog.get_logger(__name__)


@click.command()
@click.option("--only", "chosen", metavar="PARTS", help="Only these parts: web,smtp,imap,slack,worker,scheduler.")
def run(*, chosen: str | None) -> None:
    """Start the service: web, SMTP, IMAP, Slack, worker and scheduler.

    SIGTERM or Ctrl-C stops it: the doors close, work under way ends, the rest waits for the next start.
    """
    parts = parts_named(chosen)
    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    fetch_model_with_progress(settings)
    asyncio.run(serve(settings, parts))


def parts_named(chosen: str | None) -> frozenset[Part]:
    """The parts of a comma-separated list; all where there is none.

    Raises:
        InvalidInputError: a name that is no part.
    """
    if chosen is None:
        return ALL_PARTS
    names = [name.strip() for name in chosen.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Part)]
    if unknown or not names:
        raise InvalidInputError(
            f"--only does not know {', '.join(unknown) or 'an empty list'}.", mend=f"Choose from {', '.join(Part)}."
        )
    return frozenset(Part(name) for name in names)


async def serve(settings: Settings, parts: frozenset[Part]) -> None:
    """Run until told to stop."""
    async with running(settings, parts) as service:
        await _say_where(service, settings)
        freeze_what_is_there()
        await until_told_to_stop()
        log.info("service.stopping")


async def _say_where(service: Running, settings: Settings) -> None:
    for line in service.lines:
        click.echo(line)
    if settings.email_transport == "console":
        click.echo("mail      is printed here (EMAIL_TRANSPORT=console)")
    if not service.desk.search.embedder.dimension:
        reason = "as EMBEDDING_MODEL says" if settings.embedding_model == NO_MODEL else "the model is missing"
        click.echo(f"search    by words alone ({reason})")
    desk = service.desk
    async with desk.reading(system_actor(0)) as reading:
        organization_id = await first_organization_id(reading)
    async with desk.unit_of_work(system_actor(organization_id)) as uow:
        link = await bootstrap_admin_link(uow, link_key=desk.link_key)
        await uow.commit()
    if link:
        click.echo(f"\nSign in as the first admin, once, within the hour:\n  {link}\n")
