"""The whole story of a ticket, against the emulator: filed, confirmed, taken, resolved, found by the next one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.slack.blocks import ids
from bot.slack.web_api import SlackWebApi
from core.people.values import Role
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.fakes.slack import TOKEN
from tests.slack.emulator_process import Emulator, running_emulator
from tests.slack.slack_desk import DeskBehindSlack, button, desk_behind_slack, slack_settings, text_of

pytestmark = pytest.mark.emulator

Json = dict[str, Any]


class RecordingApi(SlackWebApi):
    """Keeps the forms that opened, as a person would see them."""

    def __init__(self, url: str) -> None:
        super().__init__(token=TOKEN, base_url=url, seconds=5.0)
        self.views: list[Json] = []

    async def call(self, method: str, *, seconds: float | None = None, **arguments: Any) -> Json:
        answer = await super().call(method, seconds=seconds, **arguments)
        if method == "views.open":
            self.views.append(answer["view"])
        return answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """Ada files and Grace works tickets; what they do is signed and sent as Slack would."""

    desk: DeskBehindSlack
    api: RecordingApi
    emulator: Emulator

    async def does(self, name: str, payload: Json) -> Any:
        """Send something as this person, with a trigger of the emulator's, and do what follows."""
        user_id = self.emulator.users[name]
        whose: Json = {"user_id": user_id, "team_id": self.emulator.team_id}
        if "command" not in payload:
            team = {"id": self.emulator.team_id, "domain": "example"}
            whose = {"user": {"id": user_id, "name": name, "team_id": self.emulator.team_id}, "team": team}
        status, answer = await self.desk.send(payload | whose | {"trigger_id": await self.emulator.trigger(name)})
        assert status == 200
        await self.desk.run_jobs()
        return answer

    async def sends_form(self, name: str, entered: Json) -> None:
        view = self.api.views[-1]
        sent = requests.submission(view, entered, view_id=view["id"])
        sent["view"]["app_installed_team_id"] = self.emulator.team_id
        assert await self.does(name, sent) == ""

    async def card(self) -> Json:
        roots = [m for m in await self.emulator.messages(self.emulator.channels["triage"]) if "thread_ts" not in m]
        return roots[-1]

    async def told(self, name: str) -> list[str]:
        opened = await self.api.call("conversations.open", users=self.emulator.users[name])
        return [text_of(message) for message in await self.emulator.messages(opened["channel"]["id"])]


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with running_emulator(tmp_path) as emulator:
        settings = slack_settings(database_url, tmp_path, emulator.url, emulator.channels["triage"])
        api = RecordingApi(emulator.url)
        async with desk_behind_slack(settings, api, team_id=emulator.team_id) as desk:
            await desk.make(emulator.users["grace"], Role.MODERATOR)
            yield Story(desk=desk, api=api, emulator=emulator)


async def test_a_ticket_is_filed_taken_resolved_and_found_by_the_next_one(story: Story) -> None:
    await story.does("ada", requests.command("/ticket", "Printer on floor three jams"))
    await story.sends_form("ada", {"title": "Printer on floor three jams", "description": "Paper gets stuck"})
    (confirmed,) = await story.told("ada")
    assert "#1 Printer on floor three jams" in confirmed
    assert "No similar resolved ticket" in confirmed
    assert "nobody yet" in text_of(await story.card())

    block_id, value = button(await story.card(), ids.TAKE)
    await story.does("grace", requests.press(ids.TAKE, block_id, value))
    assert "Grace" in text_of(await story.card())

    block_id, value = button(await story.card(), ids.RESOLVE)
    await story.does("grace", requests.press(ids.RESOLVE, block_id, value))
    await story.sends_form("grace", {"resolution": "Cleaned the rollers", "public": ["public"]})
    (ticket,) = await story.desk.tickets()
    assert (ticket.status, ticket.is_public) == (Status.COMPLETED, True)
    assert any("Cleaned the rollers" in text for text in await story.told("ada"))

    await story.does("ada", requests.command("/ticket", "again"))
    await story.sends_form("ada", {"title": "Printer on floor three jams again", "description": "Paper stuck"})
    assert "Cleaned the rollers" in text_of(await story.card())
    assert "#1 Printer on floor three jams" in (await story.told("ada"))[-1]


async def test_a_form_that_slack_does_not_open_gives_the_text_back(story: Story) -> None:
    """bolt-python#886, #306: a trigger opens one form only, and only for 3 s."""
    command = requests.command("/ticket", "the printer jams") | {
        "user_id": story.emulator.users["ada"],
        "team_id": story.emulator.team_id,
        "trigger_id": await story.emulator.trigger("ada"),
    }
    assert (await story.desk.send(command))[1] == ""
    _, answer = await story.desk.send(command)
    assert "the printer jams" in text_of(answer)
