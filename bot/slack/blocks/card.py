"""The moderators' card of a ticket. It shows private text, so it goes to the triage channel or to a moderator alone."""

from collections.abc import Iterator, Sequence

from bot.slack import limits
from bot.slack.blocks import elements, ids, pieces, satisfaction
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.text import escape
from core.search.values import SimilarTicket
from core.sla.values import Clock
from core.tickets.values import (
    Category,
    Person,
    Priority,
    Rating,
    SetBy,
    Status,
    TicketSnapshot,
    category_label,
    status_label,
)
from core.triage.values import Suggestion

_DESCRIPTION = 1_200
_NAME = 200
_SHORT_NAME = 60
_MOST_NAMED = 5

PRIORITY_CHOICES = {priority.value: pieces.priority_label(priority) for priority in Priority}
CATEGORY_CHOICES = {category.value: category.value for category in Category}
STATUS_CHOICES = {
    status.value: pieces.marked_status(status) for status in (Status.PENDING, Status.IN_PROGRESS, Status.WAITING)
}


def ticket_card(
    ticket: TicketSnapshot,
    *,
    advice: Suggestion | None,
    similar: Sequence[SimilarTicket],
    similar_known: bool,
    ticket_url: TicketUrl,
    clock: Clock | None = None,
    rating: Rating | None = None,
    others: Sequence[Person] = (),
) -> Message:
    """The ticket with all that a moderator needs to act on it; of a deleted one only that it was deleted.

    `others` get every answer, too.
    """
    if ticket.deleted_at is not None:
        return _deleted(ticket, ticket_url)
    is_over = ticket.status is Status.COMPLETED
    blocks = [
        elements.header(pieces.heading(ticket)),
        elements.section(_standing(ticket, clock)),
        elements.context(_origin(ticket)),
        elements.context(_others(others)) if others else None,
        pieces.excerpt(ticket.description, _DESCRIPTION) if ticket.description.strip() else None,
        *_outcome(ticket),
        satisfaction.told(rating) if rating and rating.score else None,
        elements.divider(),
        *(() if is_over or advice is None else _advice(ticket, advice)),
        *(() if is_over else pieces.similar_tickets(similar, known=similar_known, ticket_url=ticket_url)),
        *_controls(ticket),
        elements.context(
            "Messages in this thread are internal notes. *Reply…* answers the requester. "
            f"{pieces.page_link(ticket, ticket_url)}"
        ),
    ]
    summary = f"{pieces.heading(ticket)} ({ticket.priority.value}, {status_label(ticket.status)})"
    return pieces.message(summary, [block for block in blocks if block])


def _deleted(ticket: TicketSnapshot, ticket_url: TicketUrl) -> Message:
    title = f"Ticket #{ticket.number} has been deleted"
    notes = elements.context(pieces.page_link(ticket, ticket_url))
    return pieces.message(title, [elements.header(f"🗑️ {title}"), notes])


def _standing(ticket: TicketSnapshot, clock: Clock | None) -> str:
    holder = f"👤 {escape(ticket.assigned_to.name, _NAME)}" if ticket.assigned_to else "nobody yet"
    sorted_as = (pieces.marked_status(ticket.status), pieces.priority_label(ticket.priority))
    line = " · ".join((*sorted_as, category_label(ticket.category), holder))
    if clock is not None:
        line += f"\n{pieces.due_at(clock)}"
    if ticket.snoozed_until is not None:
        line += f"\n💤 snoozed until {pieces.moment(ticket.snoozed_until)}"
    return line


def _origin(ticket: TicketSnapshot) -> str:
    remark = ticket.created_by.remark if ticket.sender_verified else "sender unverified"
    parts = [
        f"From *{escape(ticket.created_by.name, _NAME)}*{f' ({remark})' if remark else ''}",
        pieces.moment(ticket.created_at),
        "🌐 public" if ticket.is_public else "🔒 private",
        "✏️ edited by the requester" if ticket.edited_at else "",
    ]
    return " · ".join(part for part in parts if part)


