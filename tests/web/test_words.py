"""Pages speak in words; what an admin searches by stands beside them as the desk keeps it."""

import pytest

from core.conversations.values import DeliveryStatus
from core.intake.reasons import REASONS
from core.intake.values import Channel, InboundMessage, Outcome
from core.jobs.kinds import ALL_KINDS
from core.jobs.models import Job
from core.jobs.titles import title_of
from core.jobs.values import JobStatus
from core.people.values import Role, system_actor
from tests.web.test_admin import dead_job
from tests.web.test_quarantine import HOSTILE
from tests.web.web_desk import Client, WebDesk
from webhooks.words import DELIVERIES, JOBS, OUTCOMES, ROLES, channel_in_words, in_words

AUTOMATIC = (
    b"From: Otto <otto@away.example>\r\nTo: support@desk.example\r\nSubject: Away until Monday\r\n"
    b"Message-ID: <a1@away.example>\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n"
)
ASKING = (
    b"From: Ada <ada@people.example>\r\nTo: support@desk.example\r\nSubject: Toner\r\n"
    b"Message-ID: <t1@people.example>\r\n\r\nThe toner is empty.\r\n"
)


@pytest.fixture
async def admin(site: WebDesk) -> Client:
    return await site.signed_in_as(Role.ADMIN, "root")


async def _arrived(site: WebDesk, *mails: bytes) -> list[int]:
    ids = []
    for raw in mails:
        accepted = await site.desk.intake.accept(
            InboundMessage(
                channel=Channel.EMAIL,
                external_id=str(hash(raw)),
                raw=raw,
                received_at=site.clock.now(),
                recipients=("support@desk.example",),
            )
        )
        ids.append(accepted.intake_id)
    await site.run_jobs("intake.process")
    return ids


def test_every_name_has_its_words() -> None:
    assert set(ROLES) == set(Role)
    assert set(JOBS) == set(JobStatus)
    assert set(OUTCOMES) == set(Outcome)
    assert set(DELIVERIES) == set(DeliveryStatus)
    assert [name for name in ALL_KINDS if title_of(name) == name] == []


def test_what_is_not_known_keeps_its_own_words() -> None:
    assert in_words(Role.USER) == "requester"
    assert in_words(DeliveryStatus.QUEUED) == "on its way"
    assert in_words(JobStatus.QUEUED) == "waiting"
    assert in_words("ticket.changed") == "ticket changed"
    assert (channel_in_words("slack"), channel_in_words("fax")) == ("Slack", "fax")
    assert title_of("of.yesterday") == "of.yesterday"


async def test_a_job_says_what_it_does_and_whom_it_concerns(site: WebDesk, admin: Client) -> None:
    (arrival,) = await _arrived(site, ASKING)
    sending, taking_in = await dead_job(site, "550 no such user"), await dead_job(site, "a bug")
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        job = await uow.session.get_one(Job, sending)
        job.payload = {"delivery_id": 1}
        failed = await uow.session.get_one(Job, taking_in)
        failed.kind, failed.payload = "intake.process", {"intake_id": arrival}
        await uow.commit()
    page = await (await admin.get("/admin/jobs")).text()
    assert "<strong>Send a message</strong>" in page
    assert '<a href="/tickets/1">ticket #1</a>' in page
    assert "<span>to ada@people.example</span>" in page
    assert f'<a href="/admin/quarantine/{arrival}">message {arrival}</a>' in page
    assert "<code>conversations.deliver</code>" in page
    assert ">given up 2</a>" in page
    filtered = await (await admin.get("/admin/jobs?kind=intake.process")).text()
    assert "<strong>Take in a message</strong>" in filtered
    assert "<strong>Send a message</strong>" not in filtered


async def test_mail_is_found_whatever_became_of_it(site: WebDesk, admin: Client) -> None:
    held, ignored, asking = await _arrived(site, HOSTILE, AUTOMATIC, ASKING)

    async def found(query: str) -> list[int]:
        page = await (await admin.get(f"/admin/quarantine?{query}")).text()
        shown = [one for one in (held, ignored, asking) if f'href="/admin/quarantine/{one}"' in page]
        answer = await admin.get(f"/api/v1/admin/quarantine?{query or 'outcome=quarantined'}")
        items = (await answer.json())["items"]
        if "outcome" in query:
            assert sorted(one["id"] for one in items) == shown
        return shown

    assert await found("") == [held]
    assert await found("outcome=any") == [held, ignored, asking]
    assert await found("outcome=any&q=otto@AWAY") == [ignored]
    assert await found("outcome=any&q=monday away") == [ignored]
    assert await found("outcome=any&q=auto-submitted") == [ignored]
    assert await found("outcome=ticketed") == [asking]
    assert await found("outcome=any&q=100%25") == []
    assert await found("q=toner") == [asking]
    page = await (await admin.get("/admin/quarantine?outcome=any")).text()
    assert "A program sent it: its Auto-Submitted header says so. <code>auto-submitted</code>" in page
    assert '<a href="/tickets/1">ticket #1</a>' in page
    items = (await (await admin.get("/api/v1/admin/quarantine?outcome=ticketed")).json())["items"]
    assert [one["ticket"] for one in items] == [1]


async def test_a_ticket_is_found_by_number_by_all_words_and_by_its_requester(site: WebDesk, admin: Client) -> None:
    ada, eve = await site.person("ada"), await site.person("eve")
    await site.ticket(ada, title="The printer jams", description="Both sides.")
    await site.ticket(eve, title="Printer out of paper", description="In room 1.")

    async def found(query: str, browser: Client = admin) -> list[int]:
        items = (await (await browser.get("/api/v1/tickets", params={"q": query})).json())["items"]
        return sorted(one["number"] for one in items)

    assert await found("printer") == [1, 2]
    assert await found("printer sides") == [1]
    assert await found("2") == [2]
    assert await found("#1") == [1]
    assert await found("eve@people") == [2]
    assert await found("9" * 30) == []
    assert await found("   ") == [1, 2]
    hers = await site.signed_in(eve)
    assert await found("eve", hers) == []
    assert await found("#1", hers) == []
    jump = await admin.get("/tickets?q=%231", allow_redirects=False)
    assert (jump.status, jump.headers["Location"]) == (303, "/tickets/1")
    assert (await hers.get("/tickets?q=%231", allow_redirects=False)).status == 200


def test_every_reason_is_a_sentence() -> None:
    assert [text for text in REASONS.values() if not text.endswith(".")] == []
