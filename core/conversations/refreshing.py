"""Asking that what is shown of a ticket be brought up to date."""

from datetime import timedelta

from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.tickets.models import Ticket


def enqueue_refresh(uow: UnitOfWork, ticket: Ticket, *, delay: timedelta = timedelta(0)) -> None:
    """Once for all that changes until it begins: it shows the ticket as it is then."""
    if uow.policy.slack_enabled:
        key = f"{kinds.REFRESH.name}:{ticket.id}"
        uow.jobs.enqueue_anew(kinds.REFRESH, {"ticket_id": ticket.id}, key=key, delay=delay)
