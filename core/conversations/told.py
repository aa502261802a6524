"""Keeping what was said: where it stands, and which state of its ticket it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from core.conversations.audience import Audience, audience_of
from core.conversations.hiding import note_hidden, showed_too_much
from core.conversations.marks import marked
from core.conversations.models import Delivery
from core.conversations.moderators import moderators_channel_of
from core.conversations.refreshing import enqueue_refresh, until_the_other_ends
from core.conversations.values import UPDATED_IN_PLACE, DeliveryKind, DeliveryStatus, Outgoing, Receipt
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import ThreadMessage, Ticket
from core.tickets.values import TicketSnapshot


@dataclass(frozen=True, slots=True)
class Told:
    """A message that its channel took, for the first time or in place of what it said before."""

    outgoing: Outgoing
    receipt: Receipt


async def note_told(uow: UnitOfWork, told: Sequence[Told]) -> None:
    """Keep what was said in one organization; what does not show its ticket as that is now is to be refreshed."""
    of_tickets = select(Ticket).where(Ticket.id.in_({one.outgoing.ticket.id for one in told if one.outgoing.ticket}))
    # Held, so that no change falls between what is compared here and the commit: its refresh would not find this yet.
    held = of_tickets.order_by(Ticket.id).with_for_update(read=True, of=Ticket)
    tickets = {row.id: row for row in await uow.session.scalars(held)}
    ids = {one.outgoing.delivery_id for one in told}
    in_order = select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id)  # or two could wait for each other
    deliveries = {row.id: row for row in await uow.session.scalars(in_order.with_for_update())}
    channel = await moderators_channel_of(uow, uow.actor.organization_id)
    for one in told:
        delivery, shown = deliveries[one.outgoing.delivery_id], one.outgoing.ticket
        is_first = delivery.status is DeliveryStatus.SENDING
        if is_first:
            _note_sent(uow, delivery, one.receipt)
        if shown is None:
            continue
        ticket = tickets[shown.id]
        if is_first and delivery.external_id != delivery.message_id:
            _remember_thread(uow, delivery, ticket, moderators_channel=channel)
        _note_shown(delivery, shown, since=one.outgoing.shown_revision)
        is_stale = delivery.kind in UPDATED_IN_PLACE and ticket.revision > delivery.shown_revision
        shows_too_much = showed_too_much(delivery, shown, ticket)
        if is_stale or shows_too_much:
            delay = timedelta(0) if shows_too_much else until_the_other_ends(ticket)
            enqueue_refresh(uow, ticket, delay=delay)


def _note_sent(uow: UnitOfWork, delivery: Delivery, receipt: Receipt) -> None:
    delivery.status = DeliveryStatus.SENT
    delivery.sent_at = uow.clock.now()
    delivery.external_id = receipt.external_id
    delivery.provider_id = receipt.provider_id
    delivery.error = ""


def _remember_thread(uow: UnitOfWork, delivery: Delivery, ticket: Ticket, *, moderators_channel: str) -> None:
    """What is said below a message to the moderators is said to them alone."""
    is_internal = audience_of(delivery, uow.policy) is Audience.MODERATORS or delivery.recipient == moderators_channel
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
