"""Every message of the desk into Slack that is about a ticket starts here."""

from datetime import timedelta

from core.conversations.enqueueing import SLACK, enqueue
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Reply, Ticket


def deliver_by_slack(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: DeliveryKind,
    recipient: str,
    *,
    key: str,
    reply: Reply | None = None,
    thread_key: str = "",
    content: dict[str, object] | None = None,
    delay: timedelta = timedelta(0),
) -> None:
    """One message to a channel or person, enqueued; the same `key` again is an error of the caller's."""
    delivery = Delivery(
        organization_id=ticket.organization_id,
        key=key,
        kind=kind,
        channel=SLACK,
        recipient=recipient,
        ticket_id=ticket.id,
        reply_id=reply.id if reply else None,
        thread_key=thread_key,
        content=content or {},
        created_at=uow.clock.now(),
    )
    enqueue(uow, delivery, delay)
