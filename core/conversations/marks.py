"""The ticket's status as a mark (in Slack a reaction of ours) on the message that it was made of."""

from sqlalchemy import select

from core.conversations.enqueueing import SLACK
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import Reading, UnitOfWork
from core.tickets.models import Ticket
from core.tickets.values import Status

_STATUS = "status"


async def lacks_mark(reading: Reading, ticket: Ticket) -> bool:
    """Whether it has a Slack message that should be marked from now on."""
    return await _to_be_marked(reading, ticket) is not None


async def mark_message(uow: UnitOfWork, ticket: Ticket) -> None:
    """Have the Slack message of a ticket that is no longer new marked from now on, whenever the status has changed.

    It is a delivery that counts as sent: no mark means a new ticket, and every other is set in its place.
    """
    confirmation = await _to_be_marked(uow, ticket)
    if confirmation is None:
        return
    now = uow.clock.now()
    uow.session.add(
        Delivery(
            organization_id=ticket.organization_id,
            key=_key(ticket),
            kind=DeliveryKind.MARK,
            channel=SLACK,
            recipient=confirmation.recipient,
            ticket_id=ticket.id,
            status=DeliveryStatus.SENT,
            external_id=confirmation.thread_key,
            content={_STATUS: Status.PENDING.value},
            created_at=now,
            sent_at=now,
        )
    )
    await uow.session.flush()


async def _to_be_marked(reading: Reading, ticket: Ticket) -> Delivery | None:
    """The confirmation below the message; None where it is marked already, or need not be."""
    if not reading.policy.marks_status or ticket.status is Status.PENDING:
        return None
    ours = select(Delivery).where(Delivery.key.in_((_key(ticket), f"confirmation:{ticket.id}")))
    found = {delivery.key: delivery for delivery in await reading.session.scalars(ours)}
    confirmation = found.get(f"confirmation:{ticket.id}")
    is_to_be = _key(ticket) not in found and confirmation is not None and confirmation.thread_key
    return confirmation if is_to_be else None


def _key(ticket: Ticket) -> str:
    return f"mark:{ticket.id}"


def is_marked_as(delivery: Delivery, ticket: Ticket) -> bool:
    """Whether a mark shows the present status already."""
    return delivery.kind is DeliveryKind.MARK and delivery.content.get(_STATUS) == ticket.status.value


def marked(delivery: Delivery, status: Status | None) -> None:
    """Note what a mark shows now; None where that is not known."""
    delivery.content = {_STATUS: status.value if status else ""}
