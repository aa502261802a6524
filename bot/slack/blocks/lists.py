"""Private answers to commands: one ticket, my tickets, the queue, similar tickets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from bot.slack import limits
from bot.slack.blocks import elements, ids, own_ticket, pieces
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.commands import QueueView, ShowQueue
from bot.slack.text import escape, link
from core.search.values import SimilarTicket
from core.sla.values import SlaPolicy, running_clock
from core.tickets.public import PublicTicket
from core.tickets.values import ReplySnapshot, TicketLine, TicketSnapshot, category_label

Row = Callable[[TicketLine], Block]

ROWS = 20
_TEXT = 1_200
_REPLY = 500
_REPLIES = 5
_NAME = 200
_QUEUES = {
    QueueView.OPEN: "Open tickets",
    QueueView.MINE: "Your open tickets",
    QueueView.UNASSIGNED: "Open tickets of nobody",
    QueueView.BREACHING: "Overdue or due soon",
    QueueView.SNOOZED: "Snoozed tickets",
}
_EMPTY = {
    QueueView.OPEN: "The queue is empty. 🎉",
    QueueView.MINE: "You have no open tickets. /triage unassigned shows those of nobody.",
    QueueView.UNASSIGNED: "Every open ticket is somebody's. 🎉",
    QueueView.BREACHING: "Nothing is overdue or due soon. 🎉",
    QueueView.SNOOZED: "No ticket is snoozed.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueRows:
    """Draws tickets for moderators, with what is due by `policy` at `now`; those of nobody can be taken on the spot."""

    ticket_url: TicketUrl
    policy: SlaPolicy
    now: datetime

    def __call__(self, ticket: TicketLine) -> Block:
        holder = f"👤 {escape(ticket.assigned_to.name, _NAME)}" if ticket.assigned_to else "nobody yet"
        row = elements.section(
            f"{_row(ticket, self.ticket_url)} · {holder}{self._times(ticket)}",
            accessory=None if ticket.assigned_to else elements.button("Take", ids.TAKE, str(ticket.number)),
        )
        return row | {"block_id": ids.ticket_block_id(ticket.number, ticket.revision, "row")}

    def _times(self, ticket: TicketLine) -> str:
        clock = running_clock(ticket, self.policy, self.now)
        due = pieces.due_in(clock, self.now) if clock else ""
        asleep = f"💤 until {pieces.moment(ticket.snoozed_until)}" if ticket.snoozed_until else ""
        told = " · ".join(part for part in (due, asleep) if part)
        return f"\n{told}" if told else ""


class Part(Enum):
    """What somebody who may see a ticket is to it."""

    REQUESTER = auto()
    PARTICIPANT = auto()
    MODERATOR = auto()


def ticket_view(
    ticket: TicketSnapshot,
    replies: Sequence[ReplySnapshot],
    *,
    ticket_url: TicketUrl,
    part: Part = Part.MODERATOR,
) -> Message:
    """A ticket for one person who may see it; `replies` are those that they may read, oldest first."""
    blocks = _problem_and_solution(ticket)
    for reply in replies[-_REPLIES:]:
        blocks.append(elements.context(f"*{escape(reply.author.name, _NAME)}*"))
        blocks.append(pieces.excerpt(reply.text, _REPLY))
    if part is Part.REQUESTER:
        blocks += own_ticket.controls(ticket)
    elif part is Part.PARTICIPANT:
        blocks += own_ticket.way_out(ticket)
    blocks.append(elements.context(pieces.page_link(ticket, ticket_url)))
    return pieces.message(pieces.heading(ticket), blocks)


def public_ticket_view(ticket: PublicTicket, *, ticket_url: TicketUrl) -> Message:
    """A public ticket for somebody who is not in it."""
    told = "🌐 Public: who is in it and what they wrote each other is not shown."
    told += f" {pieces.page_link(ticket, ticket_url)}"
    return pieces.message(pieces.heading(ticket), [*_problem_and_solution(ticket), elements.context(told)])


def _problem_and_solution(ticket: TicketSnapshot | PublicTicket) -> list[Block]:
    blocks = [elements.header(pieces.heading(ticket)), elements.fields(pieces.sorting_facts(ticket))]
    if ticket.description.strip():
        blocks.append(pieces.excerpt(ticket.description, _TEXT))
    if ticket.resolution.strip():
        blocks += [elements.section("*Resolution*"), pieces.excerpt(ticket.resolution, _TEXT)]
    return blocks


def changed(ticket: TicketSnapshot, *, ticket_url: TicketUrl) -> Message:
    """What a ticket is now, as the answer to a command that changed it."""
    holder = f"👤 {escape(ticket.assigned_to.name, _NAME)}" if ticket.assigned_to else "nobody yet"
    return pieces.message(pieces.heading(ticket), [elements.section(f"{_row(ticket, ticket_url)} · {holder}")])


def my_tickets(
    filed: Sequence[TicketLine], joined: Sequence[TicketLine], *, ticket_url: TicketUrl, all_url: str
) -> Message:
    """What one person has filed, and what they only take part in, newest first; `all_url` is where the rest is."""
    if not (filed or joined):
        return pieces.notice("You have no tickets. /ticket opens a new one.")
    blocks = []
    for heading, tickets in (("Your tickets", filed), ("You take part in", joined)):
        if tickets:
            rows = [plain_row(ticket, ticket_url=ticket_url) for ticket in tickets[:ROWS]]
            blocks += [elements.section(f"*{heading}*"), *rows, *_more(tickets, all_url)]
    return pieces.message("Your tickets", blocks)


def queue(tickets: Sequence[TicketLine], asked: ShowQueue, *, row: Row) -> Message:
    """A page of open tickets, for moderators, which may hold one more than is shown."""
    if not tickets:
        return pieces.notice(_EMPTY[asked.view])
    rows = [row(ticket) for ticket in tickets[:ROWS]]
    heading = _QUEUES[asked.view]
    return pieces.message(heading, [elements.section(f"*{heading}*"), *rows, *_next_page(tickets, asked)])


def similar_to(text: str, found: Sequence[SimilarTicket], *, ticket_url: TicketUrl) -> Message:
    """The answer to `/ticket similar TEXT`."""
    asked = elements.context(f"Similar to: {escape(text, limits.CONTEXT_TEXT // 4)}")
    blocks = [asked, *pieces.similar_tickets(found, known=True, ticket_url=ticket_url)]
    return pieces.message("Similar resolved tickets", blocks)


def plain_row(ticket: TicketLine, *, ticket_url: TicketUrl) -> Block:
    """A ticket in the list of its requester."""
    return elements.section(_row(ticket, ticket_url))


def _row(ticket: TicketLine, ticket_url: TicketUrl) -> str:
    return (
        f"{pieces.titled_link(ticket.number, ticket.title, ticket_url)}\n"
        f"{pieces.marked_status(ticket.status)} · {pieces.priority_label(ticket.priority)}"
        f" · {category_label(ticket.category)}"
    )


def _next_page(tickets: Sequence[TicketLine], asked: ShowQueue) -> list[Block]:
    if len(tickets) <= ROWS:
        return []
    by_urgency = asked.view is QueueView.BREACHING
    cursor = (asked.before_id or 0) + ROWS if by_urgency else tickets[ROWS - 1].id
    label = "Less urgent ones" if by_urgency else "Older ones"
    value = ids.queue_page(asked.view.value, cursor)
    return [elements.actions("queue", elements.button(label, ids.QUEUE_PAGE, value))]


def _more(tickets: Sequence[TicketLine], all_url: str) -> list[Block]:
    if len(tickets) <= ROWS:
        return []
    return [elements.context(f"The newest {ROWS} are shown. {link(all_url, 'All of them')}")]
