"""Reading what became of our messages."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from core.conversations.models import Delivery
from core.conversations.values import NOT_RECEIVED, DeliveryStatus
from core.db.unit_of_work import Reading
from core.tickets.models import Ticket


async def deliveries_of(reading: Reading, ticket: Ticket) -> Mapping[int | None, Sequence[Delivery]]:
    """Every delivery of a ticket by the id of its reply; None holds those of the ticket itself."""
    found = await reading.session.scalars(select(Delivery).where(Delivery.ticket_id == ticket.id).order_by(Delivery.id))
    by_reply: dict[int | None, list[Delivery]] = defaultdict(list)
    for delivery in found:
        by_reply[delivery.reply_id].append(delivery)
    return by_reply


async def undelivered(reading: Reading, tickets: Sequence[Ticket]) -> set[int]:
    """The ids of those tickets of which a message did not reach somebody."""
    found = await reading.session.scalars(
        select(Delivery.ticket_id)
        .where(Delivery.ticket_id.in_([ticket.id for ticket in tickets]), Delivery.status.in_(NOT_RECEIVED))
        .distinct()
    )
    return {ticket_id for ticket_id in found if ticket_id is not None}


async def count_deliveries(reading: Reading) -> dict[DeliveryStatus, int]:
    """How many messages of the organization are in each state."""
    rows = await reading.session.execute(
        select(Delivery.status, func.count())
        .where(Delivery.organization_id == reading.actor.organization_id)
        .group_by(Delivery.status)
    )
    return {**dict.fromkeys(DeliveryStatus, 0), **dict(rows.all())}
