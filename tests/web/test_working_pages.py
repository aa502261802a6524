"""What moderators do on a ticket's page beside answering: follow advice, snooze, merge; and their views of the list."""

import pytest

from core.people.values import Role, system_actor
from core.tickets.models import Ticket
from core.tickets.values import Category, Priority
from core.triage.actions import record_suggestion
from core.triage.values import Suggestion
from tests.web.web_desk import Client, Json, WebDesk, send_form

ADVICE = Suggestion(category=Category.BUG, priority=Priority.HIGH, reasoning="It fails.", confidence=0.998)


@pytest.fixture
async def grace(site: WebDesk) -> Client:
    """A moderator, with a ticket of Ada's to work on."""
    await site.ticket(await site.person("ada"))
    return await site.signed_in_as(Role.MODERATOR, "grace")


async def _ticket(browser: Client, number: int = 1) -> Json:
    ticket: Json = await (await browser.get(f"/api/v1/tickets/{number}")).json()
    return ticket


async def _press(browser: Client, what: str, **fields: str) -> tuple[int, str]:
    answer = await send_form(browser, f"/tickets/1/{what}", page="/tickets/1", follow=True, **fields)
    return answer.status, await answer.text()


async def test_advice_is_followed_by_one_press(site: WebDesk, grace: Client) -> None:
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        record_suggestion(uow, await uow.session.get_one(Ticket, 1), ADVICE)
        await uow.commit()
    page = await (await grace.get("/tickets/1")).text()
    assert "<dd>99 %</dd>" in page  # nothing is certain
    revision = page.partition('name="revision" value="')[2].partition('"')[0]
    status, page = await _press(grace, "advice", revision="0")
    assert status == 409
    status, page = await _press(grace, "advice", revision=revision)
    assert status == 200
    assert "That is right" not in page
    ticket = await _ticket(grace)
    assert (ticket["category"], ticket["priority"]) == ("Bug", "high")


async def test_a_snoozed_ticket_comes_back_on_the_morning_of_the_persons_zone(site: WebDesk, grace: Client) -> None:
    status, page = await _press(grace, "snooze", days="1", zone="Europe/Berlin")
    assert status == 200
    assert '<time datetime="2026-03-03T08:00:00+00:00">' in page
    assert "Wake it now" in page
    assert 'href="/tickets/1"' in await (await grace.get("/tickets?snoozed=true")).text()
    await grace.patch("/api/v1/users/profile", json={"time_zone": "America/New_York"})
    status, page = await _press(grace, "snooze", until="2026-03-20", zone="Europe/Berlin")
    assert '<time datetime="2026-03-20T13:00:00+00:00">' in page
    status, page = await _press(grace, "wake")
    assert status == 200
    assert "snoozed until" not in page
    assert 'href="/tickets/1"' not in await (await grace.get("/tickets?snoozed=true")).text()
    for wrong in ({}, {"until": "2020-01-01"}, {"until": "2029-01-01"}):
        status, page = await _press(grace, "snooze", **wrong)
        assert status == 422
        assert 'role="alert"' in page


async def test_a_ticket_is_merged_into_another(site: WebDesk, grace: Client) -> None:
    await site.ticket(await site.person("eve"), title="It jams, too")
    for wrong, told in (("", "Into which ticket?"), ("9", "There is no ticket #9"), ("1", "merged into itself")):
        status, page = await _press(grace, "merge", into=wrong)
        assert status == 422
        assert told in page
    status, page = await _press(grace, "merge", into=" #2")
    assert status == 200
    assert '<a class="badge" href="/tickets/2">merged into #2</a>' in page
    assert (await _ticket(grace))["status"] == "completed"


async def test_requesters_can_do_none_of_it(site: WebDesk, grace: Client) -> None:
    eve = await site.signed_in_as(Role.USER, "eve")
    await eve.post("/api/v1/tickets", json={"title": "Mine"})
    page = await (await eve.get("/tickets/2")).text()
    assert "Snooze" not in page
    assert "Merge" not in page
    for what in ("advice", "snooze", "wake", "merge"):
        answer = await send_form(eve, f"/tickets/2/{what}", page="/tickets/2", into="1", days="1")
        assert answer.status == 403


