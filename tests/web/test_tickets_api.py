"""The JSON API of tickets."""

import pytest
from aiohttp import FormData
from sqlalchemy import select

from core.intake.models import Intake
from core.people.values import Role, system_actor
from core.tickets.models import Reply, Ticket
from tests.web.web_desk import Client, WebDesk

NEW = {"title": "The printer jams", "description": "Whenever I print on both sides."}
CONTRACT_NAMES = {
    "number", "title", "description", "category", "priority", "status", "is_public", "helpful_notes", "resolution",
    "related_skills", "created_by", "assigned_to", "created_at", "updated_at",
}  # fmt: skip


async def test_a_ticket_is_filed_with_the_names_of_the_contract(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER, "ada")
    answer = await browser.post("/api/v1/tickets", json=NEW)
    ticket = await answer.json()
    assert (answer.status, answer.headers["Location"]) == (201, "/api/v1/tickets/1")
    assert ticket.keys() >= CONTRACT_NAMES
    assert (ticket["number"], ticket["category"], ticket["priority"], ticket["status"]) == (1, None, "low", "pending")
    assert (ticket["is_public"], ticket["created_by"]["name"]) == (False, "Ada")
    assert (await (await browser.get("/api/v1/tickets/1")).json()) == ticket


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": "  ", "description": "\n"}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "x", "description": "y" * 100_001}, "description"),
        ({"title": "x", "category": "Nonsense"}, "category"),
        ({"title": "x", "priority": "urgent"}, "priority"),
        ({"title": ["x"]}, "title"),
    ],
)
async def test_a_ticket_with_a_mistake_is_refused_and_nothing_is_written(
    site: WebDesk, body: dict[str, object], field: str
) -> None:
    browser = await site.signed_in_as(Role.USER)
    answer = await browser.post("/api/v1/tickets", json=body)
    assert answer.status == 422
    assert (await answer.json())["errors"][0]["field"] == field
    assert await site.count(Ticket) == 0
    assert await site.count(Intake) == 0


