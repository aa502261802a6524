"""The migrations carry over what is in the tables: one desk, with rows in all of them, from the first to the newest."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from core.db import schema
from core.db.engine import Database

_FIRST_NUMBER = 1001
_OF_ALEMBIC = "alembic_version"
_MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'filled.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


async def test_a_desk_with_rows_in_every_table_comes_from_each_revision_to_the_newest(empty_url: str) -> None:
    database = Database(empty_url)
    numbers, before = itertools.count(_FIRST_NUMBER), dict[str, int]()
    for revision in _revisions():
        async with database.writing() as connection:
            before = await connection.run_sync(_upgrade_and_fill, revision, numbers, before)
    assert await schema.differences(database) == []
    async with database.reading() as connection:
        if database.is_sqlite:
            assert (await connection.execute(text("PRAGMA foreign_key_check"))).all() == []
        assert min(before.values()) >= 1
    await database.close()


def _revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(_config(None))
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade_and_fill(
    connection: Connection, revision: str, numbers: Iterator[int], before: dict[str, int]
) -> dict[str, int]:
    """Take the desk to a revision, see that no row went, and put one more into each of its tables."""
    command.upgrade(_config(connection), revision)
    found = MetaData()
    found.reflect(connection)
    tables = [table for table in found.sorted_tables if table.name != _OF_ALEMBIC]
    kept = {name: rows for name, rows in _counts(connection, tables).items() if name in before}
    assert kept == {name: rows for name, rows in before.items() if name in kept}, f"{revision} lost rows"
    number, filled = next(numbers), set[str]()
    for table in tables:
        connection.execute(insert(table).values(_row(table, number, filled)))
        filled.add(table.name)
    return _counts(connection, tables)


def _counts(connection: Connection, tables: list[Table]) -> dict[str, int]:
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def _row(table: Table, number: int, filled: set[str]) -> dict[str, Any]:
    """Values for every column; what points to another table points to the row of the same number there."""
    row = {}
    for column in table.columns:
        targets = {key.column.table.name for key in column.foreign_keys}
        if targets and not targets <= filled:
            assert column.nullable, f"{column} points to a table that is not filled yet"
            continue
        row[column.name] = _value(column.type, number)
    return row


def _value(kind: TypeEngine[Any], number: int) -> Any:
    if isinstance(kind, JSON):
        return []
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Float):
        return number
    if isinstance(kind, DateTime):
        return _MOMENT
    if isinstance(kind, LargeBinary):
        return str(number).encode()
    return str(number)
