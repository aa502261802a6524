"""POST /webhooks/email/mailgun, in the shapes of Mailgun's documentation."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest

from config.settings import Settings
from core.errors import TryAgainLaterError
from core.intake.ledger import Ledger
from core.people.values import Role
from tests.web.inbound_desk import (
    RAW,
    SUPPORT,
    as_json,
    inbound_settings,
    ledger,
    mailgun_fields,
    multipart,
    stored,
    stored_mail,
)
from tests.web.web_desk import Client, WebDesk
from webhooks.inbound.mailgun import OLDEST, signature

PATH = "/webhooks/email/mailgun"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HEADERS = [
    ["X-Envelope-From", "<bounces@people.example>"],
    ["Received", "from mx by mailgun"],
    ["From", "Zoë <zoe@people.example>"],
    ["Subject", "Grüße"],
    ["Message-Id", "<m1@people.example>"],
    ["To", f"{SUPPORT}, other@elsewhere.example"],
    ["Content-Type", 'multipart/mixed; boundary="gone"'],
]
PARSED: dict[str, str | bytes] = {
    "recipient": SUPPORT,
    "sender": "bounces@people.example",
    "subject": "Grüße",
    "message-headers": json.dumps(HEADERS),
    "body-plain": "Schöne Grüße",
    "body-html": "<p>Schöne Grüße</p>",
    "stripped-text": "never read",
}
RAW_FORM: dict[str, str | bytes] = {"recipient": SUPPORT, "sender": "bounces@people.example", "body-mime": RAW}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return inbound_settings(sqlite_url, tmp_path)


def post(site: WebDesk, fields: dict[str, str | bytes], **signing: Any) -> bytes:
    return urlencode({**fields, **mailgun_fields(site.clock, **signing)}).encode()


def test_the_signature_is_mailguns() -> None:
    """Computed with openssl: `openssl dgst -sha256 -hmac 'own signing key'`."""
    expected = "10f973d0c8b148e930a4a5653da226e6a89052f48df15f012841625ec544a6af"
    assert signature("own signing key", "1767258000", "0123456789abcdef") == expected


async def test_the_raw_mail_is_stored_byte_for_byte(site: WebDesk, browser: Client) -> None:
    answer = await browser.post(f"{PATH}/mime", data=post(site, RAW_FORM), headers=FORM)
    assert (answer.status, (await answer.json())["status"]) == (200, "accepted")
    assert await stored(site) == RAW
    (row,) = await ledger(site)
    assert (row.recipients, row.envelope_sender) == ([SUPPORT], "bounces@people.example")


async def test_the_parts_become_a_faithful_mail(site: WebDesk, browser: Client) -> None:
    assert (await browser.post(PATH, data=post(site, PARSED), headers=FORM)).status == 200
    mail = await stored_mail(site)
    assert (mail.subject, mail.message_id, mail.from_[0].name) == ("Grüße", "m1@people.example", "Zoë")
    assert (mail.text, mail.raw_html) == ("Schöne Grüße", "<p>Schöne Grüße</p>")
    assert mail.headers.raw("received") == ["from mx by mailgun"]


async def test_attachments_keep_their_bytes_and_their_places(site: WebDesk, browser: Client) -> None:
    content = bytes(range(256)) + b"\r\n--xXx"
    more = {**PARSED, "attachment-count": "3", "content-id-map": '{"<logo>": "attachment-2", "<logo>": "attachment-3"}'}
    files = [
        ("attachment-1", "log ä.txt", "text/plain", content),
        ("attachment-2", "a.png", "image/png", b"\x89PNG1"),
        ("attachment-3", "b.png", "image/png", b"\x89PNG2"),
    ]
    body, headers = multipart({**more, **mailgun_fields(site.clock)}, files)
    assert (await browser.post(PATH, data=body, headers=headers)).status == 200
    found = {one.filename: (one.content, one.inline, one.content_id) for one in (await stored_mail(site)).attachments}
    assert found == {
        "log ä.txt": (content, False, ""),
        "a.png": (b"\x89PNG1", True, "logo"),
        "b.png": (b"\x89PNG2", True, "logo"),
    }


async def test_it_becomes_a_ticket(site: WebDesk, browser: Client) -> None:
    await browser.post(PATH, data=post(site, PARSED), headers=FORM)
    await site.run_jobs("intake.process")
    ticket = await (await (await site.signed_in_as(Role.ADMIN)).get("/api/v1/tickets/1")).json()
    assert (ticket["title"], ticket["created_by"]["email"]) == ("Grüße", "zoe@people.example")


async def test_a_replay_adds_nothing(site: WebDesk, browser: Client) -> None:
    body = post(site, RAW_FORM)
    first = await browser.post(PATH, data=body, headers=FORM)
    again = await browser.post(PATH, data=body, headers=FORM)
    assert (again.status, await again.json()) == (200, {**await first.json(), "status": "known"})
    assert len(await ledger(site)) == 1


@pytest.mark.parametrize(
    "changed",
    [{"body-mime": RAW + b"more"}, {"recipient": "support+1@desk.example"}, {"sender": "eve@evil.example"}],
)
async def test_a_signature_does_for_one_mail_only(site: WebDesk, browser: Client, changed: dict[str, str]) -> None:
    """Mailgun's signature does not cover the mail: who has seen one could post another under it."""
    assert (await browser.post(PATH, data=post(site, RAW_FORM), headers=FORM)).status == 200
    answer = await browser.post(PATH, data=post(site, {**RAW_FORM, **changed}), headers=FORM)
    assert answer.status == 401
    assert len(await ledger(site)) == 1


