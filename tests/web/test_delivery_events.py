"""Resend tells what became of our mail: on the ticket's page, in the words of the recipient's server."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.email.transports.port import SentMail
from config.settings import Settings
from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.jobs.models import Job
from core.people.values import Role, system_actor
from tests.web.inbound_desk import as_json, inbound_settings, svix_headers
from tests.web.web_desk import Client, Outbox, WebDesk, web_desk
from webhooks.words import in_words

PATH = "/webhooks/email/resend"
SENT_AS = "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"


@dataclass
class NamingOutbox(Outbox):
    """Gives each mail a name of its own, as Resend does."""

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        sent = await super().send(message, recipients, key=key)
        return SentMail(message_id=sent.message_id, provider_id=SENT_AS)


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return inbound_settings(sqlite_url, tmp_path)


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[WebDesk]:
    async with web_desk(settings, NamingOutbox()) as built:
        yield built


def event(kind: str, **more: Any) -> bytes:
    """What Resend posts of a mail it has taken from us."""
    data = {
        "broadcast_id": "8b146471-e88e-4322-86af-016cd36fd216",
        "created_at": "2026-03-02T09:00:00.000Z",
        "email_id": SENT_AS,
        "from": "TickMate <support@desk.example>",
        "to": ["ada@people.example"],
        "subject": "Re: The printer jams [#1]",
    }
    return as_json({"type": kind, "created_at": "2026-03-02T09:00:05.000Z", "data": data | more})


async def sent_ticket(site: WebDesk) -> None:
    await site.ticket(await site.person("ada"), channel="email")
    await site.run_jobs("conversations.deliver")


async def post(site: WebDesk, browser: Client, body: bytes, *, event_id: str = "msg_1") -> int:
    answer = await browser.post(PATH, data=body, headers=svix_headers(site.clock, body, event_id=event_id))
    return answer.status


async def status_of(site: WebDesk) -> tuple[DeliveryStatus, str]:
    async with site.desk.reading(system_actor(1)) as reading:
        row = (await reading.session.scalars(select(Delivery))).one()
    return row.status, row.error


BOUNCE = {
    "bounce": {
        "diagnosticCode": ["smtp; 550 5.1.1"],
        "message": "The recipient's email address does not exist.",
        "subType": "General",
        "type": "Permanent",
    }
}


@pytest.mark.parametrize(
    ("kind", "more", "shown"),
    [
        ("email.sent", {}, (DeliveryStatus.SENT, "")),
        ("email.delivered", {}, (DeliveryStatus.DELIVERED, "")),
        (
            "email.delivery_delayed",
            {},
            (DeliveryStatus.DELAYED, "the recipient's server does not take it yet; Resend keeps trying"),
        ),
        (
            "email.bounced",
            BOUNCE,
            (
                DeliveryStatus.BOUNCED,
                "the recipient's server refused it: The recipient's email address does not exist. smtp; 550 5.1.1",
            ),
        ),
        ("email.bounced", {}, (DeliveryStatus.BOUNCED, "the recipient's server refused it")),
        ("email.complained", {}, (DeliveryStatus.COMPLAINED, "the recipient marked it as spam")),
        (
            "email.failed",
            {"failed": {"reason": "reached_daily_quota"}},
            (DeliveryStatus.FAILED, "Resend did not send it: reached_daily_quota"),
        ),
        ("email.suppressed", {}, (DeliveryStatus.FAILED, "Resend did not send it")),
    ],
)
async def test_each_event_shows_on_the_tickets_page(
    site: WebDesk, browser: Client, kind: str, more: dict[str, Any], shown: tuple[DeliveryStatus, str]
) -> None:
    """osTicket#6617: the delivery state of each message is shown to the agent."""
    await sent_ticket(site)
    assert await post(site, browser, event(kind, **more)) == 200
    await site.run_jobs("conversations.delivery_event")
    assert await status_of(site) == shown
    status, error = shown
    moderator = await site.signed_in_as(Role.MODERATOR)
    page = await (await moderator.get("/tickets/1")).text()
    assert f'<span class="badge {status.value}">{in_words(status)}</span> acknowledgement by mail' in page
    assert error.replace("'", "&#39;") in page


async def test_the_same_event_again_adds_nothing(site: WebDesk, browser: Client) -> None:
    await sent_ticket(site)
    body = event("email.bounced", **BOUNCE)
    assert [await post(site, browser, body), await post(site, browser, body)] == [200, 200]
    async with site.desk.reading(system_actor(1)) as reading:
        statement = select(func.count(Job.id)).where(Job.kind == "conversations.delivery_event")
        assert await reading.session.scalar(statement) == 1


async def test_a_forged_event_changes_nothing(site: WebDesk, browser: Client) -> None:
    await sent_ticket(site)
    body = event("email.bounced", **BOUNCE)
    answer = await browser.post(PATH, data=body, headers=svix_headers(site.clock, event("email.delivered")))
    assert answer.status == 401
    await site.run_jobs("conversations.delivery_event")
    assert (await status_of(site))[0] is DeliveryStatus.SENT


async def test_what_a_stranger_wrote_into_a_reason_does_no_harm(site: WebDesk, browser: Client) -> None:
    """The reason is the words of whoever runs the recipient's server."""
    await sent_ticket(site)
    said = {"bounce": {"message": "<script>alert(1)</script>\x00" + "x" * 5000, "type": ["odd"], "subType": 5}}
    assert await post(site, browser, event("email.bounced", **said)) == 200
    await site.run_jobs("conversations.delivery_event")
    page = await (await (await site.signed_in_as(Role.MODERATOR)).get("/tickets/1")).text()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
