"""A moderators' channel that the workspaces of one Enterprise organization share."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from config.slack_diagnosis import slack_checks
from core.errors import ConfigurationError
from tests.fakes import slack_requests as requests
from tests.fakes.slack import FakeSlack
from tests.slack.workspaces_desk import WorkspacesDesk, installed_settings, workspaces_desk

GRID, ALPHA, INSTALLER = "E0GRID", "T0ALPHA", "U0INSTALLER"
SHARED = {"is_private": True, "is_member": True, "is_shared": True, "is_org_shared": True}
OUTSIDERS = "people of other workspaces"


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> Settings:
    return installed_settings(sqlite_url, tmp_path, slack.url)


@pytest.fixture
async def desk(settings: Settings, slack: FakeSlack) -> AsyncIterator[WorkspacesDesk]:
    async with workspaces_desk(settings, slack) as built:
        yield built


async def choose(desk: WorkspacesDesk, channel: dict[str, Any], **sender: Any) -> str:
    """The answer to `/triage here`."""
    desk.slack.conversations["C0MODS"] = {"id": "C0MODS"} | channel
    command = requests.command("/triage", "here", user=INSTALLER, channel_id="C0MODS", **sender)
    return str((await desk.send(command))[1]["text"])


IN_GRID = {"team_id": "T0ONE", "enterprise_id": GRID, "is_enterprise_install": "true"}


@pytest.mark.parametrize(
    ("channel", "answer"),
    [
        (SHARED, "from now on"),
        (SHARED | {"enterprise_id": GRID, "connected_team_ids": [], "pending_connected_team_ids": []}, "from now on"),
        (SHARED | {"connected_team_ids": [GRID]}, "from now on"),
        (SHARED | {"enterprise_id": "E0OTHER"}, OUTSIDERS),
        (SHARED | {"is_ext_shared": True}, OUTSIDERS),
        (SHARED | {"is_pending_ext_shared": True}, OUTSIDERS),
        (SHARED | {"pending_connected_team_ids": ["T0OTHER"]}, OUTSIDERS),
        (SHARED | {"connected_team_ids": [GRID, "E0OTHER"]}, OUTSIDERS),
        (SHARED | {"is_org_shared": False}, OUTSIDERS),
        (SHARED | {"is_private": False}, "everybody"),
    ],
)
async def test_an_app_of_the_whole_enterprise_takes_its_own_shared_channels_only(
    desk: WorkspacesDesk, channel: dict[str, Any], answer: str
) -> None:
    await desk.install(GRID, enterprise=True, name="Grid")
    assert answer in await choose(desk, channel, **IN_GRID)


async def test_doctor_judges_the_chosen_channel_in_the_same_way(desk: WorkspacesDesk, settings: Settings) -> None:
    await desk.install(GRID, enterprise=True, name="Grid")
    await choose(desk, SHARED, **IN_GRID)
    look = (await slack_checks(desk.desk, settings))["slack Grid"]
    assert await look()
    desk.slack.conversations["C0MODS"] = SHARED | {"is_ext_shared": True}
    with pytest.raises(ConfigurationError, match=OUTSIDERS):
        await look()


async def test_an_app_of_one_workspace_is_told_how_to_mend_it(desk: WorkspacesDesk) -> None:
    await desk.install(ALPHA)
    answer = await choose(desk, SHARED, team_id=ALPHA)
    assert "other workspaces of this Enterprise organization" in answer
    assert "installed for the whole Enterprise organization" in answer
