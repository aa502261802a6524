"""The list of tickets."""

from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, Field

from core.conversations.queries import undelivered
from core.people.queries import list_moderators
from core.people.values import Permission
from core.tickets.queries import TicketFilter, list_tickets
from core.tickets.values import Category, Priority, Status
from webhooks import tickets
from webhooks.pages.page import page
from webhooks.site import Visit

PAGE_LENGTH = 25


class ListQuery(BaseModel):
    status: Status | None = None
    category: Category | None = None
    priority: Priority | None = None
    assigned_to: Annotated[str, Field(max_length=20)] = ""
    q: Annotated[str, Field(max_length=300)] = ""
    cursor: Annotated[int | None, Field(ge=1, lt=2**63)] = None

    def address(self, cursor: int) -> str:
        """Of the next page, with the same filters."""
        given = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return "/tickets?" + urlencode({**given, "cursor": cursor})


async def show_list(visit: Visit, query: ListQuery) -> web.Response:
    """One's own tickets; to those who work them, everybody's."""
    works = visit.may(Permission.WORK_TICKETS)
    async with visit.reading() as reading:
        assignee = None
        if query.assigned_to and query.assigned_to != "none":
            assignee = await tickets.find_assignee(reading, visit, query.assigned_to)
        found = await list_tickets(
            reading,
            TicketFilter(
                status=query.status,
                category=query.category,
                priority=query.priority,
                assigned_to_id=assignee.id if assignee else None,
                unassigned=query.assigned_to == "none",
                text=query.q,
                before_id=query.cursor,
                limit=PAGE_LENGTH,
            ),
        )
        moderators = await list_moderators(reading) if works else []
        not_received = await undelivered(reading, found) if works else set()
    return page(
        visit,
        "tickets.html",
        tickets=found,
        not_received=not_received,
        query=query,
        is_filtered=query != ListQuery(cursor=query.cursor),
        next_page=query.address(found[-1].id) if len(found) == PAGE_LENGTH else "",
        moderators=moderators,
        statuses=list(Status),
        categories=list(Category),
        priorities=list(Priority),
    )
