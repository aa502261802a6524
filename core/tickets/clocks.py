"""A ticket's status, and the clocks that stand still while it waits on its requester or is completed."""

from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Ticket
from core.tickets.values import Status

STANDING_STILL = frozenset({Status.WAITING, Status.COMPLETED})


def set_status(uow: UnitOfWork, ticket: Ticket, status: Status) -> None:
    """Change the status with all that hangs on it; who may, and the record of it, are the caller's.

    Time in which the clocks stood still is added to `clock_started_at`, so that a promise is kept or broken by
    comparing one column with the present.
    """
    now = uow.clock.now()
    ticket.status = status
    ticket.resolved_at = now if status is Status.COMPLETED else None
    if status is Status.COMPLETED:
        ticket.snoozed_until = None
    if status in STANDING_STILL:
        ticket.clock_paused_at = ticket.clock_paused_at or now
    elif ticket.clock_paused_at is not None:
        ticket.clock_started_at += now - ticket.clock_paused_at
        ticket.clock_paused_at = None
