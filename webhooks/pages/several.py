"""What moderators do to several tickets of the list at once."""

import re
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.people.queries import get_user
from core.tickets.models import Ticket
from core.tickets.values import Category, Priority, Status
from core.tickets.working import assign_ticket, set_fields
from webhooks import tickets
from webhooks.pages.page import own_address, redirect
from webhooks.pages.tickets import PAGE_LENGTH, ListQuery, list_page
from webhooks.site import Visit

CHOSEN = re.compile(r"ticket-([0-9]{1,9})")
NOBODY = "none"


class SeveralForm(BaseModel):
    """A field left out stays as it is on each ticket; those chosen are `ticket-N`. `back` is where they were chosen."""

    model_config = ConfigDict(extra="allow")

    status: Status | None = None
    priority: Priority | None = None
    category: Category | None = None
    assigned_to: str = ""
    back: str = ""

    @property
    def numbers(self) -> list[int]:
        """Of the tickets that were chosen, as many as a page of the list holds."""
        found = [CHOSEN.fullmatch(name) for name in self.model_extra or {}]
        return [int(one[1]) for one in found if one][:PAGE_LENGTH]


async def change(visit: Visit, form: SeveralForm) -> web.Response:
    """Change each by itself; those that cannot be are told, and the others are changed all the same."""
    fields = {"status": form.status, "priority": form.priority, "category": form.category}
    wanted: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        if form.assigned_to:
            assignee = None if form.assigned_to == NOBODY else await tickets.find_assignee(uow, visit, form.assigned_to)
            if (assignee.id if assignee else None) != ticket.assigned_to_id:
                await assign_ticket(uow, ticket, assignee=assignee and await get_user(uow, assignee.id))
        changed = {name: value for name, value in wanted.items() if value != getattr(ticket, name)}
        if changed:
            await set_fields(uow, ticket, **changed)

    refused: list[str] = []
    if not form.numbers:
        refused.append("Choose at least one ticket.")
    for number in form.numbers:
        try:
            await tickets.change(visit, number, act)
        except (InvalidInputError, ConflictError, NotFoundError) as error:
            refused.append(f"#{number}: {error}")
    if refused:
        return await list_page(visit, ListQuery(), problem=" ".join(refused), status=422)
    return redirect(own_address(form.back))
