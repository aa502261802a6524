"""The schema's version: bringing it up to date, and saying how it stands."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, inspect, text

from core.db.engine import Database

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
_MIGRATION_LOCK = 7_283_641  # any number: the advisory lock that one of several starting replicas takes


def newest() -> str:
    """The newest revision of the code, told from the files' names so that a start need not load Alembic."""
    return max(path.name for path in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))[:4]


async def is_up_to_date(database: Database) -> bool:
    """Whether nothing is to be migrated."""
    async with database.reading() as connection:
        has_table = await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version"))
        if not has_table:
            return False
        return bool(await connection.scalar(text("SELECT version_num FROM alembic_version")) == newest())


async def upgrade(database: Database) -> None:
    """Apply every migration that is missing, in one transaction; replicas that start together wait for each other."""

    def run(config: Any) -> tuple[str | None, str]:
        from alembic import command  # noqa: PLC0415 (only needed here, and slow to import)

        before, after = _revisions(config)
        command.upgrade(config, "head")
        return before, after

    before, after = await _with_alembic(database, run)
    if before != after:
        log.info("db.upgraded", before=before or "empty", after=after)


async def current(database: Database) -> tuple[str | None, str]:
    """The revision the database is at (None when empty), and the newest there is."""
    return await _with_alembic(database, _revisions)


def _revisions(config: Any) -> tuple[str | None, str]:
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 (see upgrade)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (see upgrade)

    context = MigrationContext.configure(config.attributes["connection"])
    return context.get_current_revision(), str(ScriptDirectory.from_config(config).get_current_head())


async def differences(database: Database) -> list[str]:
    """What differs between the tables of the code and those of the database; empty when nothing does."""

    def compare(config: Any) -> list[str]:
        from alembic.autogenerate import compare_metadata  # noqa: PLC0415 (see upgrade)
        from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 (see upgrade)

        from core.db.tables import Base  # noqa: PLC0415 (every table, only needed for comparing)

        context = MigrationContext.configure(config.attributes["connection"], opts={"compare_type": True})
        return [_described(difference) for difference in compare_metadata(context, Base.metadata)]

    return await _with_alembic(database, compare)


def _described(difference: Any) -> str:
    if isinstance(difference, list):
        return "; ".join(_described(part) for part in difference)
    kind, *rest = difference
    return f"{kind}: " + " ".join(str(getattr(part, "name", part)) for part in rest if part is not None)


async def _with_alembic(database: Database, run: Callable[[Any], Result]) -> Result:
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        return await connection.run_sync(lambda sync: run(_config(sync)))


def _config(connection: Connection) -> Any:
    from alembic.config import Config  # noqa: PLC0415 (see upgrade)

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def integrity(database: Database) -> str:
    """`ok`, or what SQLite's own check found. PostgreSQL checks its pages itself."""
    if not database.is_sqlite:
        return "ok"
    return await asyncio.wait_for(_quick_check(database), timeout=600)


async def _quick_check(database: Database) -> str:
    async with database.reading() as connection:
        return str((await connection.execute(text("PRAGMA quick_check"))).scalar_one())
