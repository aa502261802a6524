"""Asking that what is shown of a ticket be brought up to date."""

from datetime import timedelta

from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.tickets.models import Ticket

_THE_OTHER_ENDS_WITHIN = timedelta(seconds=0.5)


def until_the_other_ends(ticket: Ticket) -> timedelta:
    """How long cards wait, where triage or the search has ended, to show what both have found at once."""
    is_half_known = (ticket.triaged_at is None) != (ticket.similar_found_at is None)
    return _THE_OTHER_ENDS_WITHIN if is_half_known else timedelta(0)


def enqueue_refresh(uow: UnitOfWork, ticket: Ticket, *, delay: timedelta = timedelta(0)) -> None:
    """Once for all that changes until it begins: it shows the ticket as it is then."""
    if uow.policy.slack_enabled:
        key = f"{kinds.REFRESH.name}:{ticket.id}"
        uow.jobs.enqueue_anew(kinds.REFRESH, {"ticket_id": ticket.id}, key=key, delay=delay)
