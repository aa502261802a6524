"""The ticket's status as a mark (in Slack a reaction of ours) on the message that it was made of."""

from core.conversations.enqueueing import SLACK
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Ticket

_STATUS = "status"


def mark_message(uow: UnitOfWork, ticket: Ticket, place: str) -> None:
    """Have the message at `place` (`CHANNEL:TS`) marked from now on, whenever the status has changed.

    It is a delivery that has been sent: a new ticket has no mark, and later ones update it in place.
    """
    uow.session.add(
        Delivery(
            organization_id=ticket.organization_id,
            key=f"mark:{ticket.id}",
            kind=DeliveryKind.MARK,
            channel=SLACK,
            recipient=place.partition(":")[0],
            ticket_id=ticket.id,
            status=DeliveryStatus.SENT,
            external_id=place,
            content={_STATUS: ticket.status.value},
            shown_revision=ticket.revision,
            created_at=uow.clock.now(),
            sent_at=uow.clock.now(),
        )
    )


def is_marked_as(delivery: Delivery, ticket: Ticket) -> bool:
    """Whether a mark shows the present status already."""
    return delivery.kind is DeliveryKind.MARK and delivery.content.get(_STATUS) == ticket.status.value


def marked(delivery: Delivery, status: str) -> None:
    """Note what a mark shows now."""
    delivery.content = {_STATUS: status}
