"""What requesters read, and what is copied between a ticket's threads."""

from collections.abc import Sequence

from bot.slack.blocks import elements, own_ticket, pieces, satisfaction
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.text import escape
from core.search.values import SimilarTicket
from core.tickets.values import Rating, ReplySnapshot, Status, TicketSnapshot, status_label
from core.triage.values import Suggestion

_TEXT = 1_200
_NAME = 200


def confirmation(
    ticket: TicketSnapshot,
    *,
    similar: Sequence[SimilarTicket],
    similar_known: bool,
    ticket_url: TicketUrl,
    others_can_read: bool,
    advice: Suggestion | None = None,
) -> Message:
    """The requester's own view of their ticket.

    `others_can_read` (a channel instead of a direct message) leaves out the words of a private ticket; those of a
    deleted one are for nobody. The reasons of
    a suggestion are for moderators: a model knows other people's tickets, and could be talked into repeating them.
    """
    is_deleted = ticket.deleted_at is not None
    hidden = is_deleted or (others_can_read and not ticket.is_public)
    title = f"Ticket #{ticket.number}" if hidden else pieces.heading(ticket)
    facts = [*pieces.sorting_facts(ticket), pieces.visibility_fact(ticket)]
    blocks = [elements.header(title), elements.fields(facts)]
    if is_deleted:
        blocks.append(elements.section("🗑️ *This ticket has been deleted.*"))
    if advice and not hidden and ticket.status is not Status.COMPLETED:
        blocks.append(elements.context(f"*Suggestion:* {pieces.sorted_as(advice)}"))
    if ticket.status is Status.COMPLETED and not hidden and ticket.resolution.strip():
        blocks += [elements.section("*Resolution*"), pieces.excerpt(ticket.resolution, _TEXT)]
    if ticket.status is not Status.COMPLETED and not hidden:
        blocks += own_ticket.solutions(ticket, similar, known=similar_known, ticket_url=ticket_url)
    blocks += own_ticket.controls(ticket)
    page = pieces.page_link(ticket, ticket_url)
    blocks.append(elements.context(f"Answer in this thread to add to the ticket · {page}"))
    return pieces.message(f"{title}: {status_label(ticket.status)}", blocks)


def reply_copy(ticket: TicketSnapshot, reply: ReplySnapshot, *, ticket_url: TicketUrl) -> Message:
    """A public reply in the other side's thread."""
    source = f" by {escape(reply.channel, 20)}" if reply.channel == "email" else ""
    source += "" if reply.sender_verified else " (sender unverified)"
    source += _edited(reply)
    return _spoken(f"💬 *{escape(reply.author.name, _NAME)}*{source}", ticket, reply, ticket_url)


def note_copy(ticket: TicketSnapshot, note: ReplySnapshot, *, ticket_url: TicketUrl) -> Message:
    """An internal note written elsewhere, in the card's thread."""
    return _spoken(f"🔒 Internal note of *{escape(note.author.name, _NAME)}*{_edited(note)}", ticket, note, ticket_url)


def resolution(ticket: TicketSnapshot, *, ticket_url: TicketUrl, rating: Rating | None = None) -> Message:
    """Tells the requester what solved it, how to object, and asks how satisfied they are."""
    blocks = [
        elements.section(f"✅ *Ticket #{ticket.number} is resolved.*"),
        *pieces.paragraphs(ticket.resolution, more_url=ticket_url(ticket.number)),
        *(satisfaction.question(ticket, rating) if rating else ()),
        elements.context(f"Not solved? Answer here and it opens again · {pieces.page_link(ticket, ticket_url)}"),
    ]
    return pieces.message(f"Ticket #{ticket.number} is resolved.", blocks)


def _edited(reply: ReplySnapshot) -> str:
    return " (edited)" if reply.edited_at else ""


def _spoken(heading: str, ticket: TicketSnapshot, reply: ReplySnapshot, ticket_url: TicketUrl) -> Message:
    files = ", ".join(file.filename for file in reply.attachments if not file.inline)
    blocks = [elements.context(heading), *pieces.paragraphs(reply.text, more_url=ticket_url(ticket.number))]
    if files:
        blocks.append(elements.context(f"📎 {escape(files, _TEXT)} · {pieces.page_link(ticket, ticket_url)}"))
    return pieces.message(f"{reply.author.name}: {reply.text}", blocks)
