"""Whole rows into SQLite with one trip to its thread for all tables.

SQLAlchemy takes longer to hand over a row than SQLite to store it, and goes to the thread for each statement.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Dialect, Table
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.sqlite_driver import OneTripConnection
from core.db.types import Base

Result = TypeVar("Result")


class QuickInsert:
    """An INSERT of one row that ignores a duplicate. `columns` are all that rows are given for."""

    def __init__(self, model: type[Base], columns: Sequence[str], dialect: Dialect) -> None:
        table = cast("Table", model.__table__)
        names = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join("?" * len(columns))
        self._statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING'  # noqa: S608 (names of our own)
        kinds = [table.c[column].type.dialect_impl(dialect) for column in columns]
        self._columns = [(name, kind.bind_processor(dialect)) for name, kind in zip(columns, kinds, strict=True)]

    def run(self, file: sqlite3.Connection, row: Mapping[str, Any]) -> int | None:
        """The id of the new row; None where there is one of the same key. Only on the thread."""
        values = [process(row[name]) if process else row[name] for name, process in self._columns]
        cursor = file.execute(self._statement, values)
        return cursor.lastrowid if cursor.rowcount == 1 else None


async def in_one_trip(connection: AsyncConnection, call: Callable[[sqlite3.Connection], Result]) -> Result:
    """Run a call on SQLite's thread, in the transaction of `connection`.

    Raises:
        sqlalchemy.exc.OperationalError: the file is locked, full or broken, as with any other statement.
    """
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, OneTripConnection)  # noqa: S101 (on SQLite there is no other)
    try:
        return cast("Result", await driver.on_thread(lambda: call(driver.file)))
    except sqlite3.OperationalError as error:
        raise OperationalError(None, None, error) from error
