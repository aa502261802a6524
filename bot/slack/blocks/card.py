"""The moderators' card of a ticket. It shows private text, so it goes to the triage channel or to a moderator alone."""

from collections.abc import Iterator, Sequence

from bot.slack import limits
from bot.slack.blocks import elements, ids, pieces
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.text import escape
from core.search.values import SimilarTicket
from core.tickets.values import Category, Priority, Status, TicketSnapshot, status_label
from core.triage.values import Suggestion

_DESCRIPTION = 1_200

PRIORITY_CHOICES = {priority.value: pieces.priority_label(priority) for priority in Priority}
CATEGORY_CHOICES = {category.value: category.value for category in Category}


def ticket_card(
    ticket: TicketSnapshot,
    *,
    advice: Suggestion | None,
    similar: Sequence[SimilarTicket],
    similar_known: bool,
    ticket_url: TicketUrl,
) -> Message:
    """The ticket with all that a moderator needs to act on it."""
    blocks = [
        elements.header(pieces.heading(ticket)),
        elements.fields(_facts(ticket)),
        pieces.excerpt(ticket.description, _DESCRIPTION) if ticket.description.strip() else None,
        elements.context("✏️ The requester has edited this since.") if ticket.edited_at else None,
        *_outcome(ticket),
        elements.divider(),
        pieces.suggestion(advice) if advice else None,
        *pieces.similar_tickets(similar, known=similar_known, ticket_url=ticket_url),
        *_controls(ticket, ticket_url),
        elements.context("Messages in this thread are internal notes. *Reply…* answers the requester."),
    ]
    summary = f"{pieces.heading(ticket)} ({ticket.priority.value}, {status_label(ticket.status)})"
    return pieces.message(summary, [block for block in blocks if block])


def _facts(ticket: TicketSnapshot) -> list[str]:
    remark = ticket.created_by.remark if ticket.sender_verified else "sender unverified"
    requester = f"{ticket.created_by.name} ({remark})" if remark else ticket.created_by.name
    return [
        pieces.fact("Requester", requester),
        pieces.fact("Assigned to", ticket.assigned_to.name if ticket.assigned_to else "nobody yet"),
        *pieces.sorting_facts(ticket),
        pieces.visibility_fact(ticket),
    ]


def _outcome(ticket: TicketSnapshot) -> Iterator[Block]:
    if ticket.deleted_at is not None:
        yield elements.section("🗑️ *This ticket has been deleted.*")
    if ticket.resolution.strip():
        yield elements.section("*Resolution*" if ticket.status is Status.COMPLETED else "*Earlier resolution*")
        yield pieces.excerpt(ticket.resolution, _DESCRIPTION)
    if ticket.helpful_notes.strip():
        yield elements.context(f"*Helpful notes:* {escape(ticket.helpful_notes, limits.CONTEXT_TEXT // 2)}")


def _controls(ticket: TicketSnapshot, ticket_url: TicketUrl) -> Iterator[Block]:
    number = str(ticket.number)
    page = elements.link_button("Open in web", ids.OPEN_PAGE, ticket_url(ticket.number))
    if ticket.deleted_at is not None:
        yield elements.actions(_block_id(ticket, "act"), page)
        return
    reply = elements.button("Reply…", ids.REPLY, number)
    if ticket.status is Status.COMPLETED:
        yield elements.actions(_block_id(ticket, "act"), elements.button("Reopen", ids.REOPEN, number), reply, page)
        return
    category = ticket.category.value if ticket.category else None
    yield elements.actions(
        _block_id(ticket, f"sort:{ticket.priority.value}:{category or ''}"),
        elements.menu(ids.PRIORITY, "Priority", PRIORITY_CHOICES, ticket.priority.value),
        elements.menu(ids.CATEGORY, "Category", CATEGORY_CHOICES, category),
    )
    yield elements.actions(
        _block_id(ticket, "act"),
        elements.button("Take", ids.TAKE, number, style="" if ticket.assigned_to else "primary"),
        reply,
        elements.button("Resolve…", ids.RESOLVE, number),
        page,
    )


def _block_id(ticket: TicketSnapshot, part: str) -> str:
    return ids.ticket_block_id(ticket.number, ticket.revision, part)
