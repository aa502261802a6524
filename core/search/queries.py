"""Reading similar tickets, checked again at the moment they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, true

from core.db.unit_of_work import Reading
from core.search.explanation import explained, resolution_line
from core.search.models import SimilarTicketRow, TicketVectorsRow
from core.search.values import LEXICAL, SimilarTicket
from core.tickets.models import Ticket
from core.tickets.values import Status

_FINDABLE = and_(Ticket.is_public.is_(True), Ticket.status == Status.COMPLETED, Ticket.deleted_at.is_(None))


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredVectors:
    """How many tickets may be found, how many have vectors, and of those how many by another model."""

    findable: int
    present: int
    other_model: int


def may_be_shown(organization_id: int) -> ColumnElement[bool]:
    """Only a completed, public, present ticket of the same organization is ever shown as a similar one."""
    return and_(Ticket.organization_id == organization_id, _FINDABLE)


async def read_similar(reading: Reading, scores: Mapping[int, float]) -> list[SimilarTicket]:
    """Those of the tickets (id to score) that may be shown, in the order given."""
    if not scores:
        return []
    rows = await reading.session.scalars(
        select(Ticket).where(Ticket.id.in_(scores), may_be_shown(reading.actor.organization_id))
    )
    found = {ticket.id: ticket for ticket in rows}
    return [as_similar(found[ticket_id], score) for ticket_id, score in scores.items() if ticket_id in found]


async def stale_tickets(reading: Reading, *, model: str, after_id: int, limit: int) -> Sequence[tuple[int, int]]:
    """(ticket id, organization id) of tickets beyond `after_id`, in order, whose stored vectors are not as they should.

    Missing or by another model where the ticket may be found, still there where it may not. Without a model (lexical
    search) another's vectors stay: they are of use again when it is back.
    """
    present = TicketVectorsRow.is_removed.is_(False)
    of_model = true() if model == LEXICAL else TicketVectorsRow.model == model
    up_to_date = case((_FINDABLE, and_(present, of_model)), else_=TicketVectorsRow.is_removed)
    rows = await reading.session.execute(
        select(Ticket.id, Ticket.organization_id)
        .outerjoin(TicketVectorsRow, TicketVectorsRow.ticket_id == Ticket.id)
        .where(Ticket.id > after_id, or_(and_(_FINDABLE, TicketVectorsRow.ticket_id.is_(None)), not_(up_to_date)))
        .order_by(Ticket.id)
        .limit(limit)
    )
    return [(ticket_id, organization_id) for ticket_id, organization_id in rows]


async def count_vectors(reading: Reading, *, model: str) -> StoredVectors:
    """Over all organizations: what is stored, and what should be."""
    present = TicketVectorsRow.is_removed.is_(False)
    stored = (
        await reading.session.execute(
            select(
                func.count(),
                func.coalesce(func.sum(case((TicketVectorsRow.model == model, 0), else_=1)), 0),
            ).where(present)
        )
    ).one()
    findable = await reading.session.scalar(select(func.count()).select_from(Ticket).where(_FINDABLE))
    return StoredVectors(findable=findable or 0, present=stored[0], other_model=int(stored[1]))


async def similar_shown(reading: Reading, ticket: Ticket) -> list[SimilarTicket]:
    """What was found for a ticket, best first, less whatever is no longer public, completed or present."""
    scores = await reading.session.execute(
        select(SimilarTicketRow.similar_ticket_id, SimilarTicketRow.score, SimilarTicketRow.like_it)
        .where(SimilarTicketRow.ticket_id == ticket.id)
        .order_by(SimilarTicketRow.rank)
    )
    rows = {row.similar_ticket_id: row for row in scores}
    found = await read_similar(reading, {ticket_id: row.score for ticket_id, row in rows.items()})
    like_it = {one.ticket_id: rows[one.ticket_id].like_it for one in found[: reading.policy.similar_shown]}
    present = await _present(reading, [number for numbers in like_it.values() for number in numbers])
    return explained(
        ticket.title,
        ticket.description,
        [
            replace(one, more_like_it=tuple(number for number in like_it[one.ticket_id] if number in present))
            for one in found[: reading.policy.similar_shown]
        ],
    )


async def _present(reading: Reading, numbers: Sequence[int]) -> set[int]:
    if not numbers:
        return set()
    statement = select(Ticket.number).where(Ticket.number.in_(numbers), may_be_shown(reading.actor.organization_id))
    return set(await reading.session.scalars(statement))


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
        resolution_line=resolution_line(ticket.resolution),
    )
