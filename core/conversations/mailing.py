"""Every mail of the desk to a person starts here, and here it is held to a limit: no path goes around it.

What is over a limit, or goes to an address that sent our mail back lately, is written down as withheld and not sent.
"""

import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import func, select

from core.conversations.enqueueing import EMAIL, enqueue, remember_thread
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.people.organizations import support_address_of
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
    sent_lately: int | None = None,
) -> Delivery | None:
    """One mail to one person, enqueued or withheld; None where they have no address, or ours.

    `sent_lately`: what `count_lately` says, where the caller has asked for many people at once.
    """
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
        message_id=f"{kind.value}.{ticket.number if ticket else 0}.{unguessable}@{await _mail_domain(uow)}",
        content=content or {},
        created_at=uow.clock.now(),
    )
    if sent_lately is None:
        lately = await count_lately(uow, kind, automatic=automatic, addresses=[person.email])
        sent_lately = lately.get(person.email, 0)
    if reason := _reason_to_withhold(uow, person, sent_lately, most=limit(uow.policy, kind, automatic=automatic)):
        delivery.status, delivery.error = DeliveryStatus.WITHHELD, reason
        uow.session.add(delivery)
        return delivery
    if ticket:
        remember_thread(uow, ticket, EMAIL, delivery.message_id, reply_id=reply.id if reply else None)
    enqueue(uow, delivery, delay)
    return delivery


async def _mail_domain(uow: UnitOfWork) -> str:
    """Of the organization's own address, asked once in a unit of work."""
    organization_id = uow.actor.organization_id
    known: dict[int, str] = uow.session.info.setdefault("mail domains", {})
    if organization_id not in known:
        known[organization_id] = (await support_address_of(uow, organization_id)).rpartition("@")[2] or "localhost"
    return known[organization_id]


def is_automatic(kind: DeliveryKind, reply: Reply | None) -> bool:
    """Whether a mail goes out without anybody here: an acknowledgement, or somebody's mail passed on to the others."""
    return kind is DeliveryKind.ACKNOWLEDGEMENT or (reply is not None and reply.channel == EMAIL)


def limit(policy: Policy, kind: DeliveryKind, *, automatic: bool) -> int:
    """How many mails of this kind one address gets within the window."""
    if not automatic:
        return policy.mail_limit
    return policy.automatic_mail_limit if kind is DeliveryKind.ACKNOWLEDGEMENT else policy.forwarded_reply_limit


async def count_lately(
    uow: UnitOfWork, kind: DeliveryKind, *, automatic: bool, addresses: Collection[str]
) -> Mapping[str, int]:
    """How many mails of a kind went to each address within the window; addresses without any are not told of."""
    rows = await uow.session.execute(
        select(Delivery.recipient, func.count(Delivery.id))
        .where(
            Delivery.organization_id == uow.actor.organization_id,
            Delivery.recipient.in_(addresses),
            Delivery.created_at > uow.clock.now() - WINDOW,
            Delivery.kind == kind,
            Delivery.automatic.is_(automatic),
            Delivery.status != DeliveryStatus.WITHHELD,
        )
        .group_by(Delivery.recipient)
    )
    return {row.recipient: int(row[1]) for row in rows}


def _reason_to_withhold(uow: UnitOfWork, person: User, sent_lately: int, *, most: int) -> str:
    returned = person.mail_undeliverable_at
    if returned is not None and uow.clock.now() - returned < UNDELIVERABLE_FOR:
        return f"not sent: mail to this address came back on {returned:%Y-%m-%d}"
    return f"not sent: {most} such mails went to this address within an hour" if sent_lately >= most else ""