async def test_a_try_that_failed_may_be_made_again(site: WebDesk, browser: Client) -> None:
    """Mailgun tries again with the signature of the first time; it must not be spent by our own failure."""
    body = post(site, RAW_FORM)
    with patch.object(Ledger, "accept", side_effect=TryAgainLaterError("The database cannot be reached just now.")):
        assert (await browser.post(PATH, data=body, headers=FORM)).status == 503
    site.clock.advance(hours=7.9)
    assert (await browser.post(PATH, data=body, headers=FORM)).status == 200
    assert len(await ledger(site)) == 1


@pytest.mark.parametrize(
    "signing", [{"key": "another"}, {"age": OLDEST + 1}, {"age": -301}, {"age": 10 * 365 * 86400}, {"token": ""}]
)
async def test_a_wrong_or_old_signature_takes_nothing(site: WebDesk, browser: Client, signing: dict[str, Any]) -> None:
    answer = await browser.post(PATH, data=post(site, RAW_FORM, **signing), headers=FORM)
    assert answer.status == 401
    assert await ledger(site) == []


@pytest.mark.parametrize(
    "changed", [{"timestamp": "1"}, {"timestamp": "9" * 5000}, {"timestamp": "²"}, {"token": "x"}, {"signature": "é"}]
)
async def test_altered_signature_fields_take_nothing(
    site: WebDesk, browser: Client, changed: dict[str, str | bytes]
) -> None:
    body = urlencode({**RAW_FORM, **mailgun_fields(site.clock), **changed}).encode()
    assert (await browser.post(PATH, data=body, headers=FORM)).status == 401
    assert await ledger(site) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({**PARSED, "event": "delivered"}, "delivered webhook"),
        ({"recipient": SUPPORT, "body-plain": "x", "attachments": "[]"}, "store()"),
        ({"recipient": SUPPORT}, "no mail in this form"),
        ({**PARSED, "recipient": "nobody@elsewhere.example", "message-headers": "[]"}, "Nobody here receives"),
    ],
)
async def test_what_can_never_be_taken_is_refused_for_good(
    site: WebDesk, browser: Client, fields: dict[str, str | bytes], said: str
) -> None:
    """Only 406 stops Mailgun from trying again."""
    answer = await browser.post(PATH, data=post(site, fields), headers=FORM)
    assert answer.status == 406
    assert said in (await answer.json())["detail"]
    assert await ledger(site) == []


async def test_a_tracking_webhook_is_told_what_it_is(site: WebDesk, browser: Client) -> None:
    event = as_json({"signature": mailgun_fields(site.clock), "event-data": {"event": "clicked"}})
    answer = await browser.post(PATH, data=event, headers={"Content-Type": "application/json"})
    assert (answer.status, "clicked webhook" in (await answer.json())["detail"]) == (406, True)
    forged = as_json({"signature": mailgun_fields(site.clock, key="another"), "event-data": {"event": "clicked"}})
    assert (await browser.post(PATH, data=forged, headers={"Content-Type": "application/json"})).status == 401


@pytest.mark.parametrize(
    "fields",
    [
        {**PARSED, "message-headers": "no json", "content-id-map": "["},
        {**PARSED, "message-headers": '[["Subject"], 1, ["a", 2], ["Subject", "ok"]]', "content-id-map": '{"a": 1}'},
        {"from": "ada@people.example", "body-plain": b"\xff\xfe", "message-headers": "{}"},
        {"body-html": "<b>only</b>"},
    ],
)
async def test_an_odd_value_is_no_reason_to_lose_a_mail(
    site: WebDesk, browser: Client, fields: dict[str, str | bytes]
) -> None:
    answer = await browser.post(PATH, data=post(site, fields), headers=FORM)
    assert answer.status == 200, await answer.text()
    await site.run_jobs("intake.process")
    assert (await ledger(site))[0].decided_at is not None


async def test_a_mail_for_two_of_our_addresses_is_one_mail(site: WebDesk, browser: Client) -> None:
    """zammad#4485: Mailgun posts once for each recipient; the same bytes are one mail."""
    first = {**RAW_FORM, "recipient": SUPPORT}
    second = {**RAW_FORM, "recipient": "support+sales@desk.example"}
    assert (await browser.post(PATH, data=post(site, first), headers=FORM)).status == 200
    assert (await browser.post(PATH, data=post(site, second, token="u" * 50), headers=FORM)).status == 200
    assert len(await ledger(site)) == 1