async def test_views_show_what_is_open_mine_and_nobodys(site: WebDesk, grace: Client) -> None:
    ada = await site.signed_in_as(Role.USER, "bob")
    for title in ("Second", "Third"):
        await ada.post("/api/v1/tickets", json={"title": title})
    await grace.patch("/api/v1/tickets/2", json={"assigned_to": "me"})
    await grace.patch("/api/v1/tickets/3", json={"resolution": "Done."})

    async def shown(query: str) -> tuple[list[int], str]:
        page = await (await grace.get(f"/tickets?{query}")).text()
        chosen = page.partition('aria-current="page">')[2]
        while chosen.startswith(("Tickets", "New")):
            chosen = chosen.partition('aria-current="page">')[2]
        numbers = [n for n in (1, 2, 3) if f'dir="auto" href="/tickets/{n}"' in page]
        return numbers, chosen.partition("<")[0]

    assert await shown("") == ([1, 2, 3], "All")
    assert await shown("status=open") == ([1, 2], "Open")
    assert await shown("status=open&assigned_to=me") == ([2], "Mine")
    assert await shown("status=open&assigned_to=none") == ([1], "Nobody&#39;s")
    assert await shown("snoozed=true") == ([], "Snoozed")
    assert (await shown("due=true"))[1].startswith("Due")
    own = await (await ada.get("/tickets?status=open")).text()
    assert 'href="/tickets/2"' in own
    assert 'href="/tickets/3"' not in own
    assert 'aria-label="Views"' not in own


async def test_an_answer_can_leave_the_next_step_to_the_requester(site: WebDesk, grace: Client) -> None:
    page = await (await grace.get("/tickets/1")).text()
    assert "Send, and wait for an answer" in page
    await _press(grace, "replies", text="Not for the requester.", kind="note", waits="true")
    assert (await _ticket(grace))["status"] == "pending"
    await _press(grace, "replies", text="Which printer is it?", kind="reply", waits="true")
    assert (await _ticket(grace))["status"] == "waiting"
    assert "Send, and wait for an answer" not in await (await grace.get("/tickets/1")).text()
    eve = await site.signed_in_as(Role.USER, "eve")
    await eve.post("/api/v1/tickets", json={"title": "Mine"})
    assert "wait for an answer" not in await (await eve.get("/tickets/2")).text()


async def test_several_tickets_of_the_list_are_changed_at_once(site: WebDesk, grace: Client) -> None:
    bob = await site.signed_in_as(Role.USER, "bob")
    for title in ("Second", "Third", "Fourth"):
        await bob.post("/api/v1/tickets", json={"title": title})
    chosen = {"ticket-1": "on", "ticket-3": "on"}
    fields = {"priority": "high", "assigned_to": "me", "back": "/tickets?status=open"}
    answer = await send_form(grace, "/tickets/several", page="/tickets", **chosen, **fields)
    assert (answer.status, answer.headers["Location"]) == (303, "/tickets?status=open")
    tickets = [await _ticket(grace, number) for number in (1, 2, 3)]
    assert [(one["priority"], bool(one["assigned_to"])) for one in tickets] == [
        ("high", True),
        ("low", False),
        ("high", True),
    ]
    await grace.delete("/api/v1/tickets/4")
    fields = {"assigned_to": "none", "category": "Bug", "back": "https://evil.example"}
    answer = await send_form(grace, "/tickets/several", page="/tickets", **chosen, **{"ticket-4": "on"}, **fields)
    page = await answer.text()
    assert answer.status == 422
    assert "#4: There is no ticket #4" in page
    assert [(await _ticket(grace, number))["category"] for number in (1, 2, 3)] == ["Bug", None, "Bug"]
    assert (await _ticket(grace))["assigned_to"] is None
    answer = await send_form(grace, "/tickets/several", page="/tickets", back="//evil.example", **chosen)
    assert answer.headers["Location"] == "/tickets"
    answer = await send_form(grace, "/tickets/several", page="/tickets", priority="low")
    assert "Choose at least one ticket." in await answer.text()
    assert "Choose #" not in await (await bob.get("/tickets")).text()
    assert (await send_form(bob, "/tickets/several", page="/account", **chosen)).status == 403
