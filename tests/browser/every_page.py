"""A desk that has something on every page, and who reads which of them."""

import hashlib

from playwright.async_api import Page, expect
from sqlalchemy import select

from core.intake.values import Channel, InboundMessage
from core.people.models import User
from core.people.values import Role, system_actor
from core.tickets.actions import NewReply, add_internal_note
from core.tickets.queries import lock_ticket
from core.tickets.working import resolve_ticket
from tests.web.test_admin import dead_job
from tests.web.test_formatted import formatted_ticket
from tests.web.test_quarantine import HOSTILE
from tests.web.test_satisfaction import link as satisfaction_link
from tests.web.test_similar_feedback import TITLE, mailed_link
from tests.web.web_desk import WebDesk

ANYBODY = (
    "/login",
    "/register",
    "/auth/magic-link/no-such-link",
    "/satisfaction/no-such-link-of-this-desk",
    "/no-such-page",
)
REQUESTER = (
    *("/tickets", "/tickets?q=nothing+like+it", "/tickets/1", "/tickets/2", "/tickets/3", "/tickets/3/edit"),
    *("/tickets/99", "/tickets/new", "/tickets/new?kind=bug", "/account", "/admin"),
)
MODERATOR = ("/tickets", "/tickets?due=true", "/tickets?q=printer", "/tickets/2", "/tickets/3")
ADMIN = ("/admin", "/admin/audit", "/admin/users", "/admin/similar", "/admin/jobs", "/admin/quarantine")

Walk = list[tuple[User | None, tuple[str, ...]]]


async def every_page(site: WebDesk) -> Walk:
    """Who reads which pages of a desk that has something on each of them."""
    await site.solved(TITLE)
    await formatted_ticket(site, "<p>See <b>here</b></p>")
    async with site.desk.reading(system_actor(1)) as reading:
        named = {user.username: user for user in await reading.session.scalars(select(User))}
    ada, grace = named["ada"], named["grace"]
    async with site.desk.unit_of_work(site.actor_of(grace)) as uow:
        await add_internal_note(
            uow, await lock_ticket(uow, 2), NewReply(text="The roller.", channel="web"), author=grace
        )
        await resolve_ticket(uow, await lock_ticket(uow, 2), resolution="Oiled it.")
        await uow.commit()
    await site.run_jobs("conversations.deliver")
    rating = satisfaction_link(site)
    similar = await mailed_link(site, ada)
    await dead_job(site, "550 no such user")
    return [
        (None, (*ANYBODY, rating, similar, await site.link_of(ada))),
        (ada, REQUESTER),
        (grace, MODERATOR),
        (await site.person("root", Role.ADMIN), (*ADMIN, f"/admin/quarantine/{await _quarantined(site)}")),
    ]


async def _quarantined(site: WebDesk) -> int:
    mail = InboundMessage(
        channel=Channel.EMAIL,
        external_id=hashlib.sha256(HOSTILE).hexdigest(),
        raw=HOSTILE,
        received_at=site.clock.now(),
        recipients=("support@desk.example",),
    )
    accepted = await site.desk.intake.accept(mail)
    await site.run_jobs("intake.process")
    return accepted.intake_id


async def sign_in(site: WebDesk, page: Page, user: User) -> None:
    await page.context.clear_cookies()
    await page.goto(await site.link_of(user))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
