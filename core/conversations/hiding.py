"""Words that were posted where others read, and are to be read there no more since their ticket is not public."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from core.conversations.audience import Audience, audience_of, is_direct
from core.conversations.enqueueing import SLACK
from core.conversations.models import Delivery
from core.conversations.outgoing import Links, read_outgoing
from core.conversations.threads import requester_thread
from core.conversations.values import SHOWN, DeliveryKind, Outgoing
from core.db.unit_of_work import Reading
from core.tickets.models import Ticket
from core.tickets.revising import TAKEN_BACK
from core.tickets.values import TicketSnapshot

CARRIES_WORDS = frozenset({DeliveryKind.REPLY, DeliveryKind.RESOLUTION, DeliveryKind.FILES})
_NOTED = CARRIES_WORDS | {DeliveryKind.CONFIRMATION}
_HIDDEN = "hidden"


def is_for_all(ticket: Ticket | TicketSnapshot) -> bool:
    """Whether everybody who can reach this desk may read it now."""
    return ticket.is_public and ticket.deleted_at is None


def takes_back(outgoing: Outgoing) -> bool:
    """Whether all that a message says is that its author took it back."""
    return outgoing.reply is not None and outgoing.reply.text == TAKEN_BACK


async def rows_in_slack(reading: Reading, ticket: Ticket, kinds: frozenset[DeliveryKind]) -> Sequence[Delivery]:
    """What stands in Slack about a ticket, in the order of its being told; marks come last."""
    statement = select(Delivery).where(
        Delivery.ticket_id == ticket.id,
        Delivery.channel == SLACK,
        Delivery.kind.in_(kinds),
        Delivery.status.in_(SHOWN),
    )
    ordered = statement.order_by(Delivery.kind == DeliveryKind.MARK, Delivery.id)
    return (await reading.session.scalars(ordered)).all()


async def hidden_among(reading: Reading, ticket: Ticket, rows: Sequence[Delivery], *, links: Links) -> list[Outgoing]:
    """Copies of answers, solutions and files in channels that show what they should not, or may show again.

    Files are taken out of Slack for good.
    """
    copies = [row for row in rows if row.kind in CARRIES_WORDS]
    if not copies:
        return []  # as for most tickets
    thread = await requester_thread(reading, ticket)
    return [
        replace(
            await read_outgoing(reading, row, links=links),
            external_id=row.external_id,
            posted_files=tuple(filter(None, row.provider_id.split(","))),
        )
        for row in copies
        if _is_read_by_all(reading, row, thread) and _is_outdated(row, ticket)
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
    return delivery.kind in CARRIES_WORDS and is_for_all(shown) and not is_for_all(ticket)


def _is_read_by_all(reading: Reading, row: Delivery, thread: str) -> bool:
    where = row.external_id or row.thread_key or thread or row.recipient
    return audience_of(row, reading.policy) is Audience.THREAD and not is_direct(where)


def _is_outdated(row: Delivery, ticket: Ticket) -> bool:
    is_hidden = bool(row.content.get(_HIDDEN, False))
    return is_hidden is is_for_all(ticket) and not (is_hidden and row.kind is DeliveryKind.FILES)
