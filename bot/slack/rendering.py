"""From what the desk has to say to a Slack message."""

from collections.abc import Sequence

from bot.slack.blocks import conversation, pieces
from bot.slack.blocks.card import ticket_card
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.places import read_place
from core.conversations.audience import is_direct
from core.conversations.hiding import is_for_all
from core.conversations.values import DeliveryKind, Outgoing
from core.errors import DeliveryRefusedError
from core.tickets.values import AttachmentSnapshot, TicketSnapshot, status_label

_SAY_IT_ALL = frozenset({DeliveryKind.ALERT, DeliveryKind.NOTICE})


def render(outgoing: Outgoing, *, ticket_url: TicketUrl) -> Message:  # noqa: PLR0911 (one case a kind)
    """Draw one delivery.

    Raises:
        DeliveryRefusedError: it is of a kind that is not told in Slack, or lacks what it is about.
    """
    ticket = outgoing.ticket
    if outgoing.urging is not None:
        return pieces.urging(outgoing.text, outgoing.urging)
    if ticket is None or outgoing.kind in _SAY_IT_ALL:
        return _without_ticket(outgoing)
    match outgoing.kind:
        case DeliveryKind.CARD:
            return ticket_card(
                ticket,
                advice=outgoing.suggestion,
                similar=outgoing.similar,
                similar_known=outgoing.similar_known,
                ticket_url=ticket_url,
                clock=outgoing.clock,
                rating=outgoing.rating,
                others=outgoing.others,
            )
        case DeliveryKind.CONFIRMATION:
            return conversation.confirmation(
                ticket,
                similar=outgoing.similar,
                similar_known=outgoing.similar_known,
                ticket_url=ticket_url,
                others_can_read=not is_direct(destination(outgoing)),
                advice=outgoing.suggestion,
            )
        case DeliveryKind.REPLY | DeliveryKind.RESOLUTION | DeliveryKind.FILES if would_show_private_words(outgoing):
            return pieces.notice(f"There is news of ticket #{ticket.number}: {ticket_url(ticket.number)}")
        case DeliveryKind.RESOLUTION:
            return conversation.resolution(ticket, ticket_url=ticket_url, rating=outgoing.rating)
        case DeliveryKind.STATUS | DeliveryKind.VISIBILITY:
            return pieces.notice(outgoing.text or _status_line(ticket))
        case DeliveryKind.REPLY if outgoing.reply:
            return conversation.reply_copy(ticket, outgoing.reply, ticket_url=ticket_url)
        case DeliveryKind.INTERNAL_NOTE if outgoing.reply:
            return conversation.note_copy(ticket, outgoing.reply, ticket_url=ticket_url)
    raise DeliveryRefusedError(f"A {outgoing.kind.value} is not told in Slack.")


def _without_ticket(outgoing: Outgoing) -> Message:
    match outgoing.kind:
        case DeliveryKind.ALERT:
            return pieces.notice(f"⚠️ {outgoing.text}")
        case DeliveryKind.NOTICE:
            return pieces.question(outgoing.text, outgoing.choices)
    raise DeliveryRefusedError(f"A {outgoing.kind.value} without a ticket is nothing for Slack.")


def destination(outgoing: Outgoing) -> str:
    """The channel or user id it goes to: that of its earlier message, of its thread, else the recipient."""
    place = read_place(outgoing.external_id) or read_place(outgoing.thread_key)
    return place.channel if place else outgoing.recipient


def would_show_private_words(outgoing: Outgoing) -> bool:
    """Whether people read there who are not in the ticket: it may have become private since this was enqueued."""
    is_public = outgoing.ticket is not None and is_for_all(outgoing.ticket)
    return not (is_public or outgoing.for_moderators or is_direct(destination(outgoing)))


def files_left_out(outgoing: Outgoing, files: Sequence[AttachmentSnapshot]) -> Message:
    """Says where files are that Slack gets no copy of, and that others follow."""
    lines = []
    if files:
        names = ", ".join(f"{file.filename} ({file.size / 2**20:.1f} MiB)" for file in files)
        lines.append(f"📎 Too large for Slack: {names}. To be had at {outgoing.page_url}")
    if outgoing.following:  # without names: nobody takes this line back when the ticket becomes private
        which = "A file is" if len(outgoing.following) == 1 else f"{len(outgoing.following)} files are"
        lines.append(f"📎 {which} still being checked for viruses, and will be put here when found clean.")
    return pieces.notice("\n".join(lines))


def _status_line(ticket: TicketSnapshot) -> str:
    return f"Ticket #{ticket.number} is now {status_label(ticket.status)}."
