"""Every mail of the desk to a person starts here, and here it is held to a limit: no path goes around it.

What is over a limit, or goes to an address that sent our mail back lately, is written down as withheld and not sent.
"""

import secrets
from datetime import timedelta

from sqlalchemy import func, select

from core.conversations.enqueueing import EMAIL, enqueue, remember_thread
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.policy import Policy
from core.tickets.models import Reply, Ticket

WINDOW = timedelta(hours=1)
UNDELIVERABLE_FOR = timedelta(days=7)  # after that an address is tried again


async def deliver_by_mail(
    uow: UnitOfWork,
    ticket: Ticket | None,
    kind: DeliveryKind,
    person: User,
    *,
    key: str,
    reply: Reply | None = None,
    delay: timedelta = timedelta(0),
    content: dict[str, object] | None = None,
) -> Delivery | None:
    """One mail to one person, enqueued or withheld; None where they have no address, or ours."""
    if not person.email or uow.policy.is_own_address(person.email):
        return None
    automatic = is_automatic(kind, reply)
    unguessable = secrets.token_hex(10)
    delivery = Delivery(
        organization_id=uow.actor.organization_id,
        key=key,
        kind=kind,
        channel=EMAIL,
        recipient=person.email,
        user_id=person.id,
        ticket_id=ticket.id if ticket else None,
        reply_id=reply.id if reply else None,
        automatic=automatic,
        message_id=f"{kind.value}.{ticket.number if ticket else 0}.{unguessable}@{uow.policy.mail_domain}",
        content=content or {},
        created_at=uow.clock.now(),
    )
    if reason := await _reason_to_withhold(uow, person, kind, automatic=automatic):
        delivery.status, delivery.error = DeliveryStatus.WITHHELD, reason
        uow.session.add(delivery)
        return delivery
    if ticket:
        remember_thread(uow, ticket, EMAIL, delivery.message_id, reply_id=reply.id if reply else None)
    enqueue(uow, delivery, delay)
    return delivery


def is_automatic(kind: DeliveryKind, reply: Reply | None) -> bool:
    """Whether a mail goes out without anybody here: an acknowledgement, or somebody's mail passed on to the others."""
    return kind is DeliveryKind.ACKNOWLEDGEMENT or (reply is not None and reply.channel == EMAIL)


def limit(policy: Policy, kind: DeliveryKind, *, automatic: bool) -> int:
    """How many mails of this kind one address gets within the window."""
    if not automatic:
        return policy.mail_limit
    return policy.automatic_mail_limit if kind is DeliveryKind.ACKNOWLEDGEMENT else policy.forwarded_reply_limit


async def _reason_to_withhold(uow: UnitOfWork, person: User, kind: DeliveryKind, *, automatic: bool) -> str:
    now = uow.clock.now()
    returned = person.mail_undeliverable_at
    if returned is not None and now - returned < UNDELIVERABLE_FOR:
        return f"not sent: mail to this address came back on {returned:%Y-%m-%d}"
    most = limit(uow.policy, kind, automatic=automatic)
    sent = await uow.session.scalar(
        select(func.count(Delivery.id)).where(
            Delivery.organization_id == uow.actor.organization_id,
            Delivery.recipient == person.email,
            Delivery.created_at > now - WINDOW,
            Delivery.kind == kind,
            Delivery.automatic.is_(automatic),
            Delivery.status != DeliveryStatus.WITHHELD,
        )
    )
    return f"not sent: {most} such mails went to this address within an hour" if (sent or 0) >= most else ""
