"""Who waits for whom on PostgreSQL while messages are decided. On SQLite every writer waits for every other anyway."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from core.db.unit_of_work import UnitOfWork
from core.intake.values import CandidateKind, Interpretation
from core.tickets.models import ThreadMessage, Ticket

BY_NUMBER = frozenset({CandidateKind.TICKET, CandidateKind.SUBJECT_TAG})
LONGEST_NUMBER = 9  # digits; more is no ticket number of ours


def number_in(value: str) -> int:
    """The ticket number that a message names; 0 where it is none of ours."""
    return int(value) if value.isdecimal() and len(value) <= LONGEST_NUMBER else 0


async def hold_decisions(uow: UnitOfWork) -> None:
    """Of an organization, one transaction at a time decides: two messages of one conversation must see each other.

    Two batches that each held what the other wants next would end in a deadlock. Who opens a ticket holds the
    organization's counter until the commit in any case.
    """
    if uow.database.is_sqlite:
        return
    name = f"intake decides {uow.actor.organization_id}"
    await uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def hold_tickets(uow: UnitOfWork, messages: Sequence[Interpretation]) -> None:
    """Lock every ticket that these may join, in the order of their ids, as others who lock several do."""
    candidates = {candidate for message in messages for candidate in message.candidates}
    if uow.database.is_sqlite or not candidates:
        return
    organization_id = uow.actor.organization_id
    numbers = {number_in(candidate.value) for candidate in candidates if candidate.kind in BY_NUMBER}
    names = {candidate.value for candidate in candidates if candidate.kind not in BY_NUMBER}
    places = select(ThreadMessage.ticket_id).where(
        ThreadMessage.organization_id == organization_id, ThreadMessage.external_id.in_(names)
    )
    named = or_(Ticket.id.in_(places), Ticket.number.in_(numbers))
    tickets = select(Ticket.id).where(Ticket.organization_id == organization_id, named)
    await uow.session.execute(tickets.order_by(Ticket.id).with_for_update())
