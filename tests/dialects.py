"""One SQLAlchemy dialect for all databases of a test run: each would compile the same statements again.

Compiled statements are cached by engine and dialect, and every test has a database of its own: compiling took a third
of the tests' time on a database.
"""

from typing import Any, Self

from sqlalchemy import URL, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache

STATEMENTS = 4_000


class OneForAll(Dialect):
    """What makes every engine of a dialect share its only instance, and the statements it has compiled."""

    _only: Any = None
    _statements: LRUCache[Any, Any]

    def __new__(cls, **_options: Any) -> Self:
        if cls._only is None:
            cls._only = super().__new__(cls)
        only: Self = cls._only
        return only

    def __init__(self, **options: Any) -> None:
        if not vars(self):
            super().__init__(**options)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls._statements)


class Sqlite(OneForAll, SQLiteDialect_aiosqlite):
    supports_statement_cache = True
    _statements = LRUCache(STATEMENTS)


class Postgres(OneForAll, PGDialectAsync_psycopg):
    supports_statement_cache = True
    _statements = LRUCache(STATEMENTS)


class PostgresEntry(PGDialect_psycopg):
    """Where an asynchronous engine asks for its dialect."""

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> type[Dialect]:  # noqa: ARG003 (one whatever the address)
        return Postgres


registry.register("sqlite.aiosqlite", __name__, "Sqlite")
registry.register("postgresql.psycopg", __name__, "PostgresEntry")
