"""`/admin` and the same numbers in `/api/v1/admin/stats`: promises and triage by week, embedding, the AI budget."""

from decimal import Decimal
from pathlib import Path

import pytest

from config.settings import Settings
from core.installations.models import Installation
from core.installations.values import Loss
from core.people.models import SlackWorkspace
from core.people.values import Role, system_actor
from core.tickets.models import Ticket
from core.tickets.values import Category
from core.triage.actions import record_calls, record_suggestion
from core.triage.values import AiCall, Suggestion
from tests.web.web_desk import Client, WebDesk, web_settings
from webhooks.pages.plot import BOTTOM, HEIGHT, TOP, kept_bars
from webhooks.rendering import Pages


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return web_settings(sqlite_url, tmp_path, ai_monthly_budget_usd="8")


@pytest.fixture
async def admin(site: WebDesk) -> Client:
    return await site.signed_in_as(Role.ADMIN, "root")


async def _resolved_late(site: WebDesk, admin: Client) -> None:
    """A ticket of high priority, answered within its hour and solved after its eight."""
    ticket = await site.ticket(await site.person("ada"))
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        advice = Suggestion(category=Category.BUG, priority=None, reasoning="It fails.")
        record_suggestion(uow, await uow.session.get_one(Ticket, ticket.id), advice)
        await uow.commit()
    path = f"/api/v1/tickets/{ticket.number}"
    assert (await admin.patch(path, json={"priority": "high", "category": "Question"})).status == 200
    site.clock.advance(minutes=30)
    assert (await admin.post(f"{path}/comments", json={"text": "We look into it."})).status == 201
    site.clock.advance(hours=9)
    assert (await admin.patch(path, json={"resolution": "Oiled it."})).status == 200


async def test_promises_and_triage_are_drawn_and_told_in_tables(site: WebDesk, admin: Client) -> None:
    await _resolved_late(site, admin)
    page = await (await admin.get("/admin")).text()
    bars = page.partition('aria-labelledby="answers-title')[2].partition("</svg>")[0]
    assert bars.count('<rect class="kept"') == 2  # its bar and the legend's
    assert bars.count('<rect class="broken"') == 1
    bars = page.partition('aria-labelledby="solutions-title')[2].partition("</svg>")[0]
    assert (bars.count('<rect class="kept"'), bars.count('<rect class="broken"')) == (1, 2)
    assert '<td data-label="Half within">9 h 30 min</td>' in page
    assert "0 % (0 of 1)" in page
    assert 'aria-labelledby="triage-title triage-text"' in page
    assert '<td data-label="Category right">0 % (0 of 1)</td>' in page
    assert "style=" not in page


async def test_the_json_has_the_same_numbers(site: WebDesk, admin: Client) -> None:
    await _resolved_late(site, admin)
    stats = await (await admin.get("/api/v1/admin/stats")).json()
    promises, week = stats["promises"], stats["promises"]["weeks"][-1]
    kept = {"measured": 1, "median_seconds": 1800.0, "p90_seconds": 1800.0, "promised": 1, "kept": 1}
    broken = {"measured": 1, "median_seconds": 34200.0, "p90_seconds": 34200.0, "promised": 1, "kept": 0}
    assert (promises["first_response"], promises["resolution"]) == (kept, broken)
    assert (week["first_response"], week["resolution"], len(promises["weeks"])) == (kept, broken, 13)
    last = stats["triage"][-1]
    assert (last["coverage"], last["precision"], last["priority_precision"]) == (1.0, 0.0, None)


async def test_a_desk_without_history_says_so_instead_of_drawing(admin: Client) -> None:
    page = await (await admin.get("/admin")).text()
    assert "<svg class=" not in page
    assert "There is nothing to draw yet" in page
    assert "0.00 of 8.00 USD spent this month" in page
    assert "Embedding tickets" not in page


async def test_the_budget_and_what_is_left_to_embed_are_bars_with_words(site: WebDesk, admin: Client) -> None:
    ticket = await site.ticket(await site.person("ada"))
    done = {"resolution": "Clean the rollers.", "is_public": True}
    assert (await admin.patch(f"/api/v1/tickets/{ticket.number}", json=done)).status == 200
    call = AiCall(
        model="gpt-x", purpose="triage", input_tokens=1, cached_tokens=0, output_tokens=1,
        cost_usd=Decimal(2), duration_ms=1,
    )  # fmt: skip
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        record_calls(uow, ticket.id, [call])
        await uow.commit()
    page = await (await admin.get("/admin")).text()
    assert '<progress id="embedded" max="1" value="0">' in page
    assert "0 of 1 solved public tickets are embedded" in page
    assert '<label class="plain" for="spent">2.00 of 8.00 USD spent this month</label>' in page
    assert '<progress id="spent" max="8" value="2' in page


async def test_open_and_shut_doors_and_workspaces_are_listed(site: WebDesk, admin: Client) -> None:
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        workspace = SlackWorkspace(organization_id=1, team_id="T1")
        uow.session.add(workspace)
        await uow.session.flush()
        row = Installation(
            organization_id=1, workspace_id=workspace.id, name="Acme <Slack>", token="sealed",
            installed_at=site.clock.now(), lost_at=site.clock.now(), loss=Loss.REVOKED,
        )  # fmt: skip
        uow.session.add(row)
        await uow.session.flush()
        uow.audit.record("installation.test", row, covers=[workspace])
        await uow.commit()
    page = await (await admin.get("/admin")).text()
    assert "Acme &lt;Slack&gt;" in page
    assert "access taken back" in page
    assert "http://desk.example/webhooks/email/raw" in page
    assert page.count('<span class="badge good">open</span>') == 1
    assert "set <code>SES_TOPIC_ARN</code> to open it" in page


def test_bars_stand_on_each_other_within_the_picture() -> None:
    bars = kept_bars([(3, 1), (0, 0), (0, 26), (15, 0)])
    assert [count for count, _ in bars.ticks] == [0, 15, 30]
    assert len(bars.bars) == 3
    for bar in bars.bars:
        assert bar.broken_y + bar.broken_height == pytest.approx(bar.kept_y)
        assert bar.kept_y + bar.kept_height == pytest.approx(HEIGHT - BOTTOM)
        assert bar.broken_y >= TOP


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 6), (9, 10), (11, 20), (99, 100), (101, 200)])
def test_a_scale_ends_at_a_round_number_with_a_whole_half(most: int, top: int) -> None:
    assert [count for count, _ in kept_bars([(most, 0)]).ticks] == [0, top // 2, top]


def test_times_in_the_desks_own_sentences_are_of_the_persons_zone() -> None:
    template = "{{ detail | moments }}"
    values = {"detail": "last mail 2026-03-02 09:00 UTC <soon>", "time_zone": "Europe/Berlin"}
    shown = Pages()._environment.from_string(template).render(values)
    assert shown == 'last mail <time datetime="2026-03-02T09:00:00+00:00">2026-03-02 10:00</time> &lt;soon&gt;'
