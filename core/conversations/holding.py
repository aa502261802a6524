"""Messages that wait because nothing may go where they belong: a workspace has taken back its access, say."""

from sqlalchemy import select

from core.conversations.enqueueing import SLACK
from core.conversations.models import Delivery
from core.conversations.shared_links import take_back
from core.conversations.values import DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.jobs import kinds


async def release_held(uow: UnitOfWork, organization_id: int, *, again: str) -> int:
    """Send what waited, and hide what should be hidden, now that there is access again; `again` names this occasion.

    Says how many messages waited.
    """
    held = select(Delivery).where(
        Delivery.organization_id == organization_id,
        Delivery.channel == SLACK,
        Delivery.status == DeliveryStatus.HELD,
    )
    deliveries = (await uow.session.scalars(held.order_by(Delivery.id).with_for_update(of=Delivery))).all()
    for delivery in deliveries:
        send_again(uow, delivery)
    await take_back(uow, organization_id, again=again)
    return len(deliveries)


def send_again(uow: UnitOfWork, delivery: Delivery) -> None:
    """Send one message that is no longer to wait; its row is held, so that nobody else does the same."""
    delivery.status, delivery.error = DeliveryStatus.QUEUED, ""
    payload = {"delivery_id": delivery.id}
    uow.jobs.enqueue(kinds.DELIVER, payload, organization_id=delivery.organization_id)
