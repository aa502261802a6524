"""Bringing the files of a message to where its words were copied to in Slack."""

from collections.abc import Mapping

from sqlalchemy import select

from core.conversations.audience import addressed_to, audience_of
from core.conversations.enqueueing import SLACK, enqueue
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Attachment, Ticket

_NEVER_THERE = (DeliveryStatus.FAILED, DeliveryStatus.WITHHELD)
_WITH_FILES = (DeliveryKind.REPLY, DeliveryKind.INTERNAL_NOTE)


async def tell_files(uow: UnitOfWork, ticket: Ticket, *, reply_id: int | None) -> None:
    """One delivery of all files of a reply (of the ticket itself without one) beside each copy of its words.

    Asked for again, it adds nothing: the key is that of the copy.
    """
    of_message = Attachment.reply_id == reply_id if reply_id else Attachment.reply_id.is_(None)
    shown = select(Attachment.id).where(Attachment.ticket_id == ticket.id, Attachment.inline.is_(False))
    has_files = await uow.session.scalar(shown.where(of_message).limit(1))
    if has_files is None or not uow.policy.slack_enabled:
        return
    copies = select(Delivery).where(
        Delivery.ticket_id == ticket.id, Delivery.channel == SLACK, Delivery.status.not_in(_NEVER_THERE)
    )
    if reply_id:
        copies = copies.where(Delivery.reply_id == reply_id, Delivery.kind.in_(_WITH_FILES))
    else:
        copies = copies.where(Delivery.kind == DeliveryKind.CARD)
    for copy in (await uow.session.scalars(copies.order_by(Delivery.id))).all():
        await put_beside(uow, copy, key=f"{copy.key}:files")


async def put_beside(uow: UnitOfWork, copy: Delivery, *, key: str, content: Mapping[str, object] | None = None) -> None:
    """A delivery of files to where a copy stands in Slack, and to the same readers; once a key."""
    if await uow.session.scalar(select(Delivery.id).where(Delivery.key == key)) is not None:
        return
    delivery = Delivery(
        organization_id=copy.organization_id,
        key=key,
        kind=DeliveryKind.FILES,
        channel=SLACK,
        recipient=copy.recipient,
        user_id=copy.user_id,
        ticket_id=copy.ticket_id,
        reply_id=copy.reply_id,
        thread_key=copy.thread_key,
        content={**addressed_to(audience_of(copy, uow.policy)), **(content or {})},
        created_at=uow.clock.now(),
    )
    enqueue(uow, delivery)
