"""A mail system says that a mail of ours did not arrive: the delivery is marked, its people are told."""

from datetime import timedelta

from sqlalchemy import select

from core.conversations.enqueueing import EMAIL
from core.conversations.failures import tell_delivery_failed
from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.intake.values import CandidateKind, Interpretation
from core.people.models import User
from core.people.reachability import mark_undeliverable
from core.tickets.models import Ticket

RECENT = timedelta(days=7)
_WENT_OUT = (DeliveryStatus.SENT, DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED, DeliveryStatus.BOUNCED)


async def note_bounce(uow: UnitOfWork, message: Interpretation) -> int | None:
    """Mark the delivery that came back; the id of its ticket, where one is found.

    It is found by the Message-IDs that the report quotes, else by recipient. Only a Message-ID, which nobody else can
    know, proves that the report is of our mail: then the recipient gets no further mail for a while.
    """
    ids = [one.value for one in message.candidates if one.kind is CandidateKind.MESSAGE_ID]
    failed = [address.lower() for address in message.screening.failed_recipients]
    conditions = [
        Delivery.organization_id == uow.actor.organization_id,
        Delivery.channel == EMAIL,
        Delivery.status.in_(_WENT_OUT),  # a report of a mail that has not left yet is forged
    ]
    if ids:
        conditions.append(Delivery.message_id.in_(ids) | Delivery.external_id.in_(ids))
    elif failed:
        conditions += [Delivery.recipient.in_(failed), Delivery.created_at > uow.clock.now() - RECENT]
    else:
        return None
    delivery = await uow.session.scalar(select(Delivery).where(*conditions).order_by(Delivery.id.desc()).limit(1))
    if delivery is None or delivery.status is DeliveryStatus.BOUNCED:
        return delivery.ticket_id if delivery else None
    delivery.status = DeliveryStatus.BOUNCED
    delivery.error = f"returned as undeliverable ({message.screening.rule})"
    if ids and delivery.user_id and (not failed or delivery.recipient in failed):
        mark_undeliverable(uow, await uow.session.get_one(User, delivery.user_id))
    if delivery.ticket_id is not None:
        await tell_delivery_failed(uow, delivery, await uow.session.get_one(Ticket, delivery.ticket_id))
    return delivery.ticket_id
