"""Private answers to commands: one ticket, my tickets, the queue, similar tickets."""

from collections.abc import Callable, Sequence

from bot.slack import limits
from bot.slack.blocks import elements, ids, pieces
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.commands import QueueView
from bot.slack.text import escape
from core.search.values import SimilarTicket
from core.tickets.values import ReplySnapshot, TicketSnapshot, category_label

Row = Callable[[TicketSnapshot, TicketUrl], Block]

ROWS = 20
_TEXT = 1_200
_REPLY = 500
_REPLIES = 5
_NAME = 200
_QUEUES = {
    QueueView.OPEN: "Open tickets",
    QueueView.MINE: "Your open tickets",
    QueueView.UNASSIGNED: "Open tickets of nobody",
}
_EMPTY = {
    QueueView.OPEN: "The queue is empty. 🎉",
    QueueView.MINE: "You have no open tickets. /triage unassigned shows those of nobody.",
    QueueView.UNASSIGNED: "Every open ticket is somebody's. 🎉",
}


def ticket_view(ticket: TicketSnapshot, replies: Sequence[ReplySnapshot], *, ticket_url: TicketUrl) -> Message:
    """A ticket for one person who may see it; `replies` are those that they may read, oldest first."""
    blocks = [elements.header(pieces.heading(ticket)), elements.fields(pieces.sorting_facts(ticket))]
    if ticket.description.strip():
        blocks.append(pieces.excerpt(ticket.description, _TEXT))
    if ticket.resolution.strip():
        blocks += [elements.section("*Resolution*"), pieces.excerpt(ticket.resolution, _TEXT)]
    for reply in replies[-_REPLIES:]:
        blocks.append(elements.context(f"*{escape(reply.author.name, _NAME)}*"))
        blocks.append(pieces.excerpt(reply.text, _REPLY))
    blocks.append(elements.context(pieces.page_link(ticket, ticket_url)))
    return pieces.message(pieces.heading(ticket), blocks)


def changed(ticket: TicketSnapshot, *, ticket_url: TicketUrl) -> Message:
    """What a ticket is now, as the answer to a command that changed it."""
    holder = f"👤 {escape(ticket.assigned_to.name, _NAME)}" if ticket.assigned_to else "nobody yet"
    return pieces.message(pieces.heading(ticket), [elements.section(f"{_row(ticket, ticket_url)} · {holder}")])


def my_tickets(tickets: Sequence[TicketSnapshot], *, ticket_url: TicketUrl) -> Message:
    """What one person has filed, newest first."""
    if not tickets:
        return pieces.notice("You have no tickets. /ticket opens a new one.")
    rows = [plain_row(ticket, ticket_url) for ticket in tickets[:ROWS]]
    return pieces.message("Your tickets", [elements.section("*Your tickets*"), *rows, *_more(tickets)])


def queue(tickets: Sequence[TicketSnapshot], view: QueueView, *, ticket_url: TicketUrl) -> Message:
    """A page of open tickets, for moderators; those of nobody can be taken on the spot."""
    if not tickets:
        return pieces.notice(_EMPTY[view])
    rows = [queue_row(ticket, ticket_url) for ticket in tickets[:ROWS]]
    heading = _QUEUES[view]
    return pieces.message(heading, [elements.section(f"*{heading}*"), *rows, *_next_page(tickets, view)])


def similar_to(text: str, found: Sequence[SimilarTicket], *, ticket_url: TicketUrl) -> Message:
    """The answer to `/ticket similar TEXT`."""
    asked = elements.context(f"Similar to: {escape(text, limits.CONTEXT_TEXT // 4)}")
    blocks = [asked, *pieces.similar_tickets(found, known=True, ticket_url=ticket_url)]
    return pieces.message("Similar resolved tickets", blocks)


def plain_row(ticket: TicketSnapshot, ticket_url: TicketUrl) -> Block:
    """A ticket in the list of its requester."""
    return elements.section(_row(ticket, ticket_url))


def queue_row(ticket: TicketSnapshot, ticket_url: TicketUrl) -> Block:
    """A ticket in a list of moderators, to be taken there if it is nobody's."""
    holder = f"👤 {escape(ticket.assigned_to.name, _NAME)}" if ticket.assigned_to else "nobody yet"
    row = elements.section(
        f"{_row(ticket, ticket_url)} · {holder}",
        accessory=None if ticket.assigned_to else elements.button("Take", ids.TAKE, str(ticket.number)),
    )
    return row | {"block_id": ids.ticket_block_id(ticket.number, ticket.revision, "row")}


def _row(ticket: TicketSnapshot, ticket_url: TicketUrl) -> str:
    return (
        f"{pieces.titled_link(ticket.number, ticket.title, ticket_url)}\n"
        f"{pieces.marked_status(ticket.status)} · {pieces.priority_label(ticket.priority)}"
        f" · {category_label(ticket.category)}"
    )


def _next_page(tickets: Sequence[TicketSnapshot], view: QueueView) -> list[Block]:
    if len(tickets) <= ROWS:
        return []
    value = ids.queue_page(view.value, tickets[ROWS - 1].id)
    return [elements.actions("queue", elements.button("Older ones", ids.QUEUE_PAGE, value))]


def _more(tickets: Sequence[TicketSnapshot]) -> list[Block]:
    return [elements.context(f"The newest {ROWS} are shown.")] if len(tickets) > ROWS else []
