"""Bringing people into a ticket, by page and by API."""

from core.people.values import Role
from tests.web.web_desk import Client, WebDesk, send_form


async def test_a_moderator_adds_an_address_to_one_ticket_and_removes_it(site: WebDesk) -> None:
    requester = await site.person("ada")
    await site.ticket(requester, title="The printer jams")
    moderator = await site.signed_in_as(Role.MODERATOR, "grace")
    added = await send_form(moderator, "/tickets/1/people", page="/tickets/1", name="Vendor@Printers.example")
    assert added.status == 303
    assert "vendor@printers.example" in await (await moderator.get("/tickets/1")).text()
    (person,) = (await (await moderator.get("/api/v1/tickets/1/participants")).json())["items"]
    removed = await send_form(moderator, f"/tickets/1/people/{person['id']}/remove", page="/tickets/1")
    assert removed.status == 303
    assert (await (await moderator.get("/api/v1/tickets/1/participants")).json())["items"] == []


async def test_what_cannot_be_is_said_on_the_page(site: WebDesk) -> None:
    await site.ticket(await site.person("ada"))
    moderator = await site.signed_in_as(Role.MODERATOR, "grace")
    for name, told in (("nobody-here", "Nobody here is known"), ("grace", "sees this one anyway")):
        answer = await send_form(moderator, "/tickets/1/people", page="/tickets/1", name=name)
        assert answer.status in {409, 422}
        assert told in await answer.text()


async def test_by_api_a_participant_sees_that_ticket_alone(site: WebDesk) -> None:
    ada, bea = await site.person("ada"), await site.person("bea")
    await site.ticket(ada)
    await site.ticket(ada)
    moderator, browser = await site.signed_in_as(Role.MODERATOR, "grace"), await site.signed_in(bea)
    assert (await browser.get("/api/v1/tickets/1")).status == 404
    added = await moderator.post("/api/v1/tickets/1/participants", json={"name": "bea"})
    assert added.status == 201
    assert [await _status(browser, number) for number in (1, 2)] == [200, 404]
    again = await moderator.post("/api/v1/tickets/1/participants", json={"name": "bea"})
    assert again.status == 409
    assert (await moderator.delete(f"/api/v1/tickets/1/participants/{bea.id}")).status == 204
    assert await _status(browser, 1) == 404


async def test_only_moderators_change_who_takes_part(site: WebDesk) -> None:
    ada = await site.person("ada")
    await site.ticket(ada)
    browser = await site.signed_in(ada)
    assert (await browser.post("/api/v1/tickets/1/participants", json={"name": "ada"})).status == 403
    assert (await browser.get("/api/v1/tickets/1/participants")).status == 403


async def test_whoever_takes_part_leaves_by_page_and_by_api(site: WebDesk) -> None:
    ada, bea = await site.person("ada"), await site.person("bea")
    await site.ticket(ada)
    moderator, browser = await site.signed_in_as(Role.MODERATOR, "grace"), await site.signed_in(bea)
    for leave in ("page", "api"):
        await moderator.post("/api/v1/tickets/1/participants", json={"name": "bea"})
        assert "Leave" in await (await browser.get("/tickets/1")).text()
        if leave == "page":
            left = await send_form(browser, "/tickets/1/leave", page="/tickets/1")
            assert (left.status, left.headers["Location"]) == (303, "/tickets")
        else:
            assert (await browser.delete(f"/api/v1/tickets/1/participants/{ada.id}")).status == 403
            assert (await browser.delete(f"/api/v1/tickets/1/participants/{bea.id}")).status == 204
        assert await _status(browser, 1) == 404
    assert [record.action for record in await site.audit()].count("ticket.left") == 2


async def test_whoever_filed_a_ticket_or_works_it_is_not_offered_to_leave(site: WebDesk) -> None:
    ada = await site.person("ada")
    await site.ticket(ada)
    for browser in (await site.signed_in(ada), await site.signed_in_as(Role.MODERATOR, "grace")):
        assert "/tickets/1/leave" not in await (await browser.get("/tickets/1")).text()
    requester = await site.signed_in(ada)
    assert (await requester.delete(f"/api/v1/tickets/1/participants/{ada.id}")).status == 409


async def _status(browser: Client, number: int) -> int:
    return int((await browser.get(f"/api/v1/tickets/{number}")).status)
