"""POST /webhooks/email/postmark, in the shape of Postmark's documentation."""

import base64
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import encode_basic_auth

from config.settings import Settings
from core.errors import TryAgainLaterError
from core.intake.ledger import Ledger
from core.people.values import Role
from tests.web.inbound_desk import POSTMARK_TOKEN, RAW, SUPPORT, as_json, inbound_settings, ledger, stored, stored_mail
from tests.web.web_desk import Client, WebDesk

PATH = "/webhooks/email/postmark"
BASIC = {"Authorization": encode_basic_auth("postmark", POSTMARK_TOKEN)}
FILE = bytes(range(256))
POST: dict[str, Any] = {
    "MessageStream": "inbound",
    "From": "ada@people.example",
    "FromFull": {"Email": "ada@people.example", "Name": "Ada, Countess of Lovelace", "MailboxHash": ""},
    "To": '"Help" <support+12.abc@desk.example>',
    "ToFull": [{"Email": "support+12.abc@desk.example", "Name": "Help", "MailboxHash": "12.abc"}],
    "CcFull": [{"Email": "bob@people.example", "Name": "", "MailboxHash": ""}],
    "OriginalRecipient": "support+12.abc@desk.example",
    "ReplyTo": "ada@home.example",
    "Subject": "Der Drucker klemmt 🖨",
    "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b",
    "Date": "Mon, 2 Mar 2026 09:58:00 +0100",
    "TextBody": "Beidseitig.\n",
    "HtmlBody": "<p>Beidseitig.</p>",
    "StrippedTextReply": "",
    "Headers": [
        {"Name": "Return-Path", "Value": "<bounces@people.example>"},
        {"Name": "Received", "Value": "from mx by inbound"},
        {"Name": "Message-ID", "Value": "<p1@people.example>"},
        {"Name": "In-Reply-To", "Value": "<reply.12.x@desk.example>"},
    ],
    "Attachments": [
        {
            "Name": "log ä.txt",
            "Content": base64.b64encode(FILE).decode(),
            "ContentType": "text/plain",
            "ContentLength": len(FILE),
        },
        {
            "Name": "logo.png",
            "Content": base64.b64encode(b"\x89PNG").decode(),
            "ContentType": "image/png",
            "ContentID": "logo@people",
        },
    ],
}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return inbound_settings(sqlite_url, tmp_path)


async def test_the_parts_become_a_faithful_mail(site: WebDesk, browser: Client) -> None:
    answer = await browser.post(PATH, data=as_json(POST), headers=BASIC)
    assert (answer.status, (await answer.json())["status"]) == (200, "accepted")
    (row,) = await ledger(site)
    assert (row.recipients, row.envelope_sender) == (["support+12.abc@desk.example"], "bounces@people.example")
    mail = await stored_mail(site)
    assert [(box.name, box.email) for box in mail.from_] == [("Ada, Countess of Lovelace", "ada@people.example")]
    assert [box.email for box in (*mail.to, *mail.cc)] == ["support+12.abc@desk.example", "bob@people.example"]
    assert (mail.subject, mail.message_id, mail.in_reply_to) == (
        "Der Drucker klemmt 🖨", "p1@people.example", ("reply.12.x@desk.example",)
    )  # fmt: skip
    assert (mail.text, mail.raw_html) == ("Beidseitig.", "<p>Beidseitig.</p>")
    assert [(one.filename, one.content, one.inline) for one in mail.attachments] == [
        ("logo.png", b"\x89PNG", True),
        ("log ä.txt", FILE, False),
    ]


async def test_the_raw_mail_is_taken_where_it_is_included(site: WebDesk, browser: Client) -> None:
    raw = RAW.decode("latin-1")
    answer = await browser.post(PATH, data=as_json(POST | {"RawEmail": raw}), headers=BASIC)
    assert answer.status == 200
    assert await stored(site) == raw.encode()


async def test_it_becomes_a_ticket(site: WebDesk, browser: Client) -> None:
    await browser.post(PATH, data=as_json(POST), headers=BASIC)
    await site.run_jobs("intake.process")
    ticket = await (await (await site.signed_in_as(Role.ADMIN)).get("/api/v1/tickets/1")).json()
    assert (ticket["title"], ticket["created_by"]["email"]) == ("Der Drucker klemmt 🖨", "ada@people.example")


async def test_the_same_post_again_adds_nothing(site: WebDesk, browser: Client) -> None:
    first = await browser.post(PATH, data=as_json(POST), headers=BASIC)
    again = await browser.post(PATH, data=as_json(POST), headers=BASIC)
    assert (again.status, await again.json()) == (200, {**await first.json(), "status": "known"})
    assert len(await ledger(site)) == 1