def _others(others: Sequence[Person]) -> str:
    names = [
        f"{escape(one.name, _SHORT_NAME)}{f' ({one.remark})' if one.remark else ''}" for one in others[:_MOST_NAMED]
    ]
    more = len(others) - len(names)
    return f"With {', '.join(names)}{f' and {more} more' if more else ''}"


def _outcome(ticket: TicketSnapshot) -> Iterator[Block]:
    if ticket.resolution.strip():
        yield elements.section("*Resolution*" if ticket.status is Status.COMPLETED else "*Earlier resolution*")
        yield pieces.excerpt(ticket.resolution, _DESCRIPTION)
    if ticket.helpful_notes.strip():
        yield elements.context(f"*Helpful notes:* {escape(ticket.helpful_notes, limits.CONTEXT_TEXT // 2)}")


def _advice(ticket: TicketSnapshot, advice: Suggestion) -> Iterator[Block]:
    """What triage suggests and why, with the buttons that say whether it is right until somebody has."""
    yield pieces.suggestion(advice)
    advised = [name for name in ("category", "priority") if getattr(advice, name) is not None]
    if advised and all(ticket.set_by.get(name) == SetBy.PERSON for name in advised):
        agrees = all(getattr(ticket, name) == getattr(advice, name) for name in advised)
        yield elements.context("✓ Confirmed by a person." if agrees else "A person has decided otherwise.")
        return
    accept = (elements.button("Accept", ids.ACCEPT, str(ticket.number)),) if advised else ()
    correct = elements.button("Correct…", ids.CORRECT, str(ticket.number))
    yield elements.actions(_block_id(ticket, f"advice:{_shown(ticket)}"), *accept, correct)


def _controls(ticket: TicketSnapshot) -> Iterator[Block]:
    number = str(ticket.number)
    reply = elements.button("Reply…", ids.REPLY, number)
    more = elements.overflow(ids.MORE, _more(ticket))
    if ticket.status is Status.COMPLETED:
        yield elements.actions(_block_id(ticket, "act"), elements.button("Reopen", ids.REOPEN, number), reply, more)
        return
    yield elements.actions(
        _block_id(ticket, f"sort:{_shown(ticket)}"),
        elements.people_menu(ids.ASSIGN, "Assign to…"),
        elements.menu(ids.STATUS, "Status", STATUS_CHOICES, ticket.status.value),
        elements.menu(ids.PRIORITY, "Priority", PRIORITY_CHOICES, ticket.priority.value),
        elements.menu(ids.CATEGORY, "Category", CATEGORY_CHOICES, ticket.category.value if ticket.category else None),
    )
    take = () if ticket.assigned_to else (elements.button("Take", ids.TAKE, number, style="primary"),)
    resolve = elements.button("Resolve…", ids.RESOLVE, number)
    yield elements.actions(_block_id(ticket, "act"), *take, reply, resolve, more)


def _more(ticket: TicketSnapshot) -> dict[str, str]:
    publish = {ids.MAKE_PRIVATE: "Make private"} if ticket.is_public else {ids.PUBLISH: "Make public…"}
    if ticket.status is Status.COMPLETED:
        return {ids.NOTE: "Internal note…"} | publish
    wake = {ids.WAKE: "Bring back now"} if ticket.snoozed_until else {}
    return {ids.NOTE: "Internal note…", ids.SNOOZE: "Snooze…"} | wake | {ids.MERGE: "Merge…"} | publish


def _shown(ticket: TicketSnapshot) -> str:
    """What the card shows of what its menus set, so that a choice made on an older card can be told."""
    values = (
        ticket.priority.value,
        ticket.category.value if ticket.category else "",
        ticket.status.value,
        str(ticket.assigned_to.id) if ticket.assigned_to else "",
    )
    return ":".join(values)


def _block_id(ticket: TicketSnapshot, part: str) -> str:
    return ids.ticket_block_id(ticket.number, ticket.revision, part)
