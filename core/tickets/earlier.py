"""What a ticket said before somebody changed its words, as the audit log keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.audit.models import AuditRecord
from core.db.unit_of_work import Reading
from core.errors import ForbiddenError
from core.people.values import Permission
from core.tickets.models import Ticket

MOST_RECORDS = 200
_WORDS = ("title", "description")


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierWords:
    """Title and description until `changed_at`, when `changed_by` put others in their place."""

    title: str
    description: str
    changed_at: datetime
    changed_by: str


async def earlier_words(reading: Reading, ticket: Ticket) -> Sequence[EarlierWords]:
    """Every version but the present one, newest first.

    Raises:
        ForbiddenError: only those who work tickets see what its author has taken back.
    """
    if not reading.actor.may(Permission.WORK_TICKETS):
        raise ForbiddenError("Only moderators see what a ticket said before.")
    records = await reading.session.scalars(
        select(AuditRecord)
        .where(
            AuditRecord.organization_id == ticket.organization_id,
            AuditRecord.entity_type == "ticket",
            AuditRecord.entity_id == str(ticket.id),
        )
        .order_by(AuditRecord.id.desc())
        .limit(MOST_RECORDS)
    )
    found, words = [], {name: str(getattr(ticket, name)) for name in _WORDS}
    for record in records:
        replaced = {name: str(record.before[name]) for name in _WORDS if name in record.before}
        if replaced:
            words |= replaced
            found.append(EarlierWords(**words, changed_at=record.created_at, changed_by=record.actor_name))
    return found
