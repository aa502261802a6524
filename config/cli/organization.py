"""Which organization a command is about: the only one, or the one named."""

import click

from core.desk import Desk
from core.people.organizations import find_organization, first_organization_id
from core.people.values import Actor, system_actor

organization_option = click.option("--organization", metavar="NAME", help="Of several organizations, this one.")


async def system_of(desk: Desk, organization: str | None) -> Actor:
    """The desk itself acting in the organization of that name or id; in the first one without a name.

    Raises:
        NotFoundError: there is none of that name.
    """
    async with desk.reading(system_actor(0)) as reading:
        if organization is None:
            return system_actor(await first_organization_id(reading))
        return system_actor((await find_organization(reading, organization)).id)
