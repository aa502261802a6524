"""aiosqlite with one trip to its thread for each statement, and none to begin a transaction or to end a read.

The stock cursor goes there four times (open, execute, fetch, close), and each trip costs more than most statements do.
BEGIN goes along with the statement that follows; where none does, there is nothing to commit or roll back.
A connection that only reads has nothing to undo: its ROLLBACK lets go of a lock in memory and is done on the spot.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from aiosqlite import Connection

ROWS_AT_ONCE = 1000  # rows that come back with the statement; a longer result is fetched as it is read


class OneTripConnection(Connection):
    """An aiosqlite connection with cursors of our own."""

    only_reads = False
    _begin = ""  # what begins the transaction, until it has been sent
    _is_idle = True  # nothing runs on the thread: a call whose caller was cancelled goes on there

    def cursor(self) -> "OneTripCursor":  # type: ignore[override]  # SQLAlchemy only enters it, as it would the stock one
        return OneTripCursor(self)

    async def on_thread(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Run a call where the file may be waited for, inside of the transaction that was begun."""
        begin, self._begin = self._begin, ""
        if begin:
            call, arguments = self._after, (begin, call, *arguments)
        self._is_idle = False
        try:
            result = await self._execute(call, *arguments)  # type: ignore[no-untyped-call]  # aiosqlite's own
        except sqlite3.Error:
            self._is_idle = True
            raise
        self._is_idle = True
        return result

    def _after(self, begin: str, call: Callable[..., Any], *arguments: Any) -> Any:
        try:
            self._conn.execute(begin).close()
        except sqlite3.Error:
            self._begin = begin  # or what came next would run outside of any transaction
            raise
        return call(*arguments)

    def begin_later(self, statement: str) -> None:
        """Let the transaction begin with the next call on the thread."""
        self._begin = statement

    async def commit(self) -> None:
        if self._begin:
            self._begin = ""
        else:
            await super().commit()

    async def rollback(self) -> None:
        if self._begin:
            self._begin = ""
        elif self._is_idle and not self._conn.in_transaction:
            return  # as the pool asks of every connection that is given back, also after its commit
        elif self.only_reads and self._is_idle:
            self._conn.rollback()
        else:
            await super().rollback()

    @property
    def file(self) -> sqlite3.Connection:
        """The open file; only for calls on the thread."""
        return self._conn


class OneTripCursor:
    """What SQLAlchemy's adapter asks of a cursor. The rows of most results come back together with the statement."""

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._unfinished: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.on_thread(self._run, sqlite3.Cursor.execute, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection.on_thread(self._run, sqlite3.Cursor.executemany, statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        if self._unfinished is not None:
            rows += await self._connection.on_thread(self._unfinished.fetchall)
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = size or self.arraysize
        if len(self._rows) < wanted and self._unfinished is not None:
            self._rows += await self._connection.on_thread(self._unfinished.fetchmany, max(wanted, ROWS_AT_ONCE))
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        self._rows = []
        if self._unfinished is not None:
            cursor, self._unfinished = self._unfinished, None
            await self._connection.on_thread(cursor.close)

    def _run(self, run: Callable[..., Any], statement: str, parameters: Any) -> None:
        cursor = self._connection.file.cursor()
        run(cursor, statement, parameters)
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        self._rows = cursor.fetchmany(ROWS_AT_ONCE) if self.description is not None else []
        if len(self._rows) == ROWS_AT_ONCE:
            self._unfinished = cursor
        else:
            cursor.close()


def connect(path: str, *, busy_timeout: float, only_reads: bool = False) -> OneTripConnection:
    """A connection to the file at `path`, to be awaited. `busy_timeout` is in seconds."""

    def open_file() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=busy_timeout, check_same_thread=False)

    connection = OneTripConnection(open_file, iter_chunk_size=64)
    connection.only_reads = only_reads
    connection._thread.daemon = True  # noqa: SLF001 (as SQLAlchemy does for its own: an exit waits for no connection)
    return connection
