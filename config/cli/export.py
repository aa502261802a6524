"""`tickmate export`: tickets or the audit log, for other programs and for the archive."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from config.cli.context import command_settings, with_desk
from config.cli.organization import organization_option, system_of
from config.exports import Row, audit_rows, ticket_rows, write_csv, write_jsonl
from core.desk import Desk
from core.errors import InvalidInputError
from core.people.values import Actor

Rows = Callable[[Desk, Actor, datetime | None, datetime | None], AsyncIterator[Row]]
WRITERS = {"jsonl": write_jsonl, "csv": write_csv}


class Moment(click.ParamType[datetime]):
    """A date or moment of ISO 8601; UTC where it names no zone."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date such as 2026-01-31 or 2026-01-31T18:00Z", param, ctx)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--since", type=Moment(), help="Created at this moment or later."),
        click.option("--until", type=Moment(), help="Created before this moment."),
        click.option("--format", "form", type=click.Choice(list(WRITERS)), default="jsonl", show_default=True),
        click.option(
            "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, instead of the screen."
        ),
        organization_option,
    ):
        command = option(command)
    return command


@click.group()
def export() -> None:
    """Export tickets or the audit log."""


@export.command("tickets")
@_options
def tickets(**chosen: Any) -> None:
    """Every ticket that is not deleted, with comments, internal notes and the names of its files."""
    _write(ticket_rows, **chosen)


@export.command("audit")
@_options
def audit(**chosen: Any) -> None:
    """Every record of the audit log, oldest first."""
    _write(audit_rows, **chosen)


def _write(
    rows: Rows,
    *,
    since: datetime | None,
    until: datetime | None,
    form: str,
    output: Path | None,
    organization: str | None,
) -> None:
    async def work(desk: Desk) -> int:
        actor = await system_of(desk, organization)
        with _opened(output) as out:
            return await WRITERS[form](rows(desk, actor, since, until), out)

    count = with_desk(work, command_settings())
    if output is not None:
        click.echo(f"{count} written to {output}.", err=True)


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            output.chmod(0o600)
            yield file
    except OSError as error:
        raise InvalidInputError(f"{output} cannot be written: {error.strerror}.") from error
