"""A PostgreSQL database that starts empty, as that of a new deployment."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database without any table."""
    name = f"tickmate_empty_{uuid4().hex[:12]}"
    base, _, query = postgres_server.partition("?")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
