"""What requesters do with a ticket of their own by the JSON API."""

import pytest

from core.people.values import Role
from core.tickets.own import WITHDRAWN
from tests.web.web_desk import Client, Json, WebDesk

NEW = {"title": "The printer jams", "description": "Both sides.", "is_public": False}
PATH = "/api/v1/tickets/1"


@pytest.fixture
async def ada(site: WebDesk) -> Client:
    browser = await site.signed_in_as(Role.USER, "ada")
    await browser.post("/api/v1/tickets", json=NEW)
    return browser


async def test_withdrawing_completes_it_once(ada: Client) -> None:
    await ada.patch(PATH, json={"is_public": True})
    ticket = await (await ada.post(f"{PATH}/withdraw")).json()
    assert (ticket["status"], ticket["resolution"], ticket["is_public"]) == ("completed", WITHDRAWN, False)
    again = await ada.post(f"{PATH}/withdraw")
    assert (again.status, again.content_type) == (409, "application/problem+json")
    assert "completed already" in (await again.json())["detail"]


@pytest.mark.parametrize(("role", "status"), [(Role.USER, 404), (Role.MODERATOR, 403)])
async def test_only_its_requester_withdraws(site: WebDesk, ada: Client, role: Role, status: int) -> None:
    other = await site.signed_in_as(role, "bob")
    assert (await other.post(f"{PATH}/withdraw")).status == status
    assert (await site.browser().post(f"{PATH}/withdraw")).status == 401
    assert (await (await ada.get(PATH)).json())["status"] == "pending"


async def test_the_requester_changes_what_is_theirs(ada: Client) -> None:
    own = {"title": "Two printers jam", "description": "One side.", "category": "Bug", "is_public": True}
    ticket = await (await ada.patch(PATH, json=own | {"revision": 1})).json()
    assert {name: ticket[name] for name in own} == own
    assert (await ada.patch(PATH, json={"title": "Late", "revision": 1})).status == 409
    assert (await (await ada.get(PATH)).json())["title"] == "Two printers jam"


@pytest.mark.parametrize("body", [{"priority": "high"}, {"status": "waiting"}, {"title": "x", "helpful_notes": "y"}])
async def test_what_is_not_theirs_changes_nothing(ada: Client, body: Json) -> None:
    assert (await ada.patch(PATH, json=body)).status == 403
    assert (await (await ada.get(PATH)).json())["revision"] == 1


@pytest.mark.parametrize("body", [{"title": "x"}, {"category": "Bug"}, {"is_public": True}])
async def test_what_has_ended_stays_as_it_is(ada: Client, body: Json) -> None:
    await ada.post(f"{PATH}/withdraw")
    assert (await ada.patch(PATH, json=body)).status == 409
