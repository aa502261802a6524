"""Where in Slack people read about a ticket: below the requester's confirmation, and below the moderators' card."""

from sqlalchemy import select

from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.db.unit_of_work import Reading
from core.tickets.models import Ticket


async def requester_thread(reading: Reading, ticket: Ticket) -> str:
    """The Slack thread (`CHANNEL:TS`) that the requester reads; empty while the confirmation is on its way."""
    confirmation = await delivery_of(reading, f"confirmation:{ticket.id}")
    return (confirmation.thread_key or confirmation.external_id) if confirmation else ""


async def card_thread(reading: Reading, ticket: Ticket) -> str:
    """The moderators' thread under the card; empty while the card is on its way."""
    card = await delivery_of(reading, f"card:{ticket.id}")
    return card.external_id if card else ""


async def is_card_on_its_way(reading: Reading, ticket: Ticket) -> bool:
    """Whether the card will be there soon, so that what belongs below it had better wait."""
    card = await delivery_of(reading, f"card:{ticket.id}")
    return card is not None and card.status in {DeliveryStatus.QUEUED, DeliveryStatus.SENDING}


async def delivery_of(reading: Reading, key: str) -> Delivery | None:
    """The message of this key, if it has been enqueued."""
    return (await reading.session.scalars(select(Delivery).where(Delivery.key == key))).one_or_none()
