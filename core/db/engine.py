"""One database layer for SQLite and PostgreSQL; nothing above this file knows which it is.

SQLite: one writer connection whose transactions `BEGIN IMMEDIATE`, so that a read-modify-write can never lose an
update, and a pool of readers with a plain `BEGIN`, which in WAL mode never wait for the writer. Commits are durable
(`synchronous=FULL`): a 250 is given on the strength of them.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import InsertmanyvaluesSentinelOpts

from core.db import sqlite_driver
from core.errors import TryAgainLaterError

BUSY_TIMEOUT_MS = 10_000  # to wait for another process that writes to the same SQLite file
READERS = 4
POSTGRES_POOL = 10


def _sqlite_engine(path: str, *, writer: bool) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        pool_size=1 if writer else READERS,
        max_overflow=0,
        pool_timeout=30,
        async_creator=lambda: sqlite_driver.connect(path, busy_timeout=BUSY_TIMEOUT_MS / 1000, only_reads=not writer),
    )

    # Rows of one INSERT get ascending ids in their order, so that many go in one statement and find theirs again.
    engine.sync_engine.dialect.insertmanyvalues_implicit_sentinel = InsertmanyvaluesSentinelOpts.ANY_AUTOINCREMENT

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # sqlite3's own BEGINs would lose updates
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-16000")
        if not writer:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite_driver.OneTripConnection)  # noqa: S101 (made so above)
        driver.begin_later(begin)

    return engine


def _postgres_engine(url: str) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=POSTGRES_POOL,
        max_overflow=POSTGRES_POOL,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC"},
    )


class Database:
    """The engines of one deployment: `writer` for units of work, `reader` for reads."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = url
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.path: Path | None = None
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("the database needs a file: an in-memory SQLite has no second connection")
            self.path = Path(parsed.database)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.writer = _sqlite_engine(parsed.database, writer=True)
            self.reader = _sqlite_engine(parsed.database, writer=False)
        else:
            self.writer = self.reader = _postgres_engine(url)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A plain connection in a write transaction, committed on leaving: for the group commit and maintenance."""
        with translating_faults():
            async with self.writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A plain connection for reads."""
        with translating_faults():
            async with self.reader.connect() as connection:
                yield connection

    async def close(self) -> None:
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


class translating_faults:  # noqa: N801 (a context manager used like a function)
    """Turns an absent, locked or broken database into `TryAgainLaterError`; programming errors pass unchanged."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if _is_passing_fault(error):
            raise TryAgainLaterError("The database cannot be reached just now.", mend="Please try again.") from error


def _is_passing_fault(error: BaseException | None) -> bool:
    if isinstance(error, OperationalError | InterfaceError):
        # SQLite reports a wrong statement as an operational error, too.
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    return isinstance(error, PoolTimeoutError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def insert_ignoring_duplicates(database: Database, table: Any) -> Any:
    """`INSERT … ON CONFLICT DO NOTHING` in the dialect at hand, put together once for each table."""
    return _insert_ignoring_duplicates(table, is_sqlite=database.is_sqlite)


@cache
def _insert_ignoring_duplicates(table: Any, *, is_sqlite: bool) -> Any:
    return insert_into(table, is_sqlite=is_sqlite).on_conflict_do_nothing()


def insert_into(table: Any, *, is_sqlite: bool) -> Any:
    """An INSERT in the dialect at hand, for an ON CONFLICT to be added."""
    if is_sqlite:
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415 (only the dialect in use is loaded)
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]  # noqa: PLC0415 (see above)
    return insert(table)
