"""The app's Home tab, which one person sees alone: their tickets, the queues for moderators, the numbers for admins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.slack import limits
from bot.slack.blocks import elements, ids, lists
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import TicketUrl, marked_status
from bot.slack.text import link
from core.tickets.values import Status, TicketSnapshot

ROWS = 10
"""Of each list; three lists stay well below the 100 blocks of a view."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeContent:
    """What one person's Home shows; None leaves a part out. Each list may hold one ticket more than is shown."""

    mine: Sequence[TicketSnapshot]
    assigned: Sequence[TicketSnapshot] | None = None
    unassigned: Sequence[TicketSnapshot] | None = None
    numbers: Mapping[Status, int] | None = None


def home_view(content: HomeContent, *, ticket_url: TicketUrl, admin_url: str) -> Block:
    """The view for `views.publish`."""
    blocks = [elements.actions("home", elements.button("New ticket", ids.NEW_TICKET, "new", style="primary"))]
    if content.numbers is not None:
        counts = " · ".join(f"{marked_status(status)} *{count}*" for status, count in content.numbers.items())
        blocks.append(elements.section(f"{counts}\n{link(admin_url, 'Administration')}"))
    if content.assigned is not None:
        blocks += _list("Yours to solve", content.assigned, lists.queue_row, ticket_url, more="/triage mine")
    if content.unassigned is not None:
        blocks += _list("Nobody's yet", content.unassigned, lists.queue_row, ticket_url, more="/triage unassigned")
    blocks += _list("Your tickets", content.mine, lists.plain_row, ticket_url, more="/ticket mine")
    return {"type": "home", "callback_id": ids.HOME, "blocks": blocks[: limits.MODAL_BLOCKS]}


def _list(
    heading: str, tickets: Sequence[TicketSnapshot], row: lists.Row, ticket_url: TicketUrl, *, more: str
) -> Iterator[Block]:
    yield elements.header(heading)
    for ticket in tickets[:ROWS]:
        yield row(ticket, ticket_url)
    if len(tickets) > ROWS:
        yield elements.context(f"The newest {ROWS} are shown; `{more}` lists more.")
    if not tickets:
        yield elements.context("None.")
