"""`tickmate users`: people, by mail address, username or Slack id."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from config.cli.context import json_option, print_json, with_desk
from config.cli.organization import organization_option, system_of
from core.db.unit_of_work import UnitOfWork
from core.desk import Desk
from core.people.actions import NewPerson, create_person, deactivate, reactivate, set_role
from core.people.joining import add_address
from core.people.models import User
from core.people.naming import checked_address, unused_username
from core.people.passwords import Passwords, check_password
from core.people.queries import find_user, list_users, slack_ids
from core.people.sign_in import show_magic_link
from core.people.values import Role

Result = TypeVar("Result")
role_argument = click.argument("role", type=click.Choice([role.value for role in Role]))


@click.group()
def users() -> None:
    """Create, list and change people; make sign-in links.

    NAME is a mail address, a username, or a Slack id (U… or TEAM:USER).
    """


@users.command()
@click.argument("name")
@click.option("--email", help="Mail address; it counts as confirmed.")
@click.option("--full-name", default="", help="As people read it.")
@click.option("--role", default=Role.USER.value, show_default=True, type=click.Choice([role.value for role in Role]))
@click.option("--skill", "skills", multiple=True, help="May be given several times.")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input; without one, use links.")
@organization_option
@json_option
def create(*, name: str, password_stdin: bool, organization: str | None, as_json: bool, **given: Any) -> None:
    """Add somebody. NAME is a username, or a mail address of which one is made."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    role = Role(given.pop("role"))
    is_address = "@" in name and given["email"] is None
    if is_address:
        given["email"] = checked_address(name)

    async def act(desk: Desk) -> User:
        hashed = await _hash_of(password, (name, given["email"], given["full_name"]))
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            username = await unused_username(uow, name.partition("@")[0]) if is_address else name
            new = NewPerson(username=username, role=role, email_verified=True, password_hash=hashed, **given)
            user = await create_person(uow, new)
            await uow.commit()
            return user

    user = with_desk(act)
    if as_json:
        print_json(_row(user))
    else:
        shown = user.username if user.display_name == user.username else f"{user.display_name} ({user.username})"
        click.echo(f"{shown} is here as {user.role.value}.")


@users.command("add-address")
@click.argument("name")
@click.argument("address")
@organization_option
def add_address_command(*, name: str, address: str, organization: str | None) -> None:
    """Know NAME by one more mail address; whoever has only ever written from it is joined to them."""

    async def act(desk: Desk) -> User:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            user = await add_address(uow, await find_user(uow, name), address)
            await uow.commit()
            return user

    click.echo(f"{with_desk(act).display_name} is known by {address.strip().lower()}.")


async def _hash_of(password: str | None, personal: tuple[str | None, ...]) -> str | None:
    if password is None:
        return None
    check_password(password, personal=personal)
    passwords = Passwords()
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()


@users.command("list")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="Only these.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 10_000))
@organization_option
@json_option
def list_command(*, role: str | None, limit: int, organization: str | None, as_json: bool) -> None:
    """Everybody, in the order they came."""

    async def read(desk: Desk) -> list[dict[str, Any]]:
        async with desk.reading(await system_of(desk, organization)) as reading:
            found = await list_users(reading, role=Role(role) if role else None, limit=limit)
            known_in_slack = await slack_ids(reading, found)
            return [_row(user, known_in_slack.get(user.id)) for user in found]

    rows = with_desk(read)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "" if row["is_active"] else "  deactivated"
        known_as = "  ".join(name for name in (row["email"], row["slack_id"]) if name)
        click.echo(f"{row['username']:<24} {row['role']:<10} {known_as}{state}")
    if not rows:
        click.echo("Nobody.")


@users.command("set-role")
@click.argument("name")
@role_argument
@organization_option
def set_role_command(*, name: str, role: str, organization: str | None) -> None:
    """Make somebody user, moderator or admin, from their next request on."""
    user = _change(name, organization, lambda uow, user: set_role(uow, user, Role(role)))
    click.echo(f"{user.display_name} is {user.role.value} now.")


@users.command("deactivate")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let them in again.")
@organization_option
def deactivate_command(*, name: str, undo: bool, organization: str | None) -> None:
    """Shut somebody out at once; their tickets stay."""
    user = _change(name, organization, reactivate if undo else deactivate)
    click.echo(f"{user.display_name} {'may sign in again' if undo else 'is shut out'}.")


@users.command("sign-in-link")
@click.argument("name")
@organization_option
@json_option
def sign_in_link(*, name: str, organization: str | None, as_json: bool) -> None:
    """Print a link that signs somebody in, once, within 15 minutes."""

    async def act(desk: Desk) -> str:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            link = await show_magic_link(uow, await find_user(uow, name), link_key=desk.link_key)
            await uow.commit()
            return link

    link = with_desk(act)
    if as_json:
        print_json({"link": link})
    else:
        click.echo(link)


def _change(name: str, organization: str | None, action: Callable[[UnitOfWork, User], Awaitable[User]]) -> User:
    async def act(desk: Desk) -> User:
        async with desk.unit_of_work(await system_of(desk, organization)) as uow:
            user = await action(uow, await find_user(uow, name))
            await uow.commit()
            return user

    return with_desk(act)


def _row(user: User, slack_id: str | None = None) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "full_name": user.full_name,
        "role": user.role.value,
        "skills": user.skills,
        "is_active": user.is_active,
        "email_verified": user.email_verified,
        "slack_id": slack_id,
    }
