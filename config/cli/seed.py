"""`tickmate seed`."""

from typing import NamedTuple

import click

from config.cli.context import command_settings, json_option, print_json, with_desk
from config.cli.model import fetch_model_with_progress
from config.demo.load import load_people, load_tickets
from core.desk import Desk
from core.errors import InvalidInputError, TryAgainLaterError
from core.jobs import kinds
from core.jobs.values import JobTicket
from core.people.organizations import first_organization_id
from core.people.sign_in import show_magic_link
from core.people.values import Role, system_actor
from core.tickets.models import Ticket


class Seeded(NamedTuple):
    """What seeding did: how many tickets are new, and a sign-in link for the first person of each role."""

    added: int
    links: dict[str, str]


@click.command()
@click.option("--yes", is_flag=True, help="Do it in production too.")
@json_option
def seed(*, yes: bool, as_json: bool) -> None:
    """Fill the desk with demo data.

    Eight people and twenty-five tickets, with index entries for those that are resolved and public. Running it again
    adds only what is missing, and prints fresh sign-in links.
    """
    settings = command_settings()
    if settings.is_production and not yes:
        raise InvalidInputError("This is a production desk; seeding adds invented people.", mend="Add --yes if so.")
    fetch_model_with_progress(settings)
    seeded = with_desk(_seed, settings)
    if as_json:
        print_json(seeded._asdict())
        return
    click.echo(f"The demo desk is ready: {seeded.added} tickets added. Sign in, each link once within 15 minutes, as")
    for role, link in seeded.links.items():
        click.echo(f"  {role:<10} {link}")


async def _seed(desk: Desk) -> Seeded:
    async with desk.reading(system_actor(0)) as reading:
        organization_id = await first_organization_id(reading)
    async with desk.unit_of_work(system_actor(organization_id)) as uow:
        people = await load_people(uow)
        tickets = await load_tickets(uow, people)
        links = {
            role.value: await show_magic_link(
                uow, next(person for person in people.values() if person.role is role), link_key=desk.link_key
            )
            for role in (Role.ADMIN, Role.MODERATOR, Role.USER)
        }
        await uow.commit()
    await _index(desk, tickets)
    return Seeded(len(tickets), links)


async def _index(desk: Desk, tickets: list[Ticket]) -> None:
    """Do now what the queued jobs would do later, so that a search right after seeding finds something."""
    kind = kinds.SEARCH_INDEX
    for ticket in tickets:
        if not ticket.snapshot().is_answerable_to_strangers:
            continue
        try:
            await desk.runs[kind.name].run(
                JobTicket(
                    id=0,
                    organization_id=ticket.organization_id,
                    kind=kind.name,
                    lane=kind.lane,
                    payload={"ticket_id": ticket.id},
                    attempts=1,
                    fence=0,
                )
            )
        except TryAgainLaterError as error:
            click.echo(f"tickmate: {error} The running service will index the rest.", err=True)
            return
