"""Recording who did what, inside the unit of work that does it."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit.models import AuditRecord
from core.clock import Clock
from core.db.types import Base
from core.people.values import Actor

HIDDEN = "•••"
_WRITE = insert(cast("Table", AuditRecord.__table__))
_SECRET_FIELDS = frozenset({"password_hash", "token_hash", "nonce"})


@dataclass(frozen=True, slots=True)
class _Entry:
    actor: Actor
    action: str
    entity: Base | str
    before: dict[str, Any]
    after: dict[str, Any]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what changed, as JSON values; secrets keep that they changed, not what they are."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return (
        {key: _plain(key, before[key]) for key in keys if key in before},
        {key: _plain(key, after[key]) for key in keys if key in after},
    )


def _plain(key: str, value: Any) -> Any:
    if key in _SECRET_FIELDS and value is not None:
        return HIDDEN
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if isinstance(value, float | Decimal):
        return str(
            value
        )  # PostgreSQL writes some numbers otherwise than they came, which verifying would take for a change
    return value


class AuditRecorder:
    """The audit of one unit of work. Rows are written at its commit, when every new row has its id."""

    def __init__(self, session: AsyncSession, actor: Actor, clock: Clock, key: bytes) -> None:
        self._session = session
        self.actor = actor
        self._clock = clock
        self._key = key
        self._entries: list[_Entry] = []
        self._covered: set[int] = set()

    def record(
        self,
        action: str,
        entity: Base,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        *,
        covers: Iterable[Base] = (),
    ) -> None:
        """Note a change of `entity`. `covers` are lesser rows (attachments, identities) told of by the same record."""
        self._entries.append(_Entry(self.actor, action, entity, *differing(before or {}, after or {})))
        self._covered.add(id(entity))
        self._covered.update(id(row) for row in covers)

    def record_many(self, action: str, entity_type: str) -> None:
        """Note a change of unnamed rows of a kind, made by one statement."""
        self._entries.append(_Entry(self.actor, action, entity_type, {}, {}))

    def covers(self, entity: Base) -> bool:
        return id(entity) in self._covered

    async def write(self) -> None:
        """Called by the unit of work after its flush and before its commit."""
        self._covered.clear()
        if self._entries:
            rows = [self._row(entry) for entry in self._entries]
            self._entries = []
            await self._session.execute(_WRITE, rows)

    def _row(self, entry: _Entry) -> dict[str, Any]:
        entity_type, entity_id = _named(entry.entity)
        row: dict[str, Any] = {
            "organization_id": entry.actor.organization_id,
            "user_id": entry.actor.user_id,
            "actor_name": entry.actor.name[:200],
            "channel": entry.actor.channel,
            "action": entry.action,
            "entity_type": entity_type,
            "entity_id": entity_id,
            "before": entry.before,
            "after": entry.after,
            "address": entry.actor.address[:100],
            "user_agent": entry.actor.user_agent[:1000],
            "created_at": self._clock.now(),
            "salt": secrets.token_hex(16),
        }
        row["commitment"] = commitment(row)
        row["hmac"] = row_hmac(row, self._key)
        return row


def _named(entity: Base | str) -> tuple[str, str]:
    if isinstance(entity, str):
        return entity, ""
    return entity.__audited__ or entity.__tablename__, str(getattr(entity, "id", ""))


ERASED: Mapping[str, Any] = {"actor_name": "", "before": {}, "after": {}, "address": "", "user_agent": "", "salt": ""}
"""What an erasure writes over the personal part of a row, and the only thing it may write."""

_PERSONAL = ("actor_name", "before", "after", "address", "user_agent")
_LASTING = ("organization_id", "user_id", "channel", "action", "entity_type", "entity_id", "created_at", "commitment")


def commitment(row: Mapping[str, Any]) -> str:
    """A salted SHA-256 over the personal fields; without the salt nobody can guess them from it."""
    return hashlib.sha256(bytes.fromhex(row["salt"]) + _canonical(row, _PERSONAL)).hexdigest()


def row_hmac(row: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA256 over the lasting fields and the commitment."""
    return hmac.new(key, _canonical(row, _LASTING), hashlib.sha256).hexdigest()


def _canonical(row: Mapping[str, Any], names: tuple[str, ...]) -> bytes:
    values = {name: _plain(name, row[name]) for name in names}
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
