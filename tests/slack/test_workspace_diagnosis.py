"""`tickmate doctor` names what is wrong in each workspace."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.settings import Settings
from config.slack_diagnosis import slack_checks
from config.slack_scopes import BOT_SCOPES
from core.errors import AccessLostError, ConfigurationError
from tests.fakes.slack import TOKEN, FakeSlack
from tests.slack.workspaces_desk import WorkspacesDesk, installed_settings, workspaces_desk


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> Settings:
    return installed_settings(sqlite_url, tmp_path, slack.url, slack_bot_token=TOKEN, slack_triage_channel="C0MODS")


@pytest.fixture
async def desk(settings: Settings, slack: FakeSlack) -> AsyncIterator[WorkspacesDesk]:
    async with workspaces_desk(settings, slack) as built:
        await built.install("T0ALPHA", name="Alpha")
        slack.conversations["C0MODS"] = {"is_private": True}
        yield built


async def look(desk: WorkspacesDesk, settings: Settings, part: str) -> str:
    return await (await slack_checks(desk.desk, settings))[part]()


async def test_all_is_well(desk: WorkspacesDesk, settings: Settings) -> None:
    assert await look(desk, settings, "slack")


async def test_a_workspace_without_a_channel_is_told_how_to_choose_one(
    desk: WorkspacesDesk, settings: Settings
) -> None:
    with pytest.raises(ConfigurationError, match="/triage here"):
        await look(desk, settings, "slack Alpha")


async def test_a_public_channel_is_refused(desk: WorkspacesDesk, settings: Settings, slack: FakeSlack) -> None:
    slack.conversations["C0MODS"] = {"is_private": False}
    with pytest.raises(ConfigurationError, match="public"):
        await look(desk, settings, "slack")


@pytest.mark.parametrize("mark", ["is_ext_shared", "is_org_shared", "is_pending_ext_shared"])
async def test_a_channel_shared_with_other_workspaces_is_refused(
    desk: WorkspacesDesk, settings: Settings, slack: FakeSlack, mark: str
) -> None:
    slack.conversations["C0MODS"] = {"is_private": True, mark: True}
    with pytest.raises(ConfigurationError, match="people of other workspaces"):
        await look(desk, settings, "slack")


async def test_missing_scopes_are_named(desk: WorkspacesDesk, settings: Settings, slack: FakeSlack) -> None:
    slack.granted_scopes = ",".join(BOT_SCOPES[1:])
    for part in ("slack", "slack Alpha"):
        with pytest.raises(ConfigurationError, match=BOT_SCOPES[0]):
            await look(desk, settings, part)


async def test_a_workspace_that_took_its_access_back_is_named(
    desk: WorkspacesDesk, settings: Settings, slack: FakeSlack
) -> None:
    slack.oauth.revoke_all()
    with pytest.raises(AccessLostError, match="token_revoked"):
        await look(desk, settings, "slack Alpha")
