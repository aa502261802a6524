"""One Idempotency-Key, one ticket, reply or file, however often it is sent."""

import asyncio

from aiohttp import FormData

from core.intake.models import Intake
from core.people.values import Role
from core.tickets.models import Ticket
from tests.web.test_tickets_api import NEW
from tests.web.web_desk import WebDesk


async def test_the_same_idempotency_key_files_one_ticket(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    key = {"Idempotency-Key": "order-7"}
    first = await browser.post("/api/v1/tickets", json=NEW, headers=key)
    again = await browser.post("/api/v1/tickets", json=NEW, headers=key)
    other = await browser.post("/api/v1/tickets", json=NEW | {"title": "Something else"}, headers=key)
    assert (first.status, again.status, other.status) == (201, 200, 409)
    assert (await first.json())["number"] == (await again.json())["number"]
    eve = await site.signed_in_as(Role.USER, "eve")
    assert (await eve.post("/api/v1/tickets", json=NEW, headers=key)).status == 201
    too_long = {"Idempotency-Key": "x" * 256}
    assert (await browser.post("/api/v1/tickets", json=NEW, headers=too_long)).status == 422
    assert await site.count(Ticket) == 2


async def test_one_key_sent_many_times_at_once_files_one_ticket(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    key = {"Idempotency-Key": "at once"}
    answers = await asyncio.gather(*(browser.post("/api/v1/tickets", json=NEW, headers=key) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert await site.count(Ticket) == 1
    assert await site.count(Intake) == 1


async def test_one_key_writes_one_reply_and_mails_it_once(site: WebDesk) -> None:
    await site.ticket(await site.person("ada"))
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    path, key = "/api/v1/tickets/1/comments", {"Idempotency-Key": "answer-1"}
    answers = await asyncio.gather(*(grace.post(path, json={"text": "Which one?"}, headers=key) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200] * 3 + [201]
    assert len({(await answer.json())["id"] for answer in answers}) == 1
    other = await grace.post(path, json={"text": "Which one?", "internal": True}, headers=key)
    assert other.status == 409
    assert (await grace.post("/api/v1/tickets", json=NEW, headers=key)).status == 409
    assert len((await (await grace.get(path)).json())["items"]) == 1
    await site.run_jobs("conversations.deliver")
    assert len([mail for mail in site.outbox.mails if "Which one?" in mail.as_string()]) == 1
    assert await site.count(Intake) == 1


async def test_one_key_attaches_files_once(site: WebDesk) -> None:
    ada = await site.signed_in_as(Role.USER, "ada")
    await ada.post("/api/v1/tickets", json=NEW)
    path, key = "/api/v1/tickets/1/attachments", {"Idempotency-Key": "photo"}

    def form(content: bytes) -> FormData:
        data = FormData()
        data.add_field("file", content, filename="photo.png", content_type="image/png")
        return data

    first = await ada.post(path, data=form(b"pixels"), headers=key)
    again = await ada.post(path, data=form(b"pixels"), headers=key)
    other = await ada.post(path, data=form(b"other pixels"), headers=key)
    assert (first.status, again.status, other.status) == (201, 200, 409)
    assert await first.json() == await again.json()
    assert len((await (await ada.get(path)).json())["items"]) == 1
