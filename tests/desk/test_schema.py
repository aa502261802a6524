"""The migrations make the tables of the code."""

import io
import json
from pathlib import Path

from config.logging import configure_logging
from core.db import schema
from core.db.engine import Database


async def test_the_migrated_tables_are_those_of_the_code(database_url: str) -> None:
    database = Database(database_url)
    assert await schema.differences(database) == []
    assert (await schema.current(database))[0] == schema.newest()
    await database.close()


async def test_a_migration_is_told_in_one_line_and_no_migration_in_none(tmp_path: Path) -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    await schema.upgrade(database)
    await schema.upgrade(database)
    await database.close()
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["before"], line["after"]) == ("db.upgraded", "empty", schema.newest())
