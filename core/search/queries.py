"""Reading similar tickets, checked again at the moment they are shown."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, select

from core.db.unit_of_work import Reading
from core.search.models import SimilarTicketRow
from core.search.values import SimilarTicket
from core.tickets.models import Ticket
from core.tickets.values import Status


def may_be_shown(organization_id: int) -> ColumnElement[bool]:
    """Only a completed, public, present ticket of the same organization is ever shown as a similar one."""
    return and_(
        Ticket.organization_id == organization_id,
        Ticket.is_public.is_(True),
        Ticket.status == Status.COMPLETED,
        Ticket.deleted_at.is_(None),
    )


async def read_similar(reading: Reading, scores: Mapping[int, float]) -> list[SimilarTicket]:
    """Those of the tickets (id to score) that may be shown, in the order given."""
    if not scores:
        return []
    rows = await reading.session.scalars(
        select(Ticket).where(Ticket.id.in_(scores), may_be_shown(reading.actor.organization_id))
    )
    found = {ticket.id: ticket for ticket in rows}
    return [as_similar(found[ticket_id], score) for ticket_id, score in scores.items() if ticket_id in found]


async def similar_shown(reading: Reading, ticket: Ticket) -> list[SimilarTicket]:
    """What was found for a ticket, best first, less whatever is no longer public, completed or present."""
    rows = await reading.session.execute(
        select(SimilarTicketRow.score, Ticket)
        .join(Ticket, Ticket.id == SimilarTicketRow.similar_ticket_id)
        .where(SimilarTicketRow.ticket_id == ticket.id, may_be_shown(ticket.organization_id))
        .order_by(SimilarTicketRow.rank)
        .limit(reading.policy.similar_shown)
    )
    return [as_similar(found, score) for score, found in rows]


def as_similar(ticket: Ticket, score: float) -> SimilarTicket:
    """The part of a ticket that anybody who can reach this desk may read."""
    return SimilarTicket(
        ticket_id=ticket.id,
        number=ticket.number,
        title=ticket.title,
        category=ticket.category,
        description=ticket.description,
        resolution=ticket.resolution,
        score=score,
        resolved_at=ticket.resolved_at,
    )
