"""Where a mail's question leads whether a similar ticket helped. Looking changes nothing; only a button does."""

from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from core.errors import NotFoundError
from core.people.models import User
from core.people.queries import get_user
from core.people.values import Actor
from core.search.feedback import judge, shown_by_id
from core.search.feedback_links import FeedbackLink, read_feedback_token
from core.search.values import Verdict
from webhooks.client import user_agent
from webhooks.pages.page import form_page, page
from webhooks.site import Visit

CHANNEL = "email"


class VerdictForm(BaseModel):
    verdict: Literal["solved_it", "helpful", "not_helpful"]


async def show(visit: Visit, token: str) -> web.Response:
    """The similar ticket and three buttons, for whoever holds the link."""
    link = _link(visit, token)
    async with visit.desk.reading(_stranger(visit, link)) as reading:
        _, ticket = await shown_by_id(reading, link.shown_id)
    return form_page(visit, "similar_feedback.html", ticket=ticket)


async def record(visit: Visit, token: str, form: VerdictForm) -> web.Response:
    """Keep the verdict of the person the mail was for."""
    link = _link(visit, token)
    async with visit.desk.reading(_stranger(visit, link)) as reading:
        user = await get_user(reading, link.user_id)
    if not user.is_active:
        raise NotFoundError("This link is no longer of use.")
    async with visit.unit_of_work(_as(visit, user)) as uow:
        shown, _ = await shown_by_id(uow, link.shown_id)
        await judge(uow, shown, Verdict(form.verdict))
        await uow.commit()
    return page(visit, "message.html", title="Thank you", text="Your answer makes the next search better.")


def _link(visit: Visit, token: str) -> FeedbackLink:
    link = read_feedback_token(visit.desk.link_key, token)
    if link is None:
        raise NotFoundError("This link is not whole.", mend="Copy all of it from the mail.")
    return link


def _stranger(visit: Visit, link: FeedbackLink) -> Actor:
    return Actor(
        organization_id=link.organization_id,
        name="the holder of a link",
        channel=CHANNEL,
        address=visit.address,
        user_agent=user_agent(visit.request),
    )


def _as(visit: Visit, user: User) -> Actor:
    return Actor(
        organization_id=user.organization_id,
        user_id=user.id,
        role=user.role,
        name=user.display_name,
        channel=CHANNEL,
        address=visit.address,
        user_agent=user_agent(visit.request),
    )
