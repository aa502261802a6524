"""POST /webhooks/email/sendgrid (Inbound Parse), in the shapes of SendGrid's documentation."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest
from aiohttp import encode_basic_auth

from config.settings import Settings
from core.errors import TryAgainLaterError
from core.intake.ledger import Ledger
from core.people.values import Role
from tests.web.inbound_desk import (
    RAW,
    SENDGRID_TOKEN,
    SUPPORT,
    inbound_settings,
    ledger,
    multipart,
    stored,
    stored_mail,
)
from tests.web.web_desk import Client, WebDesk

PATH = "/webhooks/email/sendgrid"
BASIC = {"Authorization": encode_basic_auth("sendgrid", SENDGRID_TOKEN)}
ENVELOPE = json.dumps({"to": ["support+7@desk.example"], "from": "bounces@people.example"})
HEAD = (
    "Received: from mx by sendgrid\nMIME-Version: 1.0\nFrom: =?utf-8?q?Zo=C3=AB?=\n <zoe@people.example>\n"
    f"Message-ID: <s1@people.example>\nSubject: =?cp850?q?Gr=81=E1e?=\nTo: {SUPPORT}\n"
    'Content-Type: multipart/mixed; boundary="gone"\n'
)
PARSED: dict[str, str | bytes] = {
    "headers": HEAD,
    "from": "Zoë <zoe@people.example>",
    "to": SUPPORT,
    "subject": "Grüße".encode("cp850"),
    "text": "“Schöne” Grüße".encode("cp1252"),
    "html": "<p>Schöne Grüße</p>".encode("iso-8859-1"),
    "charsets": json.dumps({"text": "windows-1252", "html": "iso-8859-1", "subject": "cp850", "to": "UTF-8"}),
    "envelope": ENVELOPE,
    "attachments": "0",
    "spam_score": "1.7",
}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return inbound_settings(sqlite_url, tmp_path)


async def send(
    browser: Client, fields: dict[str, str | bytes], files: list[tuple[str, str, str, bytes]] | None = None
) -> int:
    body, headers = multipart(fields, files or [])
    return (await browser.post(PATH, data=body, headers=headers | BASIC)).status


async def test_the_raw_mail_is_stored_byte_for_byte(site: WebDesk, browser: Client) -> None:
    assert await send(browser, {"email": RAW, "envelope": ENVELOPE, "charsets": "{}"}) == 200
    assert await stored(site) == RAW
    (row,) = await ledger(site)
    assert (row.recipients, row.envelope_sender) == (["support+7@desk.example"], "bounces@people.example")


async def test_the_parts_become_a_faithful_mail_in_every_charset(site: WebDesk, browser: Client) -> None:
    assert await send(browser, PARSED) == 200
    mail = await stored_mail(site)
    assert (mail.subject, mail.message_id, mail.from_[0].name) == ("Grüße", "s1@people.example", "Zoë")
    assert (mail.text, mail.raw_html) == ("“Schöne” Grüße", "<p>Schöne Grüße</p>")
    assert mail.headers.raw("received") == ["from mx by sendgrid"]


async def test_without_the_header_block_the_fields_stand_in(site: WebDesk, browser: Client) -> None:
    assert await send(browser, {name: value for name, value in PARSED.items() if name != "headers"}) == 200
    mail = await stored_mail(site)
    assert (mail.subject, mail.from_[0].name, mail.to[0].email) == ("Grüße", "Zoë", SUPPORT)


async def test_attachments_keep_their_bytes_and_their_places(site: WebDesk, browser: Client) -> None:
    content = bytes(range(256))
    info = {
        "attachment1": {"filename": "log ä.txt", "name": "x", "type": "text/plain", "charset": "us-ascii"},
        "attachment2": {"filename": "logo.png", "type": "image/png", "content-id": "logo@x"},
    }
    fields = {**PARSED, "attachment-info": json.dumps(info), "content-ids": json.dumps({"logo@x": "attachment2"})}
    files = [("attachment1", "log.txt", "text/plain", content), ("attachment2", "l.png", "image/png", b"\x89PNG")]
    assert await send(browser, fields, files) == 200
    found = {one.filename: (one.content, one.inline, one.content_id) for one in (await stored_mail(site)).attachments}
    assert found == {"log ä.txt": (content, False, ""), "logo.png": (b"\x89PNG", True, "logo@x")}


async def test_it_becomes_a_ticket(site: WebDesk, browser: Client) -> None:
    await send(browser, PARSED)
    await site.run_jobs("intake.process")
    ticket = await (await (await site.signed_in_as(Role.ADMIN)).get("/api/v1/tickets/1")).json()
    assert (ticket["title"], ticket["created_by"]["email"]) == ("Grüße", "zoe@people.example")


async def test_the_same_post_again_adds_nothing(site: WebDesk, browser: Client) -> None:
    assert [await send(browser, PARSED), await send(browser, PARSED)] == [200, 200]
    assert len(await ledger(site)) == 1


async def test_the_token_may_stand_in_the_path(site: WebDesk, browser: Client) -> None:
    body, headers = multipart(PARSED)
    assert (await browser.post(f"{PATH}/{SENDGRID_TOKEN}", data=body, headers=headers)).status == 200
    assert (await browser.post(f"{PATH}/wrong", data=body, headers=headers)).status == 401
    assert (await browser.post(PATH, data=body, headers=headers)).status == 401
    assert len(await ledger(site)) == 1


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=b", b"--b"),
        ("application/x-www-form-urlencoded", b"subject=only"),
        (
            "application/x-www-form-urlencoded",
            b'text=x&to=a%40elsewhere.example&envelope={"to":["a@elsewhere.example"]}',
        ),
    ],
)
async def test_what_can_never_be_taken_is_refused_for_good(
    site: WebDesk, browser: Client, content_type: str, body: bytes
) -> None:
    """osTicket#5050: permanent is 4xx, temporary 503, and the two are never mixed up."""
    answer = await browser.post(PATH, data=body, headers={"Content-Type": content_type} | BASIC)
    assert answer.status == 422
    assert await ledger(site) == []


async def test_more_than_this_desk_takes_is_refused_for_good(site: WebDesk, browser: Client) -> None:
    size = 25 * 1024 * 1024 + 1
    assert await send(browser, {"email": b"Subject: x\r\n\r\n" + b"x" * size, "envelope": ENVELOPE}) == 422
    assert await ledger(site) == []


async def test_a_database_that_is_away_means_try_again(site: WebDesk, browser: Client) -> None:
    with patch.object(Ledger, "accept", side_effect=TryAgainLaterError("The database cannot be reached just now.")):
        assert await send(browser, PARSED) == 503
    assert await send(browser, PARSED) == 200
    assert len(await ledger(site)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"charsets": "no json", "envelope": "["},
        {"charsets": '{"text": "no-such-charset", "html": "x\\r\\ny", "subject": "foo"}'},
        {"headers": b"\xff\xfe no header block at all", "subject": b"\xff"},
        {"attachment-info": '{"attachment1": 7}', "content-ids": '{"a": ["b"], "c": {}}'},
        {"envelope": '{"to": "support@desk.example", "from": null}'},
    ],
)
async def test_an_odd_value_is_no_reason_to_lose_a_mail(
    site: WebDesk, browser: Client, changed: dict[str, str | bytes]
) -> None:
    assert await send(browser, {**PARSED, **changed}, [("attachment1", "a", "b", b"c")]) == 200
    await site.run_jobs("intake.process")
    assert (await ledger(site))[0].decided_at is not None