async def test_hostile_characters_are_kept_harmless(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    title = "<script>alert(1)</script>\x00 \u202e {{ 7*7 }} ' OR 1=1 --"
    number = (await (await browser.post("/api/v1/tickets", json={"title": title})).json())["number"]
    page = await (await browser.get(f"/tickets/{number}")).text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page


async def test_what_is_written_under_an_unproven_address_counts_as_unverified(site: WebDesk) -> None:
    ada = await site.signed_in(await site.person("ada", password="correct horse battery"))
    eve = site.browser()
    await site.person("eve", password="correct horse battery", email_verified=False)
    credentials = {"login": "eve", "password": "correct horse battery"}
    assert (await eve.post("/api/v1/auth/login", json=credentials)).status == 200
    for browser, verified in ((ada, True), (eve, False)):
        ticket = await (await browser.post("/api/v1/tickets", json=NEW)).json()
        assert ticket["sender_verified"] is verified
        await browser.post(f"/api/v1/tickets/{ticket['number']}/comments", json={"text": "More."})
    async with site.desk.reading(system_actor(1)) as reading:
        replies = (await reading.session.scalars(select(Reply).order_by(Reply.id))).all()
    assert [reply.sender_verified for reply in replies] == [True, False]


async def test_lists_filter_and_page(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    ada = await site.signed_in_as(Role.USER, "ada")
    for number in range(1, 6):
        await ada.post("/api/v1/tickets", json={"title": f"Ticket {number}"})
    await grace.post("/api/v1/tickets", json={"title": "The odd one", "category": "Bug", "priority": "high"})
    await grace.patch("/api/v1/tickets/2", json={"assigned_to": "me"})

    async def numbers(query: str, browser: Client = grace) -> list[int]:
        answer = await browser.get(f"/api/v1/tickets{query}")
        assert answer.status == 200, await answer.text()
        return [one["number"] for one in (await answer.json())["items"]]

    assert await numbers("") == [6, 5, 4, 3, 2, 1]
    assert await numbers("?status=in_progress") == [2]
    assert await numbers("?category=Bug") == [6]
    assert await numbers("?priority=high&status=pending") == [6]
    assert await numbers("?assigned_to=me") == [2]
    assert await numbers("?assigned_to=grace@people.example") == [2]
    assert await numbers("?assigned_to=none") == [6, 5, 4, 3, 1]
    assert await numbers("?q=odd") == [6]
    assert await numbers("?q=%25") == []
    assert await numbers("/my") == [6]
    assert await numbers("/my", ada) == [5, 4, 3, 2, 1]
    page = await (await grace.get("/api/v1/tickets?limit=4")).json()
    assert [one["number"] for one in page["items"]] == [6, 5, 4, 3]
    assert await numbers(f"?limit=4&cursor={page['next_cursor']}") == [2, 1]
    assert (await (await grace.get("/api/v1/tickets?limit=6")).json())["next_cursor"] is None
    for bad in ("?status=open", "?limit=0", "?limit=201", "?cursor=x", "?cursor=-1", "?assigned_to=nobody"):
        assert (await grace.get(f"/api/v1/tickets{bad}")).status == 422


async def test_a_moderator_sorts_assigns_resolves_and_reopens(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    await site.ticket(await site.person("ada"))
    change = {"category": "Bug", "priority": "high", "related_skills": ["printers"], "assigned_to": "grace"}
    ticket = await (await grace.patch("/api/v1/tickets/1", json=change)).json()
    assert (ticket["category"], ticket["priority"], ticket["status"]) == ("Bug", "high", "in_progress")
    assert ticket["assigned_to"]["name"] == "Grace"
    nobody = await (await grace.patch("/api/v1/tickets/1", json={"assigned_to": None})).json()
    assert nobody["assigned_to"] is None
    assert (await grace.patch("/api/v1/tickets/1", json={"status": "completed"})).status == 422
    assert (await grace.patch("/api/v1/tickets/1", json={"resolution": "x", "status": "pending"})).status == 422
    assert (await grace.patch("/api/v1/tickets/1", json={"resolution": " "})).status == 422
    done = {"resolution": "Cleaned the rollers.", "status": "completed", "is_public": True, "helpful_notes": "roller"}
    ticket = await (await grace.patch("/api/v1/tickets/1", json=done)).json()
    assert (ticket["status"], ticket["resolution"], ticket["helpful_notes"]) == (
        "completed", "Cleaned the rollers.", "roller"
    )  # fmt: skip
    again = await (await grace.patch("/api/v1/tickets/1", json={"status": "in_progress"})).json()
    assert (again["status"], again["resolved_at"]) == ("in_progress", None)


async def test_a_stale_change_is_refused(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    seen = (await (await grace.get("/api/v1/tickets/1")).json())["revision"]
    assert (await grace.patch("/api/v1/tickets/1", json={"priority": "high", "revision": seen})).status == 200
    assert (await grace.patch("/api/v1/tickets/1", json={"priority": "low", "revision": seen})).status == 409
    assert (await (await grace.get("/api/v1/tickets/1")).json())["priority"] == "high"


@pytest.mark.parametrize("body", [{}, {"unknown": 1}, {"revision": 1}])
async def test_a_change_of_nothing_is_a_mistake(site: WebDesk, body: dict[str, int]) -> None:
    grace = await site.signed_in_as(Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    assert (await grace.patch("/api/v1/tickets/1", json=body)).status == 422


async def test_a_failed_change_leaves_nothing_half_written(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    answer = await grace.patch("/api/v1/tickets/1", json={"priority": "high", "assigned_to": "ada"})
    assert answer.status == 422
    assert (await (await grace.get("/api/v1/tickets/1")).json())["priority"] == "low"


@pytest.mark.parametrize("field", ["category", "priority", "title", "resolution"])
async def test_a_field_cannot_be_emptied(site: WebDesk, field: str) -> None:
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    await grace.post("/api/v1/tickets", json=NEW | {"category": "Bug"})
    answer = await grace.patch("/api/v1/tickets/1", json={field: None, "assigned_to": "me"})
    assert (answer.status, (await answer.json())["errors"][0]["field"]) == (422, field)
    ticket = await (await grace.get("/api/v1/tickets/1")).json()
    assert (ticket["category"], ticket["assigned_to"]) == ("Bug", None)


async def test_assigning_alone_is_recorded_as_that_alone(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    await grace.post("/api/v1/tickets", json=NEW)
    assert (await grace.patch("/api/v1/tickets/1", json={"assigned_to": "me", "revision": 9})).status == 409
    assert (await grace.patch("/api/v1/tickets/1", json={"assigned_to": "me", "revision": 1})).status == 200
    actions = [record.action for record in await site.audit() if record.entity_type == "ticket"]
    assert actions == ["ticket.submitted", "ticket.assigned"]


async def test_the_requester_may_correct_their_words(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json=NEW)
    changed = await (await ada.patch("/api/v1/tickets/1", json={"title": "Two printers jam"})).json()
    assert changed["title"] == "Two printers jam"


async def test_a_deleted_ticket_can_be_restored(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    assert (await grace.delete("/api/v1/tickets/1")).status == 204
    assert (await grace.delete("/api/v1/tickets/1")).status == 204
    assert (await grace.get("/api/v1/tickets/1")).status == 404
    assert (await grace.post("/api/v1/tickets/1/comments", json={"text": "x"})).status == 404
    restored = await grace.post("/api/v1/tickets/1/restore")
    assert restored.status == 200
    assert (await restored.json())["deleted_at"] is None
    actions = [record.action for record in await site.audit() if record.entity_type == "ticket"]
    assert actions == ["ticket.submitted", "ticket.deleted", "ticket.restored"]


async def test_comments_are_public_or_internal(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    ada = await site.signed_in(await site.person("ada"))
    await ada.post("/api/v1/tickets", json=NEW)
    answer = await grace.post("/api/v1/tickets/1/comments", json={"text": "Which one?"})
    comment = await answer.json()
    assert (answer.status, comment["internal"], comment["author"]["name"]) == (201, False, "Grace")
    assert comment["author"]["email"] == "grace@people.example"
    note = await (await grace.post("/api/v1/tickets/1/comments", json={"text": "Again", "internal": True})).json()
    assert note["internal"] is True
    seen = (await (await ada.get("/api/v1/tickets/1/comments")).json())["items"]
    assert [(one["text"], one["author"]["email"]) for one in seen] == [("Which one?", None)]
    assert (await ada.post("/api/v1/tickets/1/comments", json={"text": ""})).status == 422
    assert (await ada.post("/api/v1/tickets/9/comments", json={"text": "x"})).status == 404


async def test_files_come_back_byte_for_byte_and_only_as_downloads(site: WebDesk) -> None:
    """uvdesk/mailbox-component#112, osTicket#3764: SVG and HTML are downloads only, from a no-script response."""
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json=NEW)
    content = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>\x00\xff'
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("text", "Here is a picture.")
    form.add_field("file", content, filename="..\\..\\a/Bild ü.svg", content_type="image/svg+xml")
    answer = await ada.post("/api/v1/tickets/1/attachments", data=form)
    file = (await answer.json())["items"][0]
    assert (answer.status, file["filename"], file["size"]) == (201, "Bild ü.svg", len(content))
    for path in (f"/api/v1/tickets/1/attachments/{file['id']}", f"/tickets/1/attachments/{file['id']}"):
        got = await ada.get(path)
        assert await got.read() == content
        assert got.content_type == "application/octet-stream"
        assert got.headers["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in got.headers["Content-Security-Policy"]
    comments = (await (await ada.get("/api/v1/tickets/1/comments")).json())["items"]
    assert [(one["text"], len(one["attachments"])) for one in comments] == [("Here is a picture.", 1)]
    assert (await ada.get("/api/v1/tickets/1/attachments/999")).status == 404
    eve = await site.signed_in_as(Role.USER, "eve")
    assert (await eve.get(f"/tickets/1/attachments/{file['id']}")).status == 404
    assert (await eve.get(f"/api/v1/tickets/1/attachments/{file['id']}")).status == 404


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml", "text/xml", "image/svg+xml", "image/png"])
async def test_no_file_runs_in_the_readers_browser_whatever_it_says_to_be(site: WebDesk, kind: str) -> None:
    """freescout#1359, osTicket#3764: a page or picture with a script in it."""
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json=NEW)
    form = FormData()
    form.add_field("file", b"<html><script>alert(1)</script>", filename="page.html", content_type=kind)
    file = (await (await ada.post("/api/v1/tickets/1/attachments", data=form)).json())["items"][0]
    for path in (f"/api/v1/tickets/1/attachments/{file['id']}", f"/tickets/1/attachments/{file['id']}"):
        got = await ada.get(path)
        assert (got.content_type, got.headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
        assert got.headers["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in got.headers["Content-Security-Policy"]


async def test_an_upload_that_is_none_is_refused(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json=NEW)
    path = "/api/v1/tickets/1/attachments"
    assert (await ada.post(path, data=b"x", headers={"Content-Type": "text/plain"})).status == 415
    broken = {"Content-Type": "multipart/form-data"}
    assert (await ada.post(path, data=b"x", headers=broken)).status == 400
    empty = FormData()
    empty.add_field("text", "only words", content_type="text/plain")
    assert (await ada.post(path, data=empty)).status in {400, 415, 422}
    large = FormData()
    large.add_field("file", b"x" * (25 * 1024 * 1024 + 1), filename="large.bin")
    refused = await ada.post(path, data=large)
    assert refused.status == 413
    told = (await refused.json())["detail"]
    assert "does not fit" in told
    assert "25 MiB" in told
    assert (await (await ada.get("/api/v1/tickets/1/comments")).json())["items"] == []
