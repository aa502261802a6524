"""The migrations make the tables of the code."""

from core.db import schema
from core.db.engine import Database


async def test_the_migrated_tables_are_those_of_the_code(database_url: str) -> None:
    database = Database(database_url)
    assert await schema.differences(database) == []
    assert (await schema.current(database))[0] == schema.newest()
    await database.close()
