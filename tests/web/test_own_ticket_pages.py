"""What requesters do on the page of a ticket of their own."""

import html
import re

import pytest

from core.people.values import Role
from tests.web.web_desk import Client, WebDesk, form_token


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


async def _edit_form(browser: Client, path: str = "/tickets/1/edit") -> dict[str, str]:
    """What a browser would send of the form as it is."""
    text = await (await browser.get(path)).text()
    fields = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', text))
    fields["description"] = html.unescape(text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    chosen = re.search(r'<option value="([^"]*)" selected', text)
    return {name: html.unescape(value) for name, value in fields.items()} | {"category": chosen[1] if chosen else ""}


async def test_an_edit_becomes_a_revision_that_moderators_see(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams", "description": "Both\nsides."})
    form = await _edit_form(ada)
    assert (form["title"], form["description"]) == ("The printer jams", "Both\nsides.")
    words = {"title": "The <b>printer</b> burns", "description": "On\r\nfire.", "category": "Bug"}
    answer = await ada.post("/tickets/1/edit", data=form | words, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/tickets/1")
    ticket = await (await grace.get("/api/v1/tickets/1")).json()
    assert (ticket["title"], ticket["description"]) == ("The <b>printer</b> burns", "On\nfire.")
    assert ticket["category"] == "Bug"
    page = await (await grace.get("/tickets/1")).text()
    assert "What it said before (1)" in page
    assert "The printer jams" in page
    assert "until Ada changed it" in page
    own = await (await ada.get("/tickets/1")).text()
    assert ", edited <time" in own
    assert "What it said before" not in own
    assert [one.action for one in await site.audit()][-2:] == ["ticket.edited", "ticket.changed"]


async def test_saving_without_a_change_leaves_no_revision(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams", "description": "Both\nsides."})
    form = await _edit_form(ada)
    form["description"] = form["description"].replace("\n", "\r\n")  # as browsers send it
    await ada.post("/tickets/1/edit", data=form, allow_redirects=False)
    assert (await (await ada.get("/api/v1/tickets/1")).json())["revision"] == 1


async def test_whoever_was_overtaken_sees_both_and_loses_nothing(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams"})
    form = await _edit_form(ada)
    await grace.patch("/api/v1/tickets/1", json={"title": "The printer of floor 3 jams"})
    answer = await ada.post("/tickets/1/edit", data=form | {"title": "Mine", "description": "My words"})
    text = await answer.text()
    assert answer.status == 409
    assert "meanwhile" in text
    for words in ('value="Mine"', "My words", "What it says now", "The printer of floor 3 jams"):
        assert words in text
    assert (await (await ada.get("/api/v1/tickets/1")).json())["title"] == "The printer of floor 3 jams"
    mark = text.partition('name="seen" value="')[2].partition('"')[0]
    again = await ada.post("/tickets/1/edit", data=form | {"title": "Mine", "seen": mark}, allow_redirects=False)
    assert again.status == 303
    assert (await (await ada.get("/api/v1/tickets/1")).json())["title"] == "Mine"


async def test_the_category_is_the_requesters_until_somebody_works_on_it(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams"})
    form = await _edit_form(ada) | {"category": "Bug"}
    await grace.patch("/api/v1/tickets/1", json={"category": "Question"})
    assert (await ada.post("/tickets/1/edit", data=form)).status == 409
    await grace.patch("/api/v1/tickets/1", json={"assigned_to": "me"})
    assert 'name="category"' not in await (await ada.get("/tickets/1/edit")).text()
    assert (await ada.post("/tickets/1/edit", data=form | {"category_seen": "Question"})).status == 409
    ticket = await (await ada.get("/api/v1/tickets/1")).json()
    assert (ticket["category"], ticket["revision"]) == ("Question", 3)


async def test_an_emptied_ticket_is_refused_beside_its_field(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams"})
    answer = await ada.post("/tickets/1/edit", data=await _edit_form(ada) | {"title": " ", "description": ""})
    assert answer.status == 422
    assert 'aria-invalid="true" aria-describedby="problem"' in await answer.text()


async def test_what_has_ended_is_not_edited(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams"})
    form = await _edit_form(ada)
    await ada.post("/api/v1/tickets/1/withdraw")
    late = await ada.get("/tickets/1/edit")
    assert late.status == 409
    assert "Withdrawn by its requester." in await late.text()  # the ticket itself, and not a bare error
    answer = await ada.post("/tickets/1/edit", data=form | {"title": "Kept words"})
    assert answer.status == 409
    assert "Kept words" in await answer.text()
    assert "/tickets/1/edit" not in await (await ada.get("/tickets/1")).text()


@pytest.mark.parametrize(("role", "status"), [(Role.USER, 404), (Role.MODERATOR, 403)])
@pytest.mark.parametrize("what", ["withdraw", "visibility", "edit"])
async def test_nobody_else_does(site: WebDesk, role: Role, status: int, what: str) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json={"title": "The printer jams", "is_public": False})
    other = await site.signed_in_as(role, "bob")
    form = {"csrf_token": await form_token(other, "/tickets/new")}
    assert (await other.post(f"/tickets/1/{what}", data=form, allow_redirects=False)).status == status
