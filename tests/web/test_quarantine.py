"""The quarantine, by page and by JSON."""

import hashlib

import pytest

from core.intake.values import Channel, InboundMessage
from core.people.values import Role
from tests.web.web_desk import Client, WebDesk, send_form

HOSTILE = (
    b"From: Support <support@desk.example>\r\nTo: support@desk.example\r\n"
    b"Subject: <script>alert(1)</script> offer\r\nMessage-ID: <q1@x.example>\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>you</b></p><img src=https://evil.example/p.gif>\r\n"
    b"--b\r\nContent-Type: image/svg+xml\r\nContent-Disposition: attachment; filename=x.svg\r\n\r\n<svg/>\r\n--b--\r\n"
)
INTAKE = "intake.process"


@pytest.fixture
async def admin(site: WebDesk) -> Client:
    return await site.signed_in_as(Role.ADMIN, "root")


@pytest.fixture
async def held(site: WebDesk) -> int:
    """The id of a mail that screening kept back."""
    accepted = await site.desk.intake.accept(
        InboundMessage(
            channel=Channel.EMAIL,
            external_id=hashlib.sha256(HOSTILE).hexdigest(),
            raw=HOSTILE,
            received_at=site.clock.now(),
            recipients=("support@desk.example",),
        )
    )
    await site.run_jobs(INTAKE)
    return accepted.intake_id


async def test_the_page_tells_why_and_shows_the_words_safely(site: WebDesk, admin: Client, held: int) -> None:
    """uvdesk/mailbox-component#112: XSS by mail body."""
    listed = await (await admin.get("/admin/quarantine")).text()
    assert f'href="/admin/quarantine/{held}"' in listed
    assert "own-address" in listed
    shown = await (await admin.get(f"/admin/quarantine/{held}")).text()
    for part in ("From is an address of this desk", "support@desk.example", "Hello you", "x.svg"):
        assert part in shown
    for page in (listed, shown):
        assert "&lt;script&gt;alert(1)&lt;/script&gt; offer" in page
        assert "<script>alert" not in page
        assert "evil.example" not in page


async def test_the_raw_message_is_a_download_of_plain_text(admin: Client, held: int) -> None:
    answer = await admin.get(f"/admin/quarantine/{held}/raw")
    assert await answer.read() == HOSTILE
    assert answer.content_type == "text/plain"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="message-{held}.eml"')
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_releasing_leads_to_the_ticket(site: WebDesk, admin: Client, held: int) -> None:
    page = f"/admin/quarantine/{held}"
    answer = await send_form(admin, f"{page}/release", page=page)
    assert (answer.status, answer.headers["Location"]) == (303, page)
    assert "It is being processed." in await (await admin.get(page)).text()
    await site.run_jobs(INTAKE)
    shown = await (await admin.get(page)).text()
    assert 'href="/tickets/1"' in shown
    assert f"{page}/release" not in shown
    assert "Nothing is kept back." in await (await admin.get("/admin/quarantine")).text()
    assert [one.action for one in await site.audit()].count("intake.released") == 1


async def test_discarding_moves_it_to_the_ignored(site: WebDesk, admin: Client, held: int) -> None:
    page = f"/admin/quarantine/{held}"
    assert (await send_form(admin, f"{page}/discard", page=page)).status == 303
    ignored = await (await admin.get("/admin/quarantine?outcome=ignored")).text()
    assert "An admin let it go." in ignored
    late = await send_form(admin, f"{page}/discard", page=page)
    assert late.status == 303  # twice is as good as once
    assert [one.action for one in await site.audit()].count("intake.discarded") == 1


async def test_a_decision_that_comes_too_late_is_told(site: WebDesk, admin: Client, held: int) -> None:
    page = f"/admin/quarantine/{held}"
    await send_form(admin, f"{page}/release", page=page)
    answer = await send_form(admin, f"{page}/discard", page="/account")
    assert answer.status == 409
    assert "is received" in await answer.text()


async def test_the_same_by_json(site: WebDesk, admin: Client, held: int) -> None:
    path = "/api/v1/admin/quarantine"
    (listed,) = (await (await admin.get(path)).json())["items"]
    assert (listed["id"], listed["outcome"], listed["rule"]) == (held, "quarantined", "own-address")
    assert listed["sender"] == "support@desk.example"
    me = await (await admin.get("/api/v1/auth/me")).json()
    assert me["role"] == "admin"
    page = await (await admin.get(path, params={"outcome": "ignored"})).json()
    assert page == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("role", [Role.USER, Role.MODERATOR])
async def test_only_admins_see_it(site: WebDesk, held: int, role: Role) -> None:
    somebody = await site.signed_in_as(role)
    for path in ("", f"/{held}", f"/{held}/raw"):
        assert (await somebody.get(f"/admin/quarantine{path}")).status == 403
    assert (await somebody.get("/api/v1/admin/quarantine")).status == 403
    assert "Quarantine" not in await (await somebody.get("/tickets")).text()


async def test_an_unknown_message_is_not_found(admin: Client) -> None:
    for path in ("/999", "/999/raw", "/999999999999999999"):
        assert (await admin.get(f"/admin/quarantine{path}")).status == 404
