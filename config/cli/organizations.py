"""`tickmate organizations`: who shares this deployment, and the addresses that lead to them."""

from typing import Any

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import system_of
from core.desk import Desk
from core.people.organizations import add_mail_route, create_organization, find_organization, list_organizations


@click.group()
def organizations() -> None:
    """Organizations, and the addresses that lead to them."""


@organizations.command()
@click.argument("name")
@json_option
def create(*, name: str, as_json: bool) -> None:
    """Add an organization; its people and tickets are apart from the others'."""

    async def act(desk: Desk) -> int:
        async with desk.unit_of_work(await system_of(desk, None)) as uow:
            organization = await create_organization(uow, name)
            await uow.commit()
            return organization.id

    organization_id = with_desk(act)
    if as_json:
        print_json({"id": organization_id, "name": name})
    else:
        click.echo(f"{name} is here, with the id {organization_id}. `add-address` leads mail to it.")


@organizations.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Every organization, with the addresses and domains that lead to it."""

    async def read(desk: Desk) -> list[dict[str, Any]]:
        async with desk.reading(await system_of(desk, None)) as reading:
            found = await list_organizations(reading)
        return [{"id": one.id, "name": one.name, "addresses": list(addresses)} for one, addresses in found]

    rows = with_desk(read)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']:>4}  {row['name']:<30} {', '.join(row['addresses']) or 'no address yet'}")


@organizations.command("add-address")
@click.argument("organization")
@click.argument("address")
def add_address(*, organization: str, address: str) -> None:
    """Lead the mail to ADDRESS (help@example.org), or to a whole domain (example.org), to ORGANIZATION."""

    async def act(desk: Desk) -> str:
        async with desk.unit_of_work(await system_of(desk, None)) as uow:
            route = await add_mail_route(uow, await find_organization(uow, organization), address)
            await uow.commit()
            return route.pattern

    click.echo(f"Mail to {with_desk(act)} leads to {organization}.")
