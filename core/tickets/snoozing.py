"""Putting a ticket aside until later: out of the queues, and back by itself."""

from datetime import datetime, timedelta

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, InvalidInputError
from core.people.values import Permission
from core.tickets.actions import audited_state, changed, require
from core.tickets.models import Ticket
from core.tickets.values import Status

LONGEST_SNOOZE = timedelta(days=366)


async def snooze_ticket(uow: UnitOfWork, ticket: Ticket, *, until: datetime) -> Ticket:
    """Take an open ticket out of the queues until a moment, or until its requester writes. No clock stops for it.

    Raises:
        ForbiddenError: the actor does not work tickets.
        InvalidInputError: the moment is past, or more than a year away.
        ConflictError: the ticket is completed or deleted.
    """
    require(uow, Permission.WORK_TICKETS)
    if ticket.deleted_at is not None:
        raise ConflictError(f"Ticket #{ticket.number} has been deleted.", mend="Restore it first.")
    if ticket.status is Status.COMPLETED:
        raise ConflictError(f"Ticket #{ticket.number} is completed: there is nothing to come back to.")
    now = uow.clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise InvalidInputError(
            "A ticket can be snoozed until a moment within the next year.", field="until", mend="Choose a later one."
        )
    before = audited_state(ticket)
    ticket.snoozed_until = until
    uow.audit.record("ticket.snoozed", ticket, before, audited_state(ticket))
    if audited_state(ticket) != before:
        changed(uow, ticket)
    return ticket


async def wake_ticket(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """Bring a snoozed ticket back into the queues now.

    Raises:
        ForbiddenError: the actor does not work tickets.
        ConflictError: it is not snoozed.
    """
    require(uow, Permission.WORK_TICKETS)
    if ticket.snoozed_until is None:
        raise ConflictError(f"Ticket #{ticket.number} is not snoozed.")
    before = audited_state(ticket)
    ticket.snoozed_until = None
    uow.audit.record("ticket.woken", ticket, before, audited_state(ticket))
    changed(uow, ticket)
    return ticket
