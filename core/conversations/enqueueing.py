"""Writing one delivery, and the job that sends it, into the transaction."""

from datetime import timedelta

from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds
from core.tickets.models import ThreadMessage, Ticket

EMAIL = "email"
SLACK = "slack"


def enqueue(uow: UnitOfWork, delivery: Delivery, delay: timedelta = timedelta(0)) -> None:
    delivery.status = DeliveryStatus.QUEUED
    uow.session.add(delivery)
    key = f"deliver:{delivery.key}"
    uow.jobs.enqueue(kinds.DELIVER, lambda: {"delivery_id": delivery.id}, key=key, delay=delay)


def remember_thread(
    uow: UnitOfWork, ticket: Ticket, channel: str, external_id: str, *, reply_id: int | None = None
) -> None:
    """Keep where a message of ours stands, so that answers to it find the ticket."""
    uow.session.add(
        ThreadMessage(
            organization_id=ticket.organization_id,
            ticket_id=ticket.id,
            reply_id=reply_id,
            channel=channel,
            external_id=external_id,
            created_at=uow.clock.now(),
        )
    )
