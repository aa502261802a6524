"""How satisfied a requester is with a solution: by the link in the mail that told it, or on the ticket's page.

Looking changes nothing, so whatever opens links in mails answers for nobody; only the button does.
"""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from core.db.unit_of_work import UnitOfWork
from core.errors import NotFoundError
from core.people.models import User
from core.people.queries import get_user
from core.people.values import Actor
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.satisfaction import answer_satisfaction, asked_by_id, read_satisfaction_token
from core.tickets.values import COMMENT_LENGTH, SCORES
from webhooks import tickets
from webhooks.client import user_agent
from webhooks.pages.page import form_page, page, redirect
from webhooks.site import Visit

CHANNEL = "email"


class ScoreQuery(BaseModel):
    score: Annotated[int | None, Field(ge=min(SCORES), le=max(SCORES))] = None


class RatingForm(BaseModel):
    score: Annotated[int, Field(ge=min(SCORES), le=max(SCORES))]
    comment: Annotated[str, Field(max_length=COMMENT_LENGTH)] = ""


async def show(visit: Visit, token: str, query: ScoreQuery) -> web.Response:
    """The question, for whoever holds the link. It names the ticket by its number alone."""
    asked_id, organization_id = _link(visit, token)
    async with visit.desk.reading(_stranger(visit, organization_id)) as reading:
        row, ticket = await asked_by_id(reading, asked_id)
    chosen = query.score or row.score
    return form_page(
        visit, "satisfaction.html", number=ticket.number, chosen=chosen, scores=SCORES, comment_length=COMMENT_LENGTH
    )


async def record(visit: Visit, token: str, form: RatingForm) -> web.Response:
    """Keep the answer of the person the mail was for."""
    asked_id, organization_id = _link(visit, token)
    async with visit.desk.reading(_stranger(visit, organization_id)) as reading:
        row, ticket = await asked_by_id(reading, asked_id)
        person = await get_user(reading, row.user_id)
    if not person.is_active:
        raise NotFoundError("This link is no longer of use.")
    async with visit.unit_of_work(_as(visit, person)) as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        await answer_satisfaction(uow, locked, score=form.score, comment=form.comment or None)
        await uow.commit()
    return page(visit, "message.html", title="Thank you", text="Your answer helps us to do better.")


async def rate(visit: Visit, number: int, form: RatingForm) -> web.Response:
    """The same on the ticket's page, by its requester."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> None:
        await answer_satisfaction(uow, ticket, score=form.score, comment=form.comment)

    await tickets.change(visit, number, act)
    return redirect(f"/tickets/{number}#satisfaction")


def _link(visit: Visit, token: str) -> tuple[int, int]:
    link = read_satisfaction_token(visit.desk.link_key, token)
    if link is None:
        raise NotFoundError("This link is not whole.", mend="Copy all of it from the mail.")
    return link


def _stranger(visit: Visit, organization_id: int) -> Actor:
    return Actor(organization_id=organization_id, name="the holder of a link", channel=CHANNEL, address=visit.address)


def _as(visit: Visit, person: User) -> Actor:
    """Without the rights of their role: only their own answer is kept."""
    return Actor(
        organization_id=person.organization_id,
        user_id=person.id,
        name=person.display_name,
        channel=CHANNEL,
        address=visit.address,
        user_agent=user_agent(visit.request),
    )
