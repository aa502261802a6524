"""Keeping what was said: where it stands, and which state of its ticket it shows."""

from dataclasses import dataclass

from core.conversations.audience import Audience, audience_of
from core.conversations.hiding import note_hidden, showed_too_much
from core.conversations.marks import marked
from core.conversations.models import Delivery
from core.conversations.moderators import moderators_channel_of
from core.conversations.refreshing import enqueue_refresh
from core.conversations.values import UPDATED_IN_PLACE, DeliveryKind, DeliveryStatus, Outgoing, Receipt
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import ThreadMessage, Ticket
from core.tickets.values import TicketSnapshot


@dataclass(frozen=True, slots=True)
class Told:
    """A message that its channel took, for the first time or in place of what it said before."""

    outgoing: Outgoing
    receipt: Receipt


async def note_told(uow: UnitOfWork, told: Told) -> None:
    """Keep it; where it does not show its ticket as that is now, have it refreshed."""
    outgoing, receipt = told.outgoing, told.receipt
    delivery = await uow.session.get_one(Delivery, outgoing.delivery_id, with_for_update=True)
    is_first = delivery.status is DeliveryStatus.SENDING
    is_internal = is_first and await _is_read_by_moderators_alone(uow, delivery)
    ticket = await uow.session.get_one(Ticket, outgoing.ticket.id) if outgoing.ticket else None
    if is_first:
        delivery.status = DeliveryStatus.SENT
        delivery.sent_at = uow.clock.now()
        delivery.external_id = receipt.external_id
        delivery.provider_id = receipt.provider_id
        delivery.error = ""
    if ticket is not None and outgoing.ticket is not None:
        if is_first and delivery.external_id != delivery.message_id:
            _remember_thread(uow, delivery, ticket, is_internal=is_internal)
        _note_shown(delivery, outgoing.ticket, since=outgoing.shown_revision)
        is_stale = delivery.kind in UPDATED_IN_PLACE and ticket.revision > delivery.shown_revision
        if is_stale or showed_too_much(delivery, outgoing.ticket, ticket):
            enqueue_refresh(uow, ticket)


async def _is_read_by_moderators_alone(uow: UnitOfWork, delivery: Delivery) -> bool:
    """What is said below a message to the moderators is said to them alone."""
    if audience_of(delivery, uow.policy) is Audience.MODERATORS:
        return True
    return delivery.recipient == await moderators_channel_of(uow, delivery.organization_id)


def _remember_thread(uow: UnitOfWork, delivery: Delivery, ticket: Ticket, *, is_internal: bool) -> None:
    uow.session.add(
        ThreadMessage(
            organization_id=delivery.organization_id,
            ticket_id=ticket.id,
            reply_id=delivery.reply_id,
            channel=delivery.channel,
            external_id=delivery.external_id,
            is_internal=is_internal,
            created_at=uow.clock.now(),
        )
    )


def _note_shown(delivery: Delivery, shown: TicketSnapshot, *, since: int) -> None:
    """The last update wins, also where it is an older one.

    Where another was noted since this one was read, nobody knows which was the last: the older one counts.
    """
    is_last = delivery.shown_revision == since
    delivery.shown_revision = shown.revision if is_last else min(shown.revision, delivery.shown_revision)
    if delivery.kind is DeliveryKind.MARK:
        marked(delivery, shown.status if is_last else None)
    note_hidden(delivery, shown)
