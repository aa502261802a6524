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

    async def told(self, name: str) -> list[str]:
        return [text_of(message) for message in await self.emulator.messages(await self._direct(name))]


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


async def test_the_whole_story_as_three_people_see_it(story: Story) -> None:
    """Ada files, Bea has the same problem, Grace works both: every act, and who is told of it."""
    for name, title in (("ada", "Exports crash with an error"), ("bea", "CSV is empty")):
        await story.does(name, requests.command("/ticket"))
        await story.sends_form(name, {"title": title, "description": f"{title} since Monday"})
        assert any(title in text for text in await story.told(name))
    first = await story.card_of(1)
    assert all(part in text_of(first) for part in ("Suggestion", "nobody yet", "first answer due"))

    grace = story.emulator.users["grace"]
    block_id, _ = button(first, ids.ASSIGN)
    await story.does("grace", requests.choose_person(ids.ASSIGN, block_id, grace))
    block_id, value = button(await story.card_of(1), ids.ACCEPT)
    await story.does("grace", requests.press(ids.ACCEPT, block_id, value))
    shown = text_of(await story.card_of(1))
    assert all(part in shown for part in ("👤 Grace", "Confirmed by a person"))

    await story.chooses_more(1, ids.NOTE)
    await story.sends_form("grace", {"note": "the nightly index"})
    block_id, value = button(await story.card_of(1), ids.REPLY)
    await story.does("grace", requests.press(ids.REPLY, block_id, value))
    await story.sends_form("grace", {"reply": "Which export is it?"})
    block_id, _ = button(await story.card_of(1), ids.STATUS)
    await story.does("grace", requests.choose(ids.STATUS, block_id, "waiting"))
    assert "due" not in text_of(await story.card_of(1)).split("Suggestion")[0]
    assert await story.heard("ada") == {"Which export is it?"}
    assert await story.heard("bea") == set()

    await story.chooses_more(1, ids.SNOOZE)
    await story.sends_form("grace", {"when": "tomorrow"})
    assert "snoozed until" in text_of(await story.card_of(1))
    await story.answers("ada", "All of them")
    card = text_of(await story.card_of(1))
    assert "snoozed" not in card
    assert "in progress" in card

    await story.chooses_more(2, ids.MERGE)
    await story.sends_form("grace", {"number": "1"}, next_page={})
    assert any("goes on as #1" in text for text in await story.told("bea"))

    block_id, value = button(await story.card_of(1), ids.RESOLVE)
    await story.does("grace", requests.press(ids.RESOLVE, block_id, value))
    await story.sends_form("grace", {"resolution": "The index is ready earlier"})
    for name in ("ada", "bea"):
        assert "The index is ready earlier" in await story.heard(name)

    await story.answers("ada", "It is empty again")
    tickets = await story.desk.tickets()
    assert [ticket.status for ticket in tickets] == [Status.PENDING, Status.COMPLETED]
    assert "It is empty again" in await story.heard("bea")
    assert "the nightly index" not in await story.heard("ada") | await story.heard("bea")


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
