"""What anybody who can reach this desk may read of a public ticket: never people, notes or replies."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.errors import NotFoundError
from core.tickets.models import Ticket
from core.tickets.values import Category, Priority, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicTicket:
    """The part of a public ticket that is for everybody."""

    number: int
    title: str
    description: str
    category: Category | None
    priority: Priority
    status: Status
    resolution: str
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None


async def find_public_ticket(reading: Reading, number: int) -> PublicTicket:
    """The public ticket with this number.

    Raises:
        NotFoundError: there is none, or it is not public.
    """
    ticket: Ticket | None = await reading.session.scalar(
        select(Ticket).where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.number == number,
            Ticket.is_public.is_(True),
            Ticket.deleted_at.is_(None),
        )
    )
    if ticket is None:
        raise NotFoundError(f"There is no ticket #{number} that you can see.")
    return public_part(ticket)


def public_part(ticket: Ticket) -> PublicTicket:
    """What a public ticket would show to everybody; whether anybody may see it is for the caller to know."""
    return PublicTicket(
        number=ticket.number,
        title=ticket.title,
        description=ticket.description,
        category=ticket.category,
        priority=ticket.priority,
        status=ticket.status,
        resolution=ticket.resolution,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        resolved_at=ticket.resolved_at,
    )
