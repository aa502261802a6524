"""What requesters do on the page of a ticket of their own."""

from aiohttp import web
from pydantic import BaseModel

from core.db.unit_of_work import UnitOfWork
from core.tickets.models import Ticket
from core.tickets.own import show_own, withdraw_own
from webhooks.pages.ticket import change_and_show
from webhooks.site import Visit


class VisibilityForm(BaseModel):
    is_public: bool = False


async def withdraw(visit: Visit, number: int) -> web.Response:
    """Complete a ticket that its requester no longer needs."""
    return await change_and_show(visit, number, withdraw_own)


async def set_visibility(visit: Visit, number: int, form: VisibilityForm) -> web.Response:
    """Say whether everybody may read it."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        await show_own(uow, ticket, is_public=form.is_public)

    return await change_and_show(visit, number, act)
