"""A ticket's status, and the clocks that stand still while it waits on its requester or is completed."""

from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Ticket
from core.tickets.values import Status

STANDING_STILL = frozenset({Status.WAITING, Status.COMPLETED})


def set_status(uow: UnitOfWork, ticket: Ticket, status: Status) -> None:
    """Change the status with all that hangs on it; who may, and the record of it, are the caller's.

    When the clocks go on, `clock_started_at` is moved so that as much working time lies between it and now as had
    passed before: a promise is kept or broken by comparing one column with the present.
    """
    now = uow.clock.now()
    ticket.status = status
    ticket.resolved_at = now if status is Status.COMPLETED else None
    if status is Status.COMPLETED:
        ticket.snoozed_until = None
    if status in STANDING_STILL:
        ticket.clock_paused_at = ticket.clock_paused_at or now
    elif ticket.clock_paused_at is not None:
        hours = uow.policy.sla.hours
        ticket.clock_started_at = hours.before(now, hours.worked(ticket.clock_started_at, ticket.clock_paused_at))
        ticket.clock_paused_at = None
