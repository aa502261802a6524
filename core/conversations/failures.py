"""What did not arrive: telling the moderators, and taking it back when it is tried again."""

from core.conversations.enqueueing import EMAIL
from core.conversations.models import Delivery
from core.conversations.moderators import moderators_channel_of
from core.conversations.posting import deliver_by_slack
from core.conversations.threads import delivery_of
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Ticket


async def tell_delivery_failed(uow: UnitOfWork, failed: Delivery, ticket: Ticket) -> None:
    """Say in the moderators' thread that somebody did not get a message, once whoever reports it."""
    key = f"alert:{failed.id}"
    is_told = failed.channel == EMAIL or failed.kind in {DeliveryKind.REPLY, DeliveryKind.RESOLUTION}
    if not is_told or await delivery_of(uow, key) is not None:
        return
    if channel := await moderators_channel_of(uow, ticket.organization_id):
        text = f"{failed.recipient} did not get our {failed.kind.value.replace('_', ' ')}: {failed.error}"
        deliver_by_slack(
            uow,
            ticket,
            DeliveryKind.ALERT,
            channel,
            key=key,
            content={"text": text[:500]},
        )


async def undo_failure(uow: UnitOfWork, delivery_id: int) -> None:
    """Before its dead job is tried again: what has failed for good may go out after all."""
    delivery = await uow.session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is not None and delivery.status is DeliveryStatus.FAILED:
        delivery.status = DeliveryStatus.QUEUED
