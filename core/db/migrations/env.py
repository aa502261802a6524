"""Alembic's entry: runs on the connection that `core.db.schema` hands it."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, BigInteger

from core.db.tables import Base
from core.db.types import UtcDateTime


def render_our_types(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types by their names, which `script.py.mako` imports."""
    if kind == "type":
        for ours, name in ((UtcDateTime, "UtcDateTime()"), (BigInteger, "Identifier"), (JSON, "Json")):
            if isinstance(item, ours):
                return name
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_our_types,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
