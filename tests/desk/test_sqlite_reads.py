"""How a read ends on SQLite: on the spot where nothing runs, else behind what still runs."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.db import sqlite_driver
from core.db.sqlite_driver import OneTripConnection, OneTripCursor


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[OneTripConnection]:
    path = tmp_path / "notes.db"
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("CREATE TABLE notes (text TEXT)")
    file.close()
    connection = sqlite_driver.connect(str(path), busy_timeout=1, only_reads=True)
    await connection
    connection.isolation_level = None
    yield connection
    await connection.close()


async def counted(reader: OneTripConnection) -> int:
    cursor = OneTripCursor(reader)
    reader.begin_later("BEGIN")
    await cursor.execute("SELECT count(*) FROM notes")
    (count,) = await cursor.fetchone()
    assert isinstance(count, int)
    return count


def write(path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as file:
        file.execute("INSERT INTO notes VALUES ('new')")
    file.close()


async def test_a_read_sees_what_was_there_until_it_ends(reader: OneTripConnection, tmp_path: Path) -> None:
    assert await counted(reader) == 0
    write(tmp_path / "notes.db")
    await OneTripCursor(reader).execute("SELECT 1")
    await reader.rollback()
    assert await counted(reader) == 1


async def test_the_end_of_a_read_needs_no_thread(reader: OneTripConnection) -> None:
    await counted(reader)
    holding, letting_go = threading.Event(), threading.Event()

    def hold() -> None:
        holding.set()
        letting_go.wait(10)

    busy = asyncio.create_task(reader._execute(hold))  # type: ignore[no-untyped-call]  # aiosqlite's own
    await asyncio.to_thread(holding.wait, 10)
    await reader.rollback()
    assert not reader.file.in_transaction
    letting_go.set()
    await busy


async def test_a_cancelled_read_ends_behind_its_statement(reader: OneTripConnection) -> None:
    began, may_end = threading.Event(), threading.Event()

    def waiting() -> int:
        began.set()
        return int(may_end.wait(10))

    await reader.create_function("waiting", 0, waiting)
    cursor = OneTripCursor(reader)
    reader.begin_later("BEGIN")
    read = asyncio.create_task(cursor.execute("SELECT waiting()"))
    await asyncio.to_thread(began.wait, 10)
    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read
    ending = asyncio.create_task(reader.rollback())
    await asyncio.to_thread(lambda: None)
    assert not ending.done()  # and the loop goes on meanwhile
    may_end.set()
    await ending
    assert not reader.file.in_transaction
    assert await counted(reader) == 0


async def test_a_read_that_failed_ends_as_others_do(reader: OneTripConnection) -> None:
    cursor = OneTripCursor(reader)
    reader.begin_later("BEGIN")
    with pytest.raises(sqlite3.OperationalError):
        await cursor.execute("SELECT nothing FROM nowhere")
    await reader.rollback()
    assert not reader.file.in_transaction
    assert await counted(reader) == 0
