"""POST /webhooks/email/resend, and the job that fetches what it tells of."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from config.settings import Settings, load_settings
from core.db.unit_of_work import UnitOfWork
from core.errors import ConfigurationError, TryAgainLaterError
from core.intake.values import Outcome
from core.jobs.models import Job
from core.jobs.values import JobTicket
from core.people.values import Role, system_actor
from tests.builders import claimed
from tests.fakes.clock import FakeClock
from tests.fakes.resend_inbox import FakeInbox, resend_inbox
from tests.web.inbound_desk import (
    RAW,
    RESEND_SECRET,
    SUPPORT,
    as_json,
    inbound_settings,
    ledger,
    stored,
    stored_mail,
    svix_headers,
)
from tests.web.web_desk import Client, WebDesk
from webhooks.inbound.svix import is_signed, signature
from webhooks.site import SITE

PATH = "/webhooks/email/resend"
ID = "4ef9a417-02e9-4d39-ad75-9611e0fcc33c"
FILE = bytes(range(256))


@pytest.fixture
async def inbox() -> AsyncIterator[FakeInbox]:
    async with resend_inbox() as server:
        yield server


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, inbox: FakeInbox) -> Settings:
    return inbound_settings(sqlite_url, tmp_path, resend_api_url=inbox.url)


def received(email_id: Any = ID) -> bytes:
    """The event of a mail that has arrived, which names it only."""
    data = {
        "email_id": email_id,
        "created_at": "2026-03-02T09:00:00.000Z",
        "from": "Ada <ada@people.example>",
        "to": [SUPPORT],
        "subject": "The printer jams",
        "message_id": "<1@people.example>",
        "attachments": [],
    }
    return as_json({"type": "email.received", "created_at": "2026-03-02T09:00:01.000Z", "data": data})


async def post(site: WebDesk, browser: Client, body: bytes, **signing: Any) -> int:
    return (await browser.post(PATH, data=body, headers=svix_headers(site.clock, body, **signing))).status


async def jobs(site: WebDesk, kind: str = "intake.fetch") -> list[Job]:
    async with site.desk.reading(system_actor(1)) as reading:
        return list((await reading.session.scalars(select(Job).where(Job.kind == kind))).all())


async def ticket_of(site: WebDesk) -> JobTicket:
    (job,) = await jobs(site)
    return claimed(job)


def test_the_signature_is_that_of_svix() -> None:
    """Computed with openssl over id, timestamp and body; the secret is the key in base64."""
    secret = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, exact!").decode()
    expected = "v1,5TJ5J+2pYehU7NYltuqZ9AMQaRUkyBPqtDkpJcZ0Rxc="
    assert signature(secret, "msg_own", "1767258000", '{"a":"é"}'.encode()) == expected


@pytest.mark.parametrize(
    ("age", "given", "names", "verdict"),
    [
        (0, "{own}", "svix", True),
        (299, "{own}", "svix", True),
        (-299, "{own}", "webhook", True),
        (0, "v1,other {own} v2,third", "svix", True),
        (301, "{own}", "svix", False),
        (-301, "{own}", "svix", False),
        (0, "v1,other", "svix", False),
        (0, "", "svix", False),
        (0, "v1a,{own}", "svix", False),
        (0, "v1,\udcff", "svix", False),
    ],
)
def test_one_good_and_fresh_signature_will_do(age: float, given: str, names: str, *, verdict: bool) -> None:
    clock = FakeClock()
    headers = svix_headers(clock, b"{}", age=age)
    own = headers["svix-signature"]
    headers = {name.replace("svix", names): value for name, value in headers.items()}
    headers[f"{names}-signature"] = given.replace("{own}", own)
    assert is_signed(RESEND_SECRET, headers, b"{}", now=clock.now()) is verdict


async def test_the_raw_mail_is_fetched_and_stored_byte_for_byte(
    site: WebDesk, browser: Client, inbox: FakeInbox
) -> None:
    inbox.keep(ID, raw=RAW, received_for=["support+3@desk.example"])
    assert await post(site, browser, received()) == 200
    assert await ledger(site) == []
    await site.run_jobs("intake.fetch")
    assert await stored(site) == RAW
    (row,) = await ledger(site)
    assert row.recipients == ["support+3@desk.example", SUPPORT]
    assert (row.received_at, row.client_address) == (site.clock.now(), "resend")


async def test_it_becomes_a_ticket(site: WebDesk, browser: Client, inbox: FakeInbox) -> None:
    inbox.keep(ID, raw=RAW)
    await post(site, browser, received())
    await site.run_jobs("intake.fetch")
    await site.run_jobs("intake.process")
    ticket = await (await (await site.signed_in_as(Role.ADMIN)).get("/api/v1/tickets/1")).json()
    assert (ticket["title"], ticket["created_by"]["email"]) == ("The printer jams", "ada@people.example")


@pytest.mark.parametrize("listed", ["in the answer", "apart"])
async def test_without_a_raw_form_the_parts_become_a_faithful_mail(
    site: WebDesk, browser: Client, inbox: FakeInbox, listed: str
) -> None:
    inbox.files = {"1": FILE, "2": b"\x89PNG", "3": b"Subject: inside\r\n\r\nhidden\r\n"}
    files: list[dict[str, Any]] = [
        {"id": "1", "filename": "log ä.txt", "content_type": "text/plain", "content_disposition": "attachment"},
        {
            "id": "2",
            "filename": "l.png",
            "content_type": "image/png",
            "content_disposition": "inline",
            "content_id": "l",
        },
        {"id": "3", "filename": None, "content_type": "message/rfc822", "content_disposition": "attachment"},
    ]
    inbox.attachments = [{**one, "download_url": inbox.link(one["id"])} for one in files]
    inbox.keep(
        ID,
        text="Grüße",
        html="<p>Grüße</p>",
        headers={
            "from": '"Ada" <ada@people.example>',
            "Date": "Mon, 2 Mar 2026 09:00:00 +0000",
            "Received": ["b", "a"],
        },
        reply_to=["ada@home.example"],
        attachments=inbox.attachments if listed == "in the answer" else files,
    )
    await post(site, browser, received())
    await site.run_jobs("intake.fetch")
    mail = await stored_mail(site)
    assert (mail.text, mail.raw_html, mail.subject) == ("Grüße", "<p>Grüße</p>", "The printer jams")
    assert (mail.from_[0].name, mail.message_id, mail.reply_to[0].email) == (
        "Ada", "1@people.example", "ada@home.example"
    )  # fmt: skip
    assert mail.headers.raw("received") == ["b", "a"]
    assert {one.filename: (one.content, one.inline) for one in mail.attachments} == {
        "log ä.txt": (FILE, False),
        "l.png": (b"\x89PNG", True),
        "inside.eml": (inbox.files["3"], False),
    }


async def test_a_replay_adds_nothing(site: WebDesk, browser: Client, inbox: FakeInbox) -> None:
    inbox.keep(ID, raw=RAW)
    first = await browser.post(PATH, data=received(), headers=svix_headers(site.clock, received()))
    again = await browser.post(PATH, data=received(), headers=svix_headers(site.clock, received()))
    assert [(await one.json())["status"] for one in (first, again)] == ["accepted", "known"]
    await site.run_jobs("intake.fetch")
    await browser.post(PATH, data=received(), headers=svix_headers(site.clock, received(), event_id="another"))
    assert (len(await jobs(site)), len(await ledger(site))) == (1, 1)


@pytest.mark.parametrize(
    ("signed", "posted", "signing"),
    [
        (received(), received(), {"secret": "whsec_" + base64.b64encode(b"another").decode()}),
        (received(), received(), {"age": 301}),
        (received(), received(), {"age": -301}),
        (received(), received("other"), {}),
        (received(), received() + b" ", {}),
    ],
)
async def test_a_wrong_or_old_signature_or_an_altered_body_takes_nothing(
    site: WebDesk, browser: Client, signed: bytes, posted: bytes, signing: dict[str, Any]
) -> None:
    answer = await browser.post(PATH, data=posted, headers=svix_headers(site.clock, signed, **signing))
    assert answer.status == 401
    assert await jobs(site) == []


@pytest.mark.parametrize("body", [b"", b"[]", received(None), received("../../secrets"), received("x" * 101)])
async def test_what_can_never_be_taken_is_refused(site: WebDesk, browser: Client, body: bytes) -> None:
    assert await post(site, browser, body) == 422
    assert await jobs(site) == []


@pytest.mark.parametrize("kind", ["email.opened", "email.clicked", "contact.created", "domain.updated", "", "email"])
async def test_other_events_are_let_go(site: WebDesk, browser: Client, kind: str) -> None:
    assert await post(site, browser, as_json({"type": kind, "data": {"email_id": ID}})) == 200
    assert await jobs(site) == []


async def test_a_database_that_is_away_means_try_again(site: WebDesk, browser: Client) -> None:
    with patch.object(UnitOfWork, "commit", side_effect=TryAgainLaterError("The database cannot be reached.")):
        assert await post(site, browser, received()) == 503
    assert await jobs(site) == []
    assert await post(site, browser, received()) == 200


@pytest.mark.parametrize(
    ("failure", "wait"), [((500, {}), None), ((429, {"Retry-After": "7"}), 7), ((401, {}), None), ((404, {}), None)]
)
async def test_a_fetch_that_fails_is_tried_again(
    site: WebDesk, browser: Client, inbox: FakeInbox, failure: tuple[int, dict[str, str]], wait: float | None
) -> None:
    inbox.keep(ID, raw=RAW)
    inbox.failures = [failure]
    await post(site, browser, received())
    with pytest.raises(TryAgainLaterError) as caught:
        await site.run_jobs("intake.fetch")
    assert caught.value.retry_after == wait
    await site.run_jobs("intake.fetch")
    assert await stored(site) == RAW


@pytest.mark.parametrize("url", ["http://elsewhere.example/x", "file:///etc/passwd", "ftp://x.example/"])
async def test_no_other_address_is_downloaded_from(site: WebDesk, browser: Client, inbox: FakeInbox, url: str) -> None:
    inbox.keep(ID)
    inbox.emails[ID]["raw"] = {"download_url": url}
    await post(site, browser, received())
    with pytest.raises(TryAgainLaterError, match="no address"):
        await site.run_jobs("intake.fetch")


async def test_a_mail_that_cannot_be_had_shows_in_quarantine_until_it_can(
    site: WebDesk, browser: Client, inbox: FakeInbox
) -> None:
    """Nothing is lost without a trace; the dead job can be tried again by an admin."""
    await post(site, browser, received())
    job = await ticket_of(site)
    told = site.desk.runs["intake.fetch"].on_dead
    assert told is not None
    await told(job, "Resend's API answered 404.")
    await told(job, "Resend's API answered 404.")
    (row,) = await ledger(site)
    assert (row.outcome, row.rule, row.error) == (Outcome.QUARANTINED, "fetch-failed", "Resend's API answered 404.")
    inbox.keep(ID, raw=RAW)
    await site.desk.runs["intake.fetch"].run(job)
    outcomes = [(row.outcome, row.rule) for row in await ledger(site)]
    assert outcomes == [(Outcome.IGNORED, "fetched-later"), (Outcome.RECEIVED, "")]


async def test_mail_for_nobody_here_is_kept_back_with_its_bytes(
    site: WebDesk, browser: Client, inbox: FakeInbox
) -> None:
    """The event has been answered already: nobody can be told, so an admin decides."""
    inbox.keep(ID, raw=RAW, to=["nobody@elsewhere.example"])
    await post(site, browser, received())
    await site.run_jobs("intake.fetch")
    (row,) = await ledger(site)
    assert (row.outcome, row.rule) == (Outcome.QUARANTINED, "unknown-recipient")
    assert await stored(site) == RAW


@pytest.mark.parametrize("form", ["raw", "parts"])
async def test_a_mail_that_is_too_large_is_told_of(site: WebDesk, browser: Client, inbox: FakeInbox, form: str) -> None:
    large = b"x" * (25 * 1024 * 1024 + 1)
    if form == "raw":
        inbox.keep(ID, raw=large)
    else:
        inbox.files["1"] = inbox.files["2"] = large[: 13 * 1024 * 1024]
        inbox.keep(ID, attachments=[{"id": one, "download_url": inbox.link(one)} for one in "12"])
    await post(site, browser, received())
    await site.run_jobs("intake.fetch")
    (row,) = await ledger(site)
    assert (row.outcome, row.rule, row.raw_sha256) == (Outcome.QUARANTINED, "too-large", None)


async def test_without_a_key_resend_keeps_the_mail_and_tries_again(site: WebDesk, browser: Client) -> None:
    from dataclasses import replace  # noqa: PLC0415 (only here an option changes)

    parts = site.server.app[SITE]
    parts.options = replace(parts.options, resend_fetches=False)
    assert await post(site, browser, received()) == 503
    assert await jobs(site) == []


def test_the_start_asks_for_the_key_that_fetching_needs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="RESEND_API_KEY: missing, and RESEND_WEBHOOK_SECRET needs it"):
        load_settings({"DATA_DIR": str(tmp_path), "RESEND_WEBHOOK_SECRET": RESEND_SECRET})
