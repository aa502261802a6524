"""Reading the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.audit.models import AuditRecord
from core.db.unit_of_work import Reading
from core.errors import ForbiddenError
from core.people.values import Permission

PAGE_LENGTH = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFilter:
    """Which records; `before_id` is the cursor: the last id of the page before. `until` is exclusive."""

    entity_type: str = ""
    entity_id: str = ""
    user_id: int | None = None
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    limit: int = PAGE_LENGTH


async def list_audit(reading: Reading, wanted: AuditFilter) -> Sequence[AuditRecord]:
    """A page of the organization's audit log, newest first.

    Raises:
        ForbiddenError: only admins read it.
    """
    if not reading.actor.may(Permission.SEE_AUDIT):
        raise ForbiddenError("Only admins read the audit log.")
    statement = select(AuditRecord).where(AuditRecord.organization_id == reading.actor.organization_id)
    exact = {
        AuditRecord.entity_type: wanted.entity_type,
        AuditRecord.entity_id: wanted.entity_id,
        AuditRecord.user_id: wanted.user_id,
        AuditRecord.action: wanted.action,
    }
    for column, value in exact.items():
        if value not in {None, ""}:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(AuditRecord.created_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditRecord.created_at < wanted.until)
    if wanted.before_id is not None:
        statement = statement.where(AuditRecord.id < wanted.before_id)
    page = statement.order_by(AuditRecord.id.desc()).limit(min(wanted.limit, 1000))
    return (await reading.session.scalars(page)).all()


async def audit_after(
    reading: Reading, after_id: int, *, since: datetime | None, until: datetime | None, limit: int
) -> Sequence[AuditRecord]:
    """The next records in the order they were written, for an export. `until` is exclusive.

    Raises:
        ForbiddenError: only admins read it.
    """
    if not reading.actor.may(Permission.SEE_AUDIT):
        raise ForbiddenError("Only admins read the audit log.")
    statement = select(AuditRecord).where(
        AuditRecord.organization_id == reading.actor.organization_id, AuditRecord.id > after_id
    )
    if since is not None:
        statement = statement.where(AuditRecord.created_at >= since)
    if until is not None:
        statement = statement.where(AuditRecord.created_at < until)
    return (await reading.session.scalars(statement.order_by(AuditRecord.id).limit(limit))).all()


async def last_change(reading: Reading, entity_type: str, entity_id: int, field: str) -> AuditRecord | None:
    """The newest record that tells of a change to this field; None where the newest few dozen tell of none."""
    newest = (
        select(AuditRecord)
        .where(
            AuditRecord.organization_id == reading.actor.organization_id,
            AuditRecord.entity_type == entity_type,
            AuditRecord.entity_id == str(entity_id),
        )
        .order_by(AuditRecord.id.desc())
        .limit(PAGE_LENGTH)
    )
    records = await reading.session.scalars(newest)
    return next((record for record in records if field in record.after), None)


async def list_actions(reading: Reading) -> Sequence[str]:
    """The actions that occur, for a filter's menu."""
    statement = select(AuditRecord.action).where(AuditRecord.organization_id == reading.actor.organization_id)
    return (await reading.session.scalars(statement.distinct().order_by(AuditRecord.action))).all()
