"""Many workspaces: each installs the app, has its own organization and token, and may leave and come back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.desk import PartState
from core.installations.values import Loss
from core.jobs import kinds
from core.people.models import Organization, SlackWorkspace, User
from core.people.values import Role
from tests.builders import unqueued
from tests.fakes import slack_requests as requests
from tests.fakes.slack import TOKEN, FakeSlack
from tests.slack.workspaces_desk import (
    CODE,
    WorkspacesDesk,
    file_by_mention,
    installed_settings,
    state_of,
    workspaces_desk,
)

ALPHA, BETA = "T0ALPHA", "T0BETA"
INSTALLER = "U0INSTALLER"


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> AsyncIterator[WorkspacesDesk]:
    async with workspaces_desk(installed_settings(sqlite_url, tmp_path, slack.url), slack) as built:
        yield built


async def lost(desk: WorkspacesDesk, team: str, kind: str = "app_uninstalled", **fields: object) -> None:
    envelope = requests.envelope({"type": kind, **fields})
    moment = int(desk.clock.now().timestamp()) + 60
    envelope |= {"team_id": team, "event_time": moment, "authorizations": []}
    assert (await desk.send(envelope))[0] == 200


async def slack_state(desk: WorkspacesDesk) -> PartState:
    return next(state for state in await desk.desk.readiness() if state.part == "slack")


async def run_renewal(desk: WorkspacesDesk) -> None:
    await desk.desk.runs[kinds.RENEW_TOKENS.name].run(unqueued(kinds.RENEW_TOKENS.name))


async def test_each_workspace_gets_an_organization_whose_admin_is_who_installed_it(desk: WorkspacesDesk) -> None:
    assert "TickMate is in Alpha" in await desk.install(ALPHA, name="Alpha")
    await desk.install(BETA, name="Beta")
    async with desk.reading() as reading:
        owners = dict(
            (await reading.session.execute(select(SlackWorkspace.team_id, Organization.name).join(Organization))).all()
        )
        admins = (await reading.session.scalars(select(User).where(User.role == Role.ADMIN))).all()
    assert owners == {ALPHA: "Alpha", BETA: "Beta"}
    assert {admin.organization_id for admin in admins} == {2, 3}
    assert desk.slack.oauth.redirect_addresses == ["http://desk.example/slack/oauth_redirect"] * 2


async def test_tokens_are_not_readable_in_the_database(desk: WorkspacesDesk) -> None:
    desk.slack.oauth.rotates = True
    await desk.install(ALPHA)
    async with desk.reading() as reading:
        rows = str((await reading.session.execute(text("SELECT * FROM installations"))).all())
        audited = str((await reading.session.execute(text("SELECT * FROM audit_log"))).all())
    for token in desk.slack.oauth.valid | desk.slack.oauth.renewals:
        assert token not in rows
        assert token not in audited


async def test_each_workspace_is_answered_with_its_own_token(desk: WorkspacesDesk) -> None:
    await desk.install(ALPHA)
    await desk.install(BETA)
    alpha, beta = sorted(desk.slack.oauth.valid)
    for team, token in ((ALPHA, alpha), (BETA, beta)):
        desk.slack.tokens_used.clear()
        await file_by_mention(desk, team)
        assert set(desk.slack.tokens_used) == {token}
    first, second = await desk.tickets()
    assert (first.organization_id, first.number) == (2, 1)
    assert (second.organization_id, second.number) == (3, 1)


async def test_a_command_of_an_unknown_workspace_is_refused_kindly(desk: WorkspacesDesk) -> None:
    status, answer = await desk.send(requests.command("/ticket", "mine", team_id="T0STRANGER"))
    assert status == 200
    assert "installed in no Slack workspace yet" in answer["text"]
    await desk.install(ALPHA)
    _, answer = await desk.send(requests.command("/ticket", "mine", team_id="T0STRANGER"))
    assert "has no Slack workspace here" in answer["text"]


async def test_an_admin_connects_their_own_organization(desk: WorkspacesDesk) -> None:
    browser = desk.browser()
    await desk.admin(browser)
    await desk.install(ALPHA, own=True, browser=browser)
    async with desk.reading() as reading:
        workspace = (await reading.session.scalars(select(SlackWorkspace))).one()
    assert workspace.organization_id == 1
    begun = await desk.begin(browser, own=True)
    answer = await browser.get(
        "/slack/oauth_redirect", params={"code": desk.slack.oauth.consent(BETA), "state": state_of(begun)}
    )
    assert answer.status == 409
    await browser.session.close()


async def test_nobody_installs_without_being_an_admin_or_having_the_link(desk: WorkspacesDesk) -> None:
    browser = desk.browser()
    answer = await browser.get("/slack/install", allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/login")
    answer = await browser.get("/slack/install", params={"code": "wrong"}, allow_redirects=False)
    assert answer.status == 403
    assert "This link to install is not known here" in await answer.text()
    shown = await browser.get("/slack/install", params={"code": CODE})
    assert "Add to your workspace" in await shown.text()
    await browser.session.close()


async def test_a_state_is_good_once_in_its_browser_for_a_while(desk: WorkspacesDesk) -> None:
    browser, other = desk.browser(), desk.browser()
    state = state_of(await desk.begin(browser, code=CODE))

    async def returns(with_browser: object, used: str) -> int:
        assert with_browser in {browser, other}
        code = desk.slack.oauth.consent(ALPHA)
        answer = await (browser if with_browser is browser else other).get(
            "/slack/oauth_redirect", params={"code": code, "state": used}
        )
        return answer.status

    assert await returns(other, state) == 422
    assert await returns(browser, "made-up") == 422
    assert await returns(browser, state) == 200
    late = state_of(await desk.begin(browser, code=CODE))
    assert await returns(browser, state) == 422
    desk.clock.advance(minutes=11)
    assert await returns(browser, late) == 422
    assert len(await desk.installations()) == 1
    await browser.session.close()
    await other.session.close()


async def test_refusing_at_slack_changes_nothing(desk: WorkspacesDesk) -> None:
    browser = desk.browser()
    for error, told in (
        ("access_denied", "The installation was cancelled at Slack."),
        ("invalid_team_for_non_distributed_app", "“Manage Distribution”"),
        ("<b>", "Slack refused it. <code>&lt;b&gt;</code>"),
    ):
        answer = await browser.get("/slack/oauth_redirect", params={"error": error, "state": "x"})
        shown = await answer.text()
        assert answer.status == 400
        assert told in shown
        assert "Nothing has changed" in shown
        assert "open the link that you were given" in shown
    assert await desk.installations() == []
    await browser.session.close()


async def test_installing_again_is_good_for_everybody_and_keeps_the_organization(desk: WorkspacesDesk) -> None:
    """bolt-python#664: a second installation left some people with the first one's token."""
    await desk.install(ALPHA, installer="U0FIRST")
    desk.slack.oauth.revoke_all()
    await desk.install(ALPHA, installer="U0SECOND")
    desk.clock.advance(seconds=6)
    (token,) = desk.slack.oauth.valid
    desk.slack.tokens_used.clear()
    for user in ("U0FIRST", "U0SECOND", requests.REQUESTER):
        status, _ = await desk.send(requests.command("/ticket", team_id=ALPHA, user=user))
        assert status == 200
    assert set(desk.slack.tokens_used) == {token}
    (installation,) = await desk.installations()
    assert (installation.organization_id, installation.generation) == (2, 2)


