"""The list of tickets, and of those that are overdue or due soon."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, Field

from core.conversations.queries import undelivered
from core.db.unit_of_work import Reading
from core.people.queries import list_moderators
from core.people.values import Permission
from core.sla.queries import count_due, list_due
from core.sla.values import Clock, DueCounts, running_clock
from core.tickets.models import Ticket
from core.tickets.queries import TicketFilter, list_tickets
from core.tickets.values import Category, Priority, Status
from webhooks import tickets
from webhooks.pages.page import form_page, page, redirect
from webhooks.paging import page_of
from webhooks.site import Visit

PAGE_LENGTH = 25


OPEN = "open"
"""Stands for every status but completed."""


class ListQuery(BaseModel):
    status: Status | Literal["open"] | None = None
    category: Category | None = None
    priority: Priority | None = None
    assigned_to: Annotated[str, Field(max_length=20)] = ""
    q: Annotated[str, Field(max_length=300)] = ""
    snoozed: bool = False
    due: bool = False
    cursor: Annotated[int | None, Field(ge=1, lt=2**63)] = None

    def address(self, cursor: int) -> str:
        """Of the next page, with the same filters."""
        given = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return "/tickets?" + urlencode({**given, "cursor": cursor})


async def show_list(visit: Visit, query: ListQuery) -> web.Response:
    """One's own tickets; to those who work them, everybody's."""
    return await list_page(visit, query)


async def list_page(visit: Visit, query: ListQuery, *, problem: str = "", status: int = 200) -> web.Response:
    """The list, with what was refused of a change to several tickets."""
    works = visit.may(Permission.WORK_TICKETS)
    if query.due and works:
        return await _show_due(visit, query)
    async with visit.reading() as reading:
        assignee = None
        if query.assigned_to and query.assigned_to != "none":
            assignee = await tickets.find_assignee(reading, visit, query.assigned_to)
        found = await list_tickets(
            reading,
            TicketFilter(
                status=query.status if isinstance(query.status, Status) else None,
                open_only=query.status == OPEN,
                snoozed=True if query.snoozed and works else None,
                category=query.category,
                priority=query.priority,
                assigned_to_id=assignee.id if assignee else None,
                unassigned=query.assigned_to == "none",
                text=query.q,
                before_id=query.cursor,
                limit=PAGE_LENGTH + 1,
            ),
        )
        found, cursor = page_of(found, PAGE_LENGTH)
        named = next((one for one in found if query.q.strip() == f"#{one.number}"), None)
        if named is not None:
            return redirect(f"/tickets/{named.number}")
        moderators = await list_moderators(reading) if works else []
        not_received = await undelivered(reading, found) if works else set()
        due_counts = await count_due(reading) if works else DueCounts(0, 0)
        clocks = _clocks(reading, found) if works else {}
    return form_page(
        visit,
        "tickets.html",
        status=status,
        problem=problem,
        back=visit.request.path_qs if visit.request.method == "GET" else "/tickets",
        tickets=found,
        not_received=not_received,
        due_counts=due_counts,
        clocks=clocks,
        query=query,
        is_filtered=query != ListQuery(cursor=query.cursor),
        next_page=query.address(cursor) if cursor else "",
        moderators=moderators,
        statuses=[OPEN, *Status],
        open_statuses=[status for status in Status if status is not Status.COMPLETED],
        categories=list(Category),
        priorities=list(Priority),
    )


async def _show_due(visit: Visit, query: ListQuery) -> web.Response:
    """Most urgent first; the cursor says how many were on the pages before."""
    after = query.cursor or 0
    async with visit.reading() as reading:
        due = await list_due(reading, limit=PAGE_LENGTH + 1, after=after)
        found, cursor = page_of([one.ticket for one in due], PAGE_LENGTH)
        not_received = await undelivered(reading, found)
        due_counts = await count_due(reading)
    return page(
        visit,
        "tickets.html",
        tickets=found,
        clocks={one.ticket.id: one.clock for one in due},
        not_received=not_received,
        due_counts=due_counts,
        is_filtered=True,
        query=query,
        next_page=query.address(after + PAGE_LENGTH) if cursor else "",
    )


def _clocks(reading: Reading, found: Sequence[Ticket]) -> Mapping[int, Clock]:
    """The promise of each ticket that is due next."""
    policy, now = reading.policy.sla, reading.clock.now()
    clocks = {ticket.id: running_clock(ticket.snapshot(), policy, now) for ticket in found}
    return {ticket_id: clock for ticket_id, clock in clocks.items() if clock is not None}
