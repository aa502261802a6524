"""Somebody who only takes part in a ticket has enough of its mail, and says so by the address in List-Unsubscribe."""

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.intake.placement import Arrival
from core.intake.values import CandidateKind
from core.people.models import User
from core.tickets.actions import changed
from core.tickets.models import Ticket
from core.tickets.participating import end_part

UNSUBSCRIBE = "unsubscribe"  # as the subject of a mail to a signed reply address


async def left_ticket(uow: UnitOfWork, arrival: Arrival, author: User) -> Ticket | None:
    """The ticket that the author has left by this message, or None. Whoever asked the question cannot leave it."""
    if arrival.message.title.strip().casefold() != UNSUBSCRIBE:
        return None
    numbers = [int(one.value) for one in arrival.message.candidates if one.kind is CandidateKind.TICKET]
    ticket: Ticket | None = await uow.session.scalar(
        select(Ticket).where(
            Ticket.organization_id == uow.actor.organization_id,
            Ticket.number.in_(numbers),
            Ticket.created_by_id != author.id,
        )
    )
    if ticket is None:
        return None
    await end_part(uow, ticket, author)
    uow.audit.record("ticket.left", ticket, after={"left": author.username})
    changed(uow, ticket)
    return ticket
