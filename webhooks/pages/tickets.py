"""Pages of many tickets: the list, and filing a new one."""

from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, Field

from core.conversations.queries import undelivered
from core.errors import InvalidInputError
from core.people.queries import list_moderators
from core.people.values import Permission
from core.tickets.actions import NewTicket, StoredAttachment
from core.tickets.queries import TicketFilter, list_tickets
from core.tickets.values import TEXT_LENGTH, TITLE_LENGTH, Category, Priority, Status
from webhooks import tickets
from webhooks.pages.page import form_page, page, redirect
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


class TicketForm(BaseModel):
    title: Annotated[str, Field(max_length=TITLE_LENGTH)] = ""
    description: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""
    category: Category | None = None
    key: Annotated[str, Field(max_length=100)] = ""


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


async def show_new(visit: Visit) -> web.Response:
    """The form of a new ticket."""
    return _new_page(visit, TicketForm())


async def submit(visit: Visit, form: TicketForm, files: list[StoredAttachment]) -> web.Response:
    """File it, once, however often the button is pressed."""
    new = NewTicket(
        title=form.title,
        description=form.description,
        category=form.category,
        channel=visit.channel,
        attachments=files,
    )
    content = "\n".join([form.model_dump_json(), *(file.sha256 for file in files)])
    try:
        number, _ = await tickets.submit(visit, new, key=form.key, content=content.encode())
    except InvalidInputError as error:
        return _new_page(visit, form, error=error)
    return redirect(f"/tickets/{number}")


def _new_page(visit: Visit, form: TicketForm, *, error: InvalidInputError | None = None) -> web.Response:
    return form_page(
        visit,
        "ticket_new.html",
        status=422 if error else 200,
        form=form,
        key=form.key or visit.request_id,
        problem=str(error) if error else "",
        categories=list(Category),
        title_length=TITLE_LENGTH,
        text_length=TEXT_LENGTH,
    )
