"""People at the emulator: what they do is signed and sent as Slack would, and what they were told is read there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.slack.blocks import ids
from bot.slack.web_api import SlackWebApi
from core.people.values import Role
from tests.fakes import slack_requests as requests
from tests.fakes.slack import TOKEN
from tests.slack.emulator_process import Emulator, running_emulator
from tests.slack.slack_desk import DeskBehindSlack, button, desk_behind_slack, slack_settings, text_of

Json = dict[str, Any]

WORDS = ("the nightly index", "Which export is it?", "The index is ready earlier", "It is empty again")


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

    async def sends_form(self, name: str, entered: Json, *, next_page: Json | None = None) -> None:
        """Send the form that opened last, and `next_page` where it is answered with another."""
        view = self.api.views[-1]
        answer = await self.does(name, self._form(view, entered, view["id"]))
        if next_page is not None:
            answer = await self.does(name, self._form(answer["view"], next_page, view["id"]))
        assert answer == ""

    def _form(self, view: Json, entered: Json, view_id: str) -> Json:
        sent = requests.submission(view, entered, view_id=view_id)
        sent["view"]["app_installed_team_id"] = self.emulator.team_id
        return sent

    async def chooses_more(self, number: int, choice: str) -> None:
        """Grace chooses what is behind a card's three dots."""
        block_id, _ = button(await self.card_of(number), ids.MORE)
        await self.does("grace", requests.choose(ids.MORE, block_id, choice))

    async def answers(self, name: str, text: str) -> None:
        """Somebody writes under their confirmation."""
        channel = await self._direct(name)
        confirmed = next(m for m in await self.emulator.messages(channel) if "thread_ts" not in m)
        user_id, team_id = self.emulator.users[name], self.emulator.team_id
        sent = requests.direct_message(text, user=user_id, channel=channel, thread_ts=confirmed["ts"], team=team_id)
        sent["authorizations"][0]["team_id"] = sent["team_id"] = team_id
        assert await self.desk.send(sent) == (200, "")
        await self.desk.run_jobs()

    async def card_of(self, number: int) -> Json:
        roots = [m for m in await self.emulator.messages(self.emulator.channels["triage"]) if "thread_ts" not in m]
        return next(message for message in roots if text_of(message).startswith(f"#{number} "))

    async def heard(self, name: str) -> set[str]:
        """Which of the words of this story somebody was told directly."""
        told = "\n".join(await self.told(name))
        return {words for words in WORDS if words in told}

    async def _direct(self, name: str) -> str:
        opened = await self.api.call("conversations.open", users=self.emulator.users[name])
        return str(opened["channel"]["id"])

    async def card(self) -> Json:
        roots = [m for m in await self.emulator.messages(self.emulator.channels["triage"]) if "thread_ts" not in m]
        return roots[-1]

    async def direct_messages(self, name: str) -> list[Json]:
        """What stands in somebody's direct messages, oldest first."""
        return list(await self.emulator.messages(await self._direct(name)))

    async def told(self, name: str) -> list[str]:
        return [text_of(message) for message in await self.direct_messages(name)]

    async def in_card_thread(self) -> list[str]:
        """What stands below the cards."""
        below = await self.emulator.messages(self.emulator.channels["triage"])
        return [text_of(message) for message in below if "thread_ts" in message]


@asynccontextmanager
async def running_story(database_url: str, folder: Path) -> AsyncIterator[Story]:
    """A desk at the emulator, where Grace works tickets."""
    async with running_emulator(folder) as emulator:
        settings = slack_settings(database_url, folder, emulator.url, emulator.channels["triage"])
        api = RecordingApi(emulator.url)
        async with desk_behind_slack(settings, api, team_id=emulator.team_id) as desk:
            await desk.make(emulator.users["grace"], Role.MODERATOR)
            yield Story(desk=desk, api=api, emulator=emulator)
