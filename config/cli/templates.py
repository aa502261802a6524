"""`tickmate templates`: what a new ticket of each kind is asked for."""

from typing import IO, Any

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from core.db.unit_of_work import UnitOfWork
from core.desk import Desk
from core.tickets.template_list import list_templates, remove_template, reset_templates, set_templates
from core.tickets.templates import MOST_TEMPLATES, Templates, read_templates


@click.group()
def templates() -> None:
    """What the forms in Slack and in the web ask for, by the kind of ticket."""


@templates.command("list")
@organization_option
@json_option
def list_command(*, organization: str | None, as_json: bool) -> None:
    """Every template with its fields. What --json prints can be changed and given to `set`."""

    async def read(desk: Desk) -> Templates:
        async with desk.reading(await system_of(desk, organization)) as reading:
            return await list_templates(reading)

    found = with_desk(read)
    if as_json:
        print_json({"template": [_plain(template.model_dump(mode="json")) for template in found]}, indent=2)
        return
    for template in found:
        click.echo(f"{template.kind:<12} {template.name}{f' ({template.category})' if template.category else ''}")
        for field in template.field:
            needed = ", required" if field.required else ""
            click.echo(f"{'':<12}   {field.label} [{field.key}, {field.kind}{needed}]")


@templates.command("set")
@click.argument("file", type=click.File(encoding="utf-8"))
@organization_option
def set_command(*, file: IO[str], organization: str | None) -> None:
    """Offer the templates of FILE (TOML or JSON; `-` reads standard input) and no others."""
    try:
        given = read_templates(file.read())
    except UnicodeDecodeError as error:
        raise click.UsageError("The file is not UTF-8.") from error

    async def act(desk: Desk) -> None:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            await set_templates(uow, given)
            await uow.commit()

    with_desk(act)
    click.echo(f"{len(given)} of at most {MOST_TEMPLATES} templates are offered now: {_kinds(given)}.")


@templates.command()
@click.argument("kind", required=False)
@click.option("--all", "everything", is_flag=True, help="Go back to the built-in templates.")
@organization_option
def remove(*, kind: str | None, everything: bool, organization: str | None) -> None:
    """No longer offer the template KIND; with --all, go back to the built-in ones."""
    if (kind is None) != everything:
        raise click.UsageError("Give the kind of a template, or --all.")

    async def act(desk: Desk) -> Templates:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            left = await _remove(uow, kind)
            await uow.commit()
        return left

    click.echo(f"Offered now: {_kinds(with_desk(act))}.")


async def _remove(uow: UnitOfWork, kind: str | None) -> Templates:
    if kind is not None:
        return await remove_template(uow, kind)
    await reset_templates(uow)
    await uow.session.flush()
    return await list_templates(uow)


def _kinds(given: Templates) -> str:
    return ", ".join(template.kind for template in given)


def _plain(template: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    fields = [{name: value for name, value in field.items() if value} for field in template["field"]]
    return {name: value for name, value in (template | {"field": fields}).items() if value}
