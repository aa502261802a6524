"""How satisfied the requester is: by the link in the mail, on the ticket's page, and in the numbers."""

import re
from dataclasses import replace

from sqlalchemy import select

from core.people.models import User
from core.people.values import Role, system_actor
from core.tickets.models import Satisfaction
from core.tickets.queries import lock_ticket
from core.tickets.working import resolve_ticket
from tests.web.web_desk import WebDesk, send_form


async def solved(site: WebDesk, *, asks: bool = True) -> User:
    """A ticket of Ada's that has been solved, and the mail about it sent."""
    ada = await site.person("ada")
    await site.ticket(ada)
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        uow.policy = replace(uow.policy, asks_satisfaction=asks)
        await resolve_ticket(uow, await lock_ticket(uow, 1), resolution="Oiled it.")
        await uow.commit()
    await site.run_jobs("conversations.deliver")
    return ada


def link(site: WebDesk) -> str:
    body = site.outbox.mails[-1].get_body(("plain",))
    found = re.search(r"http://desk\.example(/satisfaction/[\w.-]+)", body.get_content() if body else "")
    assert found is not None
    return found[1]


async def answers(site: WebDesk) -> list[tuple[int | None, str, str]]:
    async with site.desk.reading(system_actor(1)) as reading:
        rows = await reading.session.scalars(select(Satisfaction))
        return [(row.score, row.comment, row.channel) for row in rows]


async def test_the_link_in_the_mail_asks_and_only_the_button_answers(site: WebDesk) -> None:
    """supabase/auth#1214: link scanners open whatever a mail holds."""
    await solved(site)
    address, browser = link(site), site.browser()
    for _ in range(2):
        shown = await browser.get(f"{address}?score=4")
        assert re.search(r'value="4" checked', await shown.text())
        assert (await browser.head(address)).status in {200, 405}
    assert await answers(site) == [(None, "", "")]
    sent = await send_form(browser, address, score="4", comment="Quick!")
    assert "Thank you" in await sent.text()
    assert await answers(site) == [(4, "Quick!", "email")]
    assert any(row.action == "ticket.rated" and row.actor_name == "Ada" for row in await site.audit())


async def test_a_link_that_was_not_signed_here_opens_nothing(site: WebDesk) -> None:
    await solved(site)
    address = link(site)
    for other in (
        address[:-1] + ("A" if address[-1] != "A" else "B"),
        address.replace("/1.1.", "/2.1."),
        "/satisfaction/" + "1" * 30,
    ):
        assert (await site.browser().get(other)).status == 404


async def test_a_score_that_is_none_is_refused(site: WebDesk) -> None:
    await solved(site)
    for score in ("0", "6", "x"):
        assert (await send_form(site.browser(), link(site), score=score)).status == 422
    assert await answers(site) == [(None, "", "")]


async def test_the_requester_answers_on_the_page_and_moderators_read_it(site: WebDesk) -> None:
    ada = await solved(site)
    browser = await site.signed_in(ada)
    await send_form(browser, "/tickets/1/satisfaction", page="/tickets/1", score="2", comment="It took long")
    moderator = await site.signed_in_as(Role.MODERATOR)
    assert "It took long" in await (await moderator.get("/tickets/1")).text()
    refused = await send_form(moderator, "/tickets/1/satisfaction", page="/tickets/1", score="5")
    assert refused.status == 403
    assert await answers(site) == [(2, "It took long", "web")]
    admin = await site.signed_in_as(Role.ADMIN)
    assert "2.0 of 5" in await (await admin.get("/admin")).text()
    numbers = (await (await admin.get("/api/v1/admin/stats")).json())["satisfaction"]
    assert (numbers["asked"], numbers["answered"], numbers["mean"], numbers["scores"]["2"]) == (1, 1, 2.0, 1)


async def test_nobody_is_asked_where_it_is_turned_off(site: WebDesk) -> None:
    ada = await solved(site, asks=False)
    body = site.outbox.mails[-1].get_body(("plain",))
    assert body is not None
    assert "satisfied" not in body.get_content()
    assert "satisfied" not in await (await (await site.signed_in(ada)).get("/tickets/1")).text()
    assert await answers(site) == []