@pytest.mark.parametrize("path", [f"{PATH}/{POSTMARK_TOKEN}", f"{PATH}/{POSTMARK_TOKEN.replace(' ', '%20')}"])
async def test_the_token_may_stand_in_the_path(site: WebDesk, browser: Client, path: str) -> None:
    assert (await browser.post(path, data=as_json(POST))).status == 200
    assert len(await ledger(site)) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (PATH, {}),
        (PATH, {"Authorization": encode_basic_auth("postmark", "wrong")}),
        (PATH, {"Authorization": encode_basic_auth(POSTMARK_TOKEN, "")}),
        (f"{PATH}/wrong", {}),
        (f"{PATH}/%FF%ED%A0%80", {}),
        (f"{PATH}/wrong", BASIC),
    ],
)
async def test_without_the_token_nothing_is_taken(
    site: WebDesk, browser: Client, path: str, headers: dict[str, str]
) -> None:
    answer = await browser.post(path, data=as_json(POST), headers=headers)
    assert answer.status == 401
    assert POSTMARK_TOKEN not in await answer.text()
    assert await ledger(site) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not valid JSON"),
        (b"[1]", "A JSON object"),
        (b"[" * 100_000, "not valid JSON"),
        (as_json({"RecordType": "Bounce", "Type": "HardBounce", "Email": "x@y.example"}), "bounce webhook"),
        (as_json({}), "not a mail"),
        (
            as_json(POST | {"OriginalRecipient": "nobody@elsewhere.example", "ToFull": [], "To": "", "CcFull": []}),
            "Nobody",
        ),
    ],
)
async def test_what_can_never_be_taken_is_refused_for_good(
    site: WebDesk, browser: Client, body: bytes, said: str
) -> None:
    """Postmark stops trying at 403 alone (osTicket#5050: permanent and temporary are never mixed up)."""
    answer = await browser.post(PATH, data=body, headers=BASIC)
    assert answer.status == 403
    assert said in (await answer.json())["detail"]
    assert await ledger(site) == []


async def test_a_database_that_is_away_means_try_again(site: WebDesk, browser: Client) -> None:
    with patch.object(Ledger, "accept", side_effect=TryAgainLaterError("The database cannot be reached just now.")):
        answer = await browser.post(PATH, data=as_json(POST), headers=BASIC)
    assert answer.status == 503
    assert (await browser.post(PATH, data=as_json(POST), headers=BASIC)).status == 200
    assert len(await ledger(site)) == 1


async def test_mail_forwarded_to_postmarks_own_address_is_routed_by_whom_it_names(
    site: WebDesk, browser: Client
) -> None:
    post = POST | {
        "OriginalRecipient": "0a1b@inbound.postmark.example",
        "ToFull": [{"Email": SUPPORT, "Name": ""}, {"Email": "other@elsewhere.example", "Name": ""}],
    }
    assert (await browser.post(PATH, data=as_json(post), headers=BASIC)).status == 200
    (row,) = await ledger(site)
    assert row.recipients == [
        "0a1b@inbound.postmark.example", SUPPORT, "other@elsewhere.example", "bob@people.example"
    ]  # fmt: skip


async def test_a_mail_that_names_nobody_is_for_the_support_address(site: WebDesk, browser: Client) -> None:
    post = {"FromFull": {"Email": "ada@people.example", "Name": "Win 💲 now: https://x.example/?a=1 *"}}
    assert (await browser.post(PATH, data=as_json(post), headers=BASIC)).status == 200
    (row,) = await ledger(site)
    assert row.recipients == [SUPPORT]
    assert (await stored_mail(site)).from_[0].name == "Win 💲 now: https://x.example/?a=1 *"


@pytest.mark.parametrize(
    "changed",
    [
        {"Subject": None, "ReplyTo": None, "HtmlBody": None, "Attachments": None, "CcFull": None},
        {"Subject": 7, "Headers": "none", "Attachments": [1, None, {}], "FromFull": []},
        {"Subject": "cut \ud83d", "TextBody": "\ud800"},
        {"Attachments": [{"Name": None, "Content": "no base64!", "ContentType": None}]},
        {"OriginalRecipient": SUPPORT + "\x00", "Subject": "a\x00b"},
        {"Headers": [{"Name": "Return-Path", "Value": "x" * 5000 + "\x00@x.example"}]},
    ],
)
async def test_an_odd_value_is_no_reason_to_lose_a_mail(
    site: WebDesk, browser: Client, changed: dict[str, Any]
) -> None:
    """zammad#2754: one bad mail never stops the door."""
    answer = await browser.post(PATH, data=as_json(POST | changed), headers=BASIC)
    assert answer.status == 200, await answer.text()
    await site.run_jobs("intake.process")
    assert (await ledger(site))[0].decided_at is not None


async def test_the_door_is_shut_without_a_token(browser: Client, site: WebDesk) -> None:
    from dataclasses import replace  # noqa: PLC0415 (only here an option changes)

    from webhooks.site import SITE  # noqa: PLC0415 (see above)

    parts = site.server.app[SITE]
    parts.options = replace(parts.options, postmark_token=None)
    assert (await browser.post(PATH, data=as_json(POST), headers=BASIC)).status == 404
