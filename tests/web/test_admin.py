"""Administration: the audit log, people and jobs, by page and by JSON."""

from datetime import timedelta

import pytest

from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.people.models import User
from core.people.values import Actor, Role, system_actor
from core.tickets.queries import lock_ticket
from core.tickets.values import Priority
from core.tickets.working import set_fields
from tests.web.web_desk import Client, WebDesk, send_form


@pytest.fixture
async def admin(site: WebDesk) -> Client:
    return await site.signed_in_as(Role.ADMIN, "root")


async def _prioritise(site: WebDesk, who: User, priority: Priority) -> None:
    actor = Actor(organization_id=1, user_id=who.id, role=who.role, name=who.display_name, channel="web")
    async with site.desk.unit_of_work(actor) as uow:
        await set_fields(uow, await lock_ticket(uow, 1), priority=priority)
        await uow.commit()


async def test_a_change_shows_before_and_after(site: WebDesk, admin: Client) -> None:
    grace = await site.person("grace", Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    await _prioritise(site, grace, Priority.HIGH)
    page = await (await admin.get("/admin/audit?action=ticket.changed")).text()
    assert '<del><span class="hidden">before: </span>low</del>' in page
    assert '<ins><span class="hidden">after: </span>high</ins>' in page
    assert "Grace" in page
    assert '<time datetime="2026-03-02T09:00:00+00:00">2026-03-02 09:00 UTC</time>' in page


async def test_audit_filters_by_entity_person_action_and_time(site: WebDesk, admin: Client) -> None:
    grace = await site.person("grace", Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    site.clock.advance(hours=2)
    await _prioritise(site, grace, Priority.HIGH)

    async def found(query: str) -> list[str]:
        answer = await admin.get(f"/api/v1/admin/audit-logs?{query}")
        assert answer.status == 200, await answer.text()
        return [one["action"] for one in (await answer.json())["items"]]

    assert await found("entity_type=ticket&entity_id=1") == ["ticket.changed", "ticket.submitted"]
    assert await found(f"user_id={grace.id}") == ["ticket.changed"]
    assert await found("action=ticket.submitted") == ["ticket.submitted"]
    assert await found("since=2026-03-02T10:00:00Z") == ["ticket.changed"]
    assert "ticket.changed" not in await found("until=2026-03-02T11:00:00Z&limit=200")
    assert await found("since=2026-03-02T12:00:00%2B02:00&until=2026-03-02T11:00:01Z&entity_type=ticket") == [
        "ticket.changed"
    ]
    assert await found("entity_type=nothing") == []
    for bad in ("since=yesterday", "since=2026-03-02T10:00:00", "user_id=x", "limit=0", "cursor=x"):
        assert (await admin.get(f"/api/v1/admin/audit-logs?{bad}")).status == 422
    for who in ("grace", "grace@people.example", str(grace.id)):
        page = await (await admin.get(f"/admin/audit?user={who}")).text()
        assert "ticket changed" in page
        assert "ticket submitted</strong>" not in page
    assert "Nobody here is known as nobody." in await (await admin.get("/admin/audit?user=nobody")).text()


async def test_a_time_in_the_audit_form_is_of_the_persons_zone(site: WebDesk, admin: Client) -> None:
    await site.ticket(await site.person("ada"))  # at 09:00 UTC, 10:00 in Berlin
    later = "/admin/audit?entity_type=ticket&zone=Europe/Berlin&since=2026-03-02T10%3A30"
    assert "ticket submitted</strong>" not in await (await admin.get(later)).text()
    earlier = "/admin/audit?entity_type=ticket&zone=Europe/Berlin&since=2026-03-02T09%3A30"
    assert "ticket submitted</strong>" in await (await admin.get(earlier)).text()
    await admin.patch("/api/v1/users/profile", json={"time_zone": "Europe/Berlin"})
    assert ">2026-03-02 10:00</time>" in await (await admin.get("/admin/audit?entity_type=ticket")).text()


async def test_the_audit_log_pages_by_cursor_without_loss_or_repeat(site: WebDesk, admin: Client) -> None:
    for number in range(55):
        await site.person(f"person-{number:02}")
    seen: list[int] = []
    cursor = ""
    while True:
        page = await (await admin.get(f"/api/v1/admin/audit-logs?limit=20{cursor}")).json()
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == len(await site.audit())
    first = await (await admin.get("/admin/audit?action=user.created")).text()
    following = first.partition('href="/admin/audit?action=user.created&amp;cursor=')[2].partition('"')[0]
    assert "person-03" in await (await admin.get(f"/admin/audit?action=user.created&cursor={following}")).text()


async def test_what_somebody_typed_is_harmless_in_the_audit_log(site: WebDesk, admin: Client) -> None:
    await site.ticket(await site.person("ada", full_name="<img src=x>"), title="<script>alert(1)</script>")
    page = await (await admin.get("/admin/audit")).text()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


async def test_no_password_hash_reaches_the_audit_log(site: WebDesk, admin: Client) -> None:
    await site.person("ada", password="correct horse battery")
    assert "argon2" not in await (await admin.get("/admin/audit")).text()
    assert "argon2" not in await (await admin.get("/api/v1/admin/audit-logs")).text()


async def test_people_are_listed_changed_and_shut_out(site: WebDesk, admin: Client) -> None:
    ada = await site.person("ada")
    page = await (await admin.get("/admin/users?q=ADA")).text()
    assert "ada@people.example" in page
    assert "root@people.example" not in page
    path = f"/admin/users/{ada.id}"
    assert (await send_form(admin, path, page="/admin/users", role="moderator")).status == 303
    assert (await send_form(admin, path, page="/admin/users", is_active="false")).status == 303
    shown = (await (await admin.get("/api/v1/admin/users?role=moderator")).json())["items"]
    assert [(one["username"], one["is_active"]) for one in shown] == [("ada", False)]
    assert (await admin.patch(f"/api/v1{path}", json={"is_active": True})).status == 200
    assert (await admin.patch(f"/api/v1{path}", json={})).status == 422
    assert (await admin.patch(f"/api/v1{path}", json={"role": "king"})).status == 422
    assert (await admin.patch("/api/v1/admin/users/999", json={"role": "user"})).status == 404
    actions = [record.action for record in await site.audit() if record.entity_id == str(ada.id)]
    assert actions[-3:] == ["user.role_changed", "user.deactivated", "user.reactivated"]


async def test_the_last_admin_cannot_be_lost(site: WebDesk, admin: Client) -> None:
    me = (await (await admin.get("/api/v1/auth/me")).json())["id"]
    answer = await send_form(admin, f"/admin/users/{me}", page="/admin/users", role="user")
    assert answer.status == 409
    assert "the only admin" in await answer.text()
    assert (await admin.patch(f"/api/v1/admin/users/{me}", json={"is_active": False})).status == 409
    assert (await admin.get("/admin/users")).status == 200


async def test_people_page_by_cursor(site: WebDesk, admin: Client) -> None:
    for number in range(4):
        await site.person(f"person-{number}")
    first = await (await admin.get("/api/v1/admin/users?limit=3")).json()
    rest = await (await admin.get(f"/api/v1/admin/users?limit=3&cursor={first['next_cursor']}")).json()
    assert len(first["items"]) + len(rest["items"]) == 5
    assert rest["next_cursor"] is None


async def test_a_dead_job_is_shown_with_its_error_retried_and_discarded(site: WebDesk, admin: Client) -> None:
    first, second = await dead_job(site, "550 no such user"), await dead_job(site, "timeout")
    page = await (await admin.get("/admin/jobs")).text()
    assert "550 no such user" in page
    assert (await send_form(admin, f"/admin/jobs/{first}/retry", page="/admin/jobs")).status == 303
    assert (await admin.post(f"/api/v1/admin/jobs/{second}/discard")).status == 200
    queued = (await (await admin.get("/api/v1/admin/jobs?status=queued")).json())["items"]
    assert first in [one["id"] for one in queued]
    assert (await admin.post(f"/api/v1/admin/jobs/{first}/retry")).status == 409
    assert (await admin.post("/api/v1/admin/jobs/999999/retry")).status == 404
    assert (await (await admin.get("/api/v1/admin/jobs?status=discarded")).json())["items"][0][
        "last_error"
    ] == "timeout"


async def test_the_numbers_add_up(site: WebDesk, admin: Client) -> None:
    await site.ticket(await site.person("ada"))
    stats = await (await admin.get("/api/v1/admin/stats")).json()
    assert stats["tickets"] == {"pending": 1, "in_progress": 0, "waiting": 0, "completed": 0}
    assert stats["people"] == {"user": 1, "moderator": 0, "admin": 1}
    assert stats["jobs"]["queued"] > 0
    page = await (await admin.get("/admin")).text()
    assert "database" in page
    assert (await (await admin.get("/api/v1/admin/ai-usage")).json()) == {"items": []}


async def test_ai_usage_sums_by_model_and_purpose(site: WebDesk, admin: Client) -> None:
    from core.triage.models import AiUsage  # noqa: PLC0415 (only this test writes usage)

    now = site.clock.now()
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        for cost, outcome, age in ((0.25, "ok", 0), (None, "ok", 0), (0.5, "invalid", 0), (9, "ok", 48)):
            uow.session.add(
                AiUsage(
                    organization_id=1, model="gpt-x", purpose="triage", input_tokens=100, cached_tokens=10,
                    output_tokens=5, cost_usd=cost, duration_ms=9, outcome=outcome,
                    created_at=now - timedelta(hours=age),
                )
            )  # fmt: skip
        await uow.commit()
    answer = await admin.get("/api/v1/admin/ai-usage", params={"since": (now - timedelta(hours=1)).isoformat()})
    line = (await answer.json())["items"][0]
    assert (line["calls"], line["failed"], line["unpriced_calls"]) == (3, 1, 1)
    assert (line["input_tokens"], line["output_tokens"], line["cost_usd"]) == (300, 15, "0.750000")


async def dead_job(site: WebDesk, error: str) -> int:
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        now = site.clock.now()
        job = Job(
            organization_id=1, kind="conversations.deliver", lane="delivery", payload={}, status=JobStatus.DEAD,
            attempts=10, due_at=now, last_error=error, created_at=now, finished_at=now,
        )  # fmt: skip
        uow.session.add(job)
        await uow.session.flush()
        uow.audit.record("job.test", job)
        await uow.commit()
        return job.id
