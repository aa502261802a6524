"""`tickmate db`: the schema, its health, and backups."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from config.backup import back_up, restore_from
from config.cli.context import command_settings, json_option, print_json
from config.settings import Settings
from core.db import schema
from core.db.engine import Database

Result = TypeVar("Result")


@click.group()
def db() -> None:
    """Migrate, check, back up or restore the database."""


def _with_database(work: Callable[[Database], Awaitable[Result]], settings: Settings) -> Result:
    async def session() -> Result:
        database = Database(settings.sqlalchemy_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(session())


@db.command()
def upgrade() -> None:
    """Apply every migration that is missing."""
    _with_database(schema.upgrade, command_settings())
    click.echo(f"The database is at revision {schema.newest()}.")


@db.command()
@json_option
def current(*, as_json: bool) -> None:
    """The revision the database is at, and the newest."""
    at, newest = _with_database(schema.current, command_settings())
    if as_json:
        print_json({"revision": at, "newest": newest})
        return
    click.echo(f"{at or 'empty'} (newest: {newest})")


@db.command()
def check() -> None:
    """Whether the database is whole and its tables are those of the code (exit 1 where not)."""

    async def look(database: Database) -> list[str]:
        whole = await schema.integrity(database)
        return ([] if whole == "ok" else [f"integrity: {whole}"]) + await schema.differences(database)

    problems = _with_database(look, command_settings())
    for problem in problems:
        click.echo(problem)
    click.echo("The database is whole and up to date." if not problems else "Mend: tickmate db upgrade, or a backup.")
    sys.exit(1 if problems else 0)


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(*, file: Path) -> None:
    """Write database, attachments and secrets as one consistent archive; the service may run meanwhile."""
    back_up(command_settings(), file)
    click.echo(f"Wrote {file} ({file.stat().st_size / 2**20:.1f} MiB). It holds secrets: keep it safe.")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that holds something.")
def restore(*, file: Path, force: bool) -> None:
    """Put a backup in place; the service must not run. The search index rebuilds itself at the next start."""
    restore_from(command_settings(), file, force=force)
    click.echo("Restored. Start the service; the search index rebuilds itself.")
