"""The chain over the audit log: written by one sealer at a time, walked by `tickmate audit verify`.

Rows get their link a little later than they are written, because on PostgreSQL ids commit out of order. Each link is
SHA-256(link before ‖ row id ‖ row HMAC), so that changing, removing or inserting a sealed row breaks it.
"""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit.models import AuditRecord, AuditSeal
from core.audit.record import ERASED, commitment, row_hmac
from core.clock import Clock
from core.db.engine import Database

GENESIS = "0" * 64
BATCH = 1000
_LOG = AuditRecord.__table__
_SEALS = AuditSeal.__table__


@dataclass(frozen=True, slots=True)
class Verification:
    """What the walk found. `broken_at` is the id of the first row that is not as it was written, None when all are."""

    sealed: int
    unsealed: int
    head: str
    broken_at: int | None = None
    problem: str = ""


def next_link(previous: str, audit_id: int, hmac: str) -> str:
    return hashlib.sha256(f"{previous}\n{audit_id}\n{hmac}".encode()).hexdigest()


async def seal_new_records(database: Database, clock: Clock) -> int:
    """Add a link for every row that has none yet; returns how many. Of two sealers at once the second fails."""
    async with database.writing() as connection:
        position, head = await _head(connection)
        unsealed = (
            select(_LOG.c.id, _LOG.c.hmac)
            .outerjoin(_SEALS, _SEALS.c.audit_id == _LOG.c.id)
            .where(_SEALS.c.position.is_(None))
            .order_by(_LOG.c.id)
            .limit(BATCH)
        )
        links: list[dict[str, Any]] = []
        for row in (await connection.execute(unsealed)).all():
            position += 1
            head = next_link(head, row.id, row.hmac)
            links.append({"position": position, "audit_id": row.id, "chain_hash": head, "sealed_at": clock.now()})
        if links:
            await connection.execute(insert(AuditSeal), links)
    return len(links)


async def _head(connection: AsyncConnection) -> tuple[int, str]:
    last = (
        await connection.execute(
            select(_SEALS.c.position, _SEALS.c.chain_hash).order_by(_SEALS.c.position.desc()).limit(1)
        )
    ).one_or_none()
    return (last.position, last.chain_hash) if last else (0, GENESIS)


async def verify(database: Database, key: bytes) -> Verification:
    """Walk the chain, then the rows that have no link yet; stop at the first that is not as it was written."""
    sealed, head = 0, GENESIS
    async with database.reading() as connection:
        async with aclosing(_links(connection)) as links:  # a cursor that is left open outlives its connection's turn
            async for link in links:
                problem = _link_problem(link, expected_position=sealed + 1, head=head, key=key)
                if problem:
                    return Verification(sealed, 0, head, broken_at=link["audit_id"], problem=problem)
                sealed, head = link["position"], link["chain_hash"]
        unsealed = 0
        async with aclosing(_unsealed(connection)) as rows:
            async for row in rows:
                problem = row_problem(row, key)
                if problem:
                    return Verification(sealed, unsealed, head, broken_at=row["id"], problem=problem)
                unsealed += 1
    return Verification(sealed, unsealed, head)


async def _links(connection: AsyncConnection) -> AsyncGenerator[dict[str, Any], None]:
    statement = select(_SEALS, _LOG).outerjoin(_LOG, _LOG.c.id == _SEALS.c.audit_id).order_by(_SEALS.c.position)
    async with connection.stream(statement) as rows:
        async for row in rows.mappings():
            yield dict(row)


async def _unsealed(connection: AsyncConnection) -> AsyncGenerator[dict[str, Any], None]:
    statement = (
        select(_LOG)
        .outerjoin(_SEALS, _SEALS.c.audit_id == _LOG.c.id)
        .where(_SEALS.c.position.is_(None))
        .order_by(_LOG.c.id)
    )
    async with connection.stream(statement) as rows:
        async for row in rows.mappings():
            yield dict(row)


def _link_problem(link: dict[str, Any], *, expected_position: int, head: str, key: bytes) -> str:
    if link["position"] != expected_position:
        return f"link {expected_position} of the chain is missing"
    if link["id"] is None:
        return "the row was removed"
    if next_link(head, link["audit_id"], link["hmac"]) != link["chain_hash"]:
        return "the chain does not fit the row"
    return row_problem(link, key)


def row_problem(row: dict[str, Any], key: bytes) -> str:
    """What is wrong with a row by itself. A row whose personal part was erased as a whole stays verifiable."""
    is_erased = all(row[name] == value for name, value in ERASED.items())
    if not is_erased and (not row["salt"] or commitment(row) != row["commitment"]):
        return "the row was changed"
    if row_hmac(row, key) != row["hmac"]:
        return "the row was changed, or inserted by somebody without the key"
    return ""