async def test_what_could_not_be_said_waits_and_goes_out_when_the_app_is_installed_again(desk: WorkspacesDesk) -> None:
    await desk.install(ALPHA, name="Alpha")
    await lost(desk, ALPHA)
    desk.slack.oauth.revoke_all()
    await file_by_mention(desk, ALPHA)
    async with desk.reading() as reading:
        waiting = (await reading.session.scalars(select(Delivery))).all()
    assert {delivery.status for delivery in waiting} == {DeliveryStatus.HELD}
    state = await slack_state(desk)
    assert not state.ok
    assert not state.is_vital
    assert "Alpha took back the access" in state.detail
    await desk.install(ALPHA)
    desk.clock.advance(seconds=6)
    await desk.run_jobs()
    assert len(desk.slack.messages(requests.CHANNEL)) == 1
    assert (await slack_state(desk)).ok


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("app_uninstalled", {}, Loss.UNINSTALLED),
        ("tokens_revoked", {"tokens": {"bot": ["U0BOT"]}}, Loss.REVOKED),
        ("tokens_revoked", {"tokens": {"oauth": ["U0ADA"]}}, None),
    ],
)
async def test_what_slack_says_of_lost_access(
    desk: WorkspacesDesk, kind: str, fields: dict[str, object], expected: Loss | None
) -> None:
    await desk.install(ALPHA)
    await lost(desk, ALPHA, kind, **fields)
    (installation,) = await desk.installations()
    assert installation.loss is expected


