"""Messages that wait because a workspace has taken back this desk's access."""

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
        delivery.status = DeliveryStatus.QUEUED
        delivery.error = ""
        key = f"deliver:{delivery.id}:again:{again}"
        uow.jobs.enqueue(kinds.DELIVER, {"delivery_id": delivery.id}, key=key, organization_id=organization_id)
    await take_back(uow, organization_id, again=again)
    return len(deliveries)
