"""The app's Home tab, which one person sees alone: their tickets, the queues for moderators, the numbers for admins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.slack import limits
from bot.slack.blocks import elements, ids, lists, pieces
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import TicketUrl, marked_status
from bot.slack.text import link
from core.gathering.drafts import Draft
from core.gathering.values import Answer
from core.sla.values import DueCounts
from core.tickets.values import Status, TicketLine

ROWS = 10
"""Of each list; five lists stay below the 100 blocks of a view."""
_DRAFT = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What somebody who works tickets sees: their own work, then what waits for anybody. No ticket is in two lists."""

    counts: DueCounts
    assigned: Sequence[TicketLine] = ()
    due: Sequence[TicketLine] = ()
    unassigned: Sequence[TicketLine] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeContent:
    """What one person's Home shows; None leaves a part out. Each list may hold one ticket more than is shown."""

    mine: Sequence[TicketLine]
    drafts: Sequence[Draft] = ()
    joined: Sequence[TicketLine] = ()
    work: Work | None = None
    numbers: Mapping[Status, int] = field(default_factory=dict)


def home_view(content: HomeContent, *, ticket_url: TicketUrl, row: lists.Row, admin_url: str) -> Block:
    """The view for `views.publish`; `row` draws the moderators' tickets."""
    blocks = [elements.actions("home", elements.button("New ticket", ids.NEW_TICKET, "new", style="primary"))]
    if content.work is not None:
        blocks += _work(content.work, row)
    blocks += _drafts(content.drafts)
    heading = "Filed by you" if content.work else "Your tickets"
    plain = partial(lists.plain_row, ticket_url=ticket_url)
    none = "You have none. Besides this button, `/ticket` opens one, and so does a direct message to me."
    blocks += _list(heading, content.mine, plain, more="/ticket mine", none=none)
    if content.joined:
        blocks += _list("You take part in", content.joined, plain, more="/ticket mine")
    if content.numbers:
        counts = " · ".join(f"{marked_status(status)} *{count}*" for status, count in content.numbers.items())
        blocks += [elements.header("The desk"), elements.section(f"{counts}\n{link(admin_url, 'Administration')}")]
    return {"type": "home", "callback_id": ids.HOME, "blocks": blocks[: limits.MODAL_BLOCKS]}


def _drafts(drafts: Sequence[Draft]) -> Iterator[Block]:
    """The question that asks about one may be seen no more: those in channels go when Slack is started again."""
    if drafts:
        yield elements.header("Not filed yet")
    for draft in drafts:
        yield pieces.excerpt(draft.text, _DRAFT)
        labels = {
            Answer.JOIN: f"It belongs to #{draft.number}",
            Answer.FILE: "Make a ticket",
            Answer.DROP: "Never mind",
        }
        buttons = [
            elements.button(labels[answer], answer.value, str(draft.gathering_id))
            for answer in draft.answers
            if answer is not Answer.JOIN or draft.number is not None
        ]
        yield elements.actions(f"draft:{draft.gathering_id}", *buttons)


def _work(work: Work, row: lists.Row) -> Iterator[Block]:
    yield elements.section(_due_line(work.counts))
    none = "Nothing. Take one of those below, or `/triage unassigned` lists them."
    yield from _list("Yours to solve", work.assigned, row, more="/triage mine", none=none)
    if work.due:
        yield from _list("Overdue or due soon", work.due, row, more="/triage breaching")
    yield from _list("Nobody's yet", work.unassigned, row, more="/triage unassigned", none="None.")


def _due_line(counts: DueCounts) -> str:
    if not (counts.overdue or counts.soon):
        return "✅ Nothing is overdue or due soon."
    parts = [
        f"🔥 *{counts.overdue} overdue*" if counts.overdue else "",
        f"⏰ {counts.soon} due soon" if counts.soon else "",
    ]
    return " · ".join(part for part in parts if part)


def _list(heading: str, tickets: Sequence[TicketLine], row: lists.Row, *, more: str, none: str = "") -> Iterator[Block]:
    yield elements.header(heading)
    for ticket in tickets[:ROWS]:
        yield row(ticket)
    if len(tickets) > ROWS:
        yield elements.context(f"{ROWS} are shown; `{more}` lists more.")
    if not tickets:
        yield elements.context(none)
