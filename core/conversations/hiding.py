"""Words that were posted where others read, and are to be read there no more since their ticket is not public."""

from dataclasses import replace

from sqlalchemy import select

from core.conversations.audience import Audience, audience_of, is_direct
from core.conversations.enqueueing import SLACK
from core.conversations.models import Delivery
from core.conversations.outgoing import Links, read_outgoing
from core.conversations.threads import requester_thread
from core.conversations.values import DeliveryKind, DeliveryStatus, Outgoing
from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Ticket
from core.tickets.values import TicketSnapshot

_CARRIES_WORDS = frozenset({DeliveryKind.REPLY, DeliveryKind.RESOLUTION, DeliveryKind.FILES})
_NOTED = _CARRIES_WORDS | {DeliveryKind.CONFIRMATION}
_IN_SLACK = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)
_HIDDEN = "hidden"


def is_for_all(ticket: Ticket | TicketSnapshot) -> bool:
    """Whether everybody who can reach this desk may read it now."""
    return ticket.is_public and ticket.deleted_at is None


async def copies_to_hide(uow: UnitOfWork, ticket: Ticket, *, links: Links) -> list[Outgoing]:
    """Copies of answers, solutions and files in channels that show what they should not, or may show again.

    Files are taken out of Slack for good.
    """
    statement = select(Delivery).where(
        Delivery.ticket_id == ticket.id,
        Delivery.channel == SLACK,
        Delivery.kind.in_(_CARRIES_WORDS),
        Delivery.status.in_(_IN_SLACK),
    )
    rows = (await uow.session.scalars(statement.order_by(Delivery.id))).all()
    if not rows:
        return []  # as for most tickets: nothing more is asked while others wait to write
    thread = await requester_thread(uow, ticket)
    return [
        replace(
            await read_outgoing(uow, row, may_have_been_sent=False, links=links),
            external_id=row.external_id,
            posted_files=tuple(filter(None, row.provider_id.split(","))),
        )
        for row in rows
        if _is_read_by_all(uow, row, thread) and _is_outdated(row, ticket)
    ]


def note_hidden(delivery: Delivery, shown: TicketSnapshot) -> None:
    """Keep whether a copy has its words."""
    if delivery.kind in _NOTED:
        delivery.content = {**delivery.content, _HIDDEN: not is_for_all(shown)}


def must_lose_words(delivery: Delivery, ticket: Ticket) -> bool:
    """Whether a confirmation in a channel still says what its ticket was about when everybody might read that."""
    is_confirmation = delivery.kind is DeliveryKind.CONFIRMATION and not is_direct(delivery.recipient)
    return is_confirmation and not is_for_all(ticket) and delivery.content.get(_HIDDEN) is False


def showed_too_much(delivery: Delivery, shown: TicketSnapshot, ticket: Ticket) -> bool:
    """Whether a copy went out with words while its ticket became private."""
    return delivery.kind in _CARRIES_WORDS and is_for_all(shown) and not is_for_all(ticket)


def _is_read_by_all(uow: UnitOfWork, row: Delivery, thread: str) -> bool:
    where = row.external_id or row.thread_key or thread or row.recipient
    return audience_of(row, uow.policy) is Audience.THREAD and not is_direct(where)


def _is_outdated(row: Delivery, ticket: Ticket) -> bool:
    is_hidden = bool(row.content.get(_HIDDEN, False))
    return is_hidden is is_for_all(ticket) and not (is_hidden and row.kind is DeliveryKind.FILES)
