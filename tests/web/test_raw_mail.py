"""POST /webhooks/email/raw: 2xx only after the commit, 4xx for good, 503 to try again."""

from unittest.mock import patch

import pytest
from aiohttp import encode_basic_auth
from sqlalchemy import select

from core.errors import TryAgainLaterError
from core.intake.ledger import Ledger
from core.intake.models import Intake, RawMessage
from core.people.values import Role, system_actor
from tests.web.web_desk import INBOUND_TOKEN, Client, WebDesk

PATH = "/webhooks/email/raw?recipient=support@desk.example"
BEARER = {"Authorization": f"Bearer {INBOUND_TOKEN}"}
MAIL = (
    b"From: Ada <ada@people.example>\r\nTo: support@desk.example\r\nSubject: The printer jams\r\n"
    b"Message-ID: <1@people.example>\r\n\r\nBoth sides.\xff\r\n"
)


async def ledger(site: WebDesk) -> list[Intake]:
    async with site.desk.reading(system_actor(1)) as reading:
        return list((await reading.session.scalars(select(Intake))).all())


async def test_a_mail_is_stored_byte_for_byte_before_the_answer(site: WebDesk, browser: Client) -> None:
    answer = await browser.post(PATH, data=MAIL, headers=BEARER)
    assert answer.status == 202
    row = (await ledger(site))[0]
    assert (row.id, row.recipients, row.client_address) == (
        (await answer.json())["intake"], ["support@desk.example"], "127.0.0.1"
    )  # fmt: skip
    async with site.desk.reading(system_actor(1)) as reading:
        assert (await reading.session.scalars(select(RawMessage.content))).one() == MAIL


async def test_the_same_mail_again_adds_nothing(site: WebDesk, browser: Client) -> None:
    """zammad#1662: one mail, two tickets."""
    first = await browser.post(PATH, data=MAIL, headers=BEARER)
    again = await browser.post(PATH, data=MAIL, headers=BEARER)
    assert (again.status, (await again.json())["status"]) == (200, "known")
    assert (await again.json())["intake"] == (await first.json())["intake"]
    assert len(await ledger(site)) == 1


async def test_it_becomes_a_ticket(site: WebDesk, browser: Client) -> None:
    await browser.post(PATH, data=MAIL, headers=BEARER)
    await site.run_jobs("intake.process")
    admin = await site.signed_in_as(Role.ADMIN)
    ticket = await (await admin.get("/api/v1/tickets/1")).json()
    assert (ticket["title"], ticket["created_by"]["email"]) == ("The printer jams", "ada@people.example")


async def test_basic_authentication_will_do(browser: Client) -> None:
    headers = {"Authorization": encode_basic_auth("anybody", INBOUND_TOKEN)}
    answer = await browser.post(PATH, data=MAIL, headers=headers)
    assert answer.status == 202


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", "Basic !!!", "Basic eDp5", f"Digest {INBOUND_TOKEN}", "Bearer ü"]
)
async def test_without_the_token_nothing_is_taken(site: WebDesk, browser: Client, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = await browser.post(PATH, data=MAIL, headers=headers)
    assert answer.status == 401
    assert INBOUND_TOKEN not in await answer.text()
    assert await ledger(site) == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (PATH, b"", 422),
        ("/webhooks/email/raw", MAIL, 422),
        ("/webhooks/email/raw?recipient=stranger@elsewhere.example", MAIL, 422),
        (PATH, b"x" * (25 * 1024 * 1024 + 1), 413),
    ],
)
async def test_what_can_never_be_taken_is_refused_for_good(
    site: WebDesk, browser: Client, path: str, body: bytes, status: int
) -> None:
    """osTicket#5050: permanent is 4xx, temporary 503, and the two are never mixed up."""
    answer = await browser.post(path, data=body, headers=BEARER)
    assert answer.status == status
    assert await ledger(site) == []


async def test_a_database_that_is_away_means_try_again(site: WebDesk, browser: Client) -> None:
    with patch.object(Ledger, "accept", side_effect=TryAgainLaterError("The database cannot be reached just now.")):
        answer = await browser.post(PATH, data=MAIL, headers=BEARER)
    assert answer.status == 503
    assert "Retry-After" in answer.headers
    assert await ledger(site) == []


async def test_any_bytes_are_taken(site: WebDesk, browser: Client) -> None:
    """zammad#2754: one bad mail never stops the door; what cannot be read ends in quarantine."""
    answer = await browser.post(PATH, data=bytes(range(256)) * 4, headers=BEARER)
    assert answer.status == 202
    await site.run_jobs("intake.process")
    assert (await ledger(site))[0].decided_at is not None


async def test_the_door_is_shut_without_a_token(site: WebDesk, browser: Client) -> None:
    from dataclasses import replace  # noqa: PLC0415 (only here an option changes)

    from webhooks.site import SITE  # noqa: PLC0415 (see above)

    parts = site.server.app[SITE]
    parts.options = replace(parts.options, inbound_token=None)
    assert (await browser.post(PATH, data=MAIL, headers=BEARER)).status == 404
