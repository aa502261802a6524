"""What requesters do on the page of a ticket of their own."""

import pytest

from core.people.values import Role
from tests.web.web_desk import WebDesk, form_token


async def test_a_requester_withdraws_a_ticket_once(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER, "ada")
    await browser.post("/api/v1/tickets", json={"title": "The printer jams"})
    form = {"csrf_token": await form_token(browser, "/tickets/1")}
    statuses = [(await browser.post("/tickets/1/withdraw", data=form, allow_redirects=False)).status for _ in range(2)]
    assert statuses == [303, 409]
    page = await (await browser.get("/tickets/1")).text()
    assert "Withdrawn by its requester." in page
    assert "/tickets/1/withdraw" not in page


async def test_a_requester_says_who_reads_a_ticket(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER, "ada")
    await browser.post("/api/v1/tickets", json={"title": "The printer jams"})
    form = {"csrf_token": await form_token(browser, "/tickets/1")}
    for is_public, offered in (("true", "Make private"), ("false", "Make public")):
        await browser.post("/tickets/1/visibility", data=form | {"is_public": is_public})
        assert offered in await (await browser.get("/tickets/1")).text()


@pytest.mark.parametrize(("role", "status"), [(Role.USER, 404), (Role.MODERATOR, 403)])
@pytest.mark.parametrize("what", ["withdraw", "visibility"])
async def test_nobody_else_does(site: WebDesk, role: Role, status: int, what: str) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams", "is_public": False})
    other = await site.signed_in_as(role, "bob")
    form = {"csrf_token": await form_token(other, "/tickets/new")}
    assert (await other.post(f"/tickets/1/{what}", data=form, allow_redirects=False)).status == status
