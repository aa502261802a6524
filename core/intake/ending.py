"""How an arrival ended, in one line."""

from core.intake.placement import Arrival
from core.intake.values import Disposition, Outcome
from core.tickets.models import Ticket


def ended(arrival: Arrival, outcome: Outcome, rule: str, ticket: Ticket | None = None) -> Disposition:
    """The disposition of an arrival, by which rule, with the ticket where there is one."""
    return Disposition(
        intake_id=arrival.row.id,
        outcome=outcome,
        rule=rule,
        ticket_id=ticket.id if ticket else None,
        ticket_number=ticket.number if ticket else None,
    )