async def test_a_late_word_of_an_earlier_installation_changes_nothing(desk: WorkspacesDesk) -> None:
    await desk.install(ALPHA)
    desk.clock.advance(hours=1)
    await desk.install(ALPHA)
    desk.clock.advance(seconds=-600)
    await lost(desk, ALPHA)
    assert (await desk.installations())[0].lost_at is None


async def test_a_revoked_token_is_noticed_without_any_event(desk: WorkspacesDesk) -> None:
    await desk.install(ALPHA)
    desk.slack.oauth.revoke_all()
    await file_by_mention(desk, ALPHA)
    (installation,) = await desk.installations()
    assert installation.loss is Loss.REVOKED
    async with desk.reading() as reading:
        assert {each.status for each in await reading.session.scalars(select(Delivery))} == {DeliveryStatus.HELD}


async def test_tokens_are_renewed_before_they_expire_and_used_at_once(desk: WorkspacesDesk) -> None:
    desk.slack.oauth.rotates = True
    await desk.install(ALPHA)
    await run_renewal(desk)
    assert (await desk.installations())[0].generation == 1
    desk.clock.advance(hours=10)
    old = set(desk.slack.oauth.valid)
    await run_renewal(desk)
    desk.slack.oauth.valid -= old
    await run_renewal(desk)  # another replica's, in the same minute
    (installation,) = await desk.installations()
    assert installation.generation == 2
    assert installation.expires_at == desk.clock.now() + timedelta(hours=12)
    await file_by_mention(desk, ALPHA)
    assert len(desk.slack.messages(requests.CHANNEL)) == 1


async def test_a_renewal_that_got_lost_leaves_the_token_until_it_expires(desk: WorkspacesDesk) -> None:
    desk.slack.oauth.rotates = True
    await desk.install(ALPHA)
    desk.clock.advance(hours=10)
    desk.slack.oauth.renewals.clear()  # used up, and the answer never arrived
    await run_renewal(desk)
    (installation,) = await desk.installations()
    assert "invalid_refresh_token" in installation.renewal_error
    assert installation.lost_at is None
    assert "could not be renewed" in (await slack_state(desk)).detail
    desk.clock.advance(hours=3)
    await run_renewal(desk)
    assert (await desk.installations())[0].loss is Loss.EXPIRED


async def test_an_expired_token_waits_for_its_renewal(desk: WorkspacesDesk) -> None:
    await desk.install(ALPHA)
    desk.slack.oauth.expired |= desk.slack.oauth.valid
    status, answer = await desk.send(requests.command("/ticket", "printer", team_id=ALPHA))
    assert status == 200
    assert "printer" in answer["text"]
    assert (await desk.installations())[0].lost_at is None


async def test_an_enterprise_is_one_workspace(desk: WorkspacesDesk) -> None:
    await desk.install("E0GRID", enterprise=True, name="Grid")
    status, _ = await desk.send(
        requests.command("/ticket", team_id="T0ONE", enterprise_id="E0GRID", is_enterprise_install="true")
    )
    assert status == 200
    assert len(desk.slack.calls_of("views.open")) == 1
    mention = requests.mention("printer jams")
    mention["authorizations"] = [
        {"enterprise_id": "E0GRID", "team_id": None, "is_bot": True, "is_enterprise_install": True}
    ]
    await desk.send(mention)
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.organization_id == 2
    (installation,) = await desk.installations()
    assert (installation.enterprise_id, installation.is_enterprise) == ("E0GRID", True)


async def test_the_deployments_own_workspace_goes_on_beside_the_others(
    sqlite_url: str, tmp_path: Path, slack: FakeSlack
) -> None:
    settings = installed_settings(sqlite_url, tmp_path, slack.url, slack_bot_token=TOKEN)
    async with workspaces_desk(settings, slack) as desk:
        await file_by_mention(desk, requests.TEAM)
        await desk.install(ALPHA)
        desk.clock.advance(seconds=6)
        await file_by_mention(desk, requests.TEAM)
        assert [ticket.organization_id for ticket in await desk.tickets()] == [1, 1]
        assert len(slack.messages(requests.CHANNEL)) == 2
