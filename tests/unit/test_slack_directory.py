"""Who a Slack user is, asked once an hour."""

from typing import Any

import pytest

from bot.slack.apis import OneWorkspace
from bot.slack.directory import FAILED_FOR_SECONDS, KNOWN_FOR_SECONDS, SlackDirectory
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.errors import TryAgainLaterError
from core.people.values import IdentityKind, Sender, Standing
from tests.fakes.clock import FakeClock

ADA = Sender(kind=IdentityKind.SLACK, external_id="T1:U1", name="u1", verified=True)


class AnsweringApi(SlackWebApi):
    """Answers `users.info` from a script, or raises from it; the last answer repeats."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        super().__init__(token="", base_url="")
        self.answers = list(answers)
        self.asked = 0

    async def call(self, method: str, *, seconds: float | None = None, **arguments: Any) -> dict[str, Any]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def user(**fields: Any) -> dict[str, Any]:
    profile = {"real_name": "Ada Lovelace", "email": "ada@people.example"}
    return {"ok": True, "user": {"id": "U1", "team_id": "T1", "profile": profile} | fields}


async def test_name_and_address_are_known_for_an_hour() -> None:
    api, clock = AnsweringApi(user()), FakeClock()
    directory = SlackDirectory(OneWorkspace(api), clock)
    for _ in range(3):
        known = await directory.look_up(ADA)
        assert (known.name, known.email) == ("Ada Lovelace", "ada@people.example")
    assert api.asked == 1
    clock.advance(seconds=KNOWN_FOR_SECONDS + 1)
    await directory.look_up(ADA)
    assert api.asked == 2


@pytest.mark.parametrize("error", [TryAgainLaterError("away"), SlackRefusedError("users.info", "missing_scope")])
async def test_a_silent_directory_is_asked_again_in_a_minute(error: Exception) -> None:
    """A missing scope or a fault keeps nobody out."""
    api, clock = AnsweringApi(error, user()), FakeClock()
    directory = SlackDirectory(OneWorkspace(api), clock)
    assert await directory.look_up(ADA) == ADA
    assert await directory.look_up(ADA) == ADA
    assert api.asked == 1
    clock.advance(seconds=FAILED_FOR_SECONDS + 1)
    assert (await directory.look_up(ADA)).email == "ada@people.example"


@pytest.mark.parametrize("fields", [{"team_id": "T2"}, {"is_stranger": True}, {"is_bot": True}])
async def test_the_address_of_a_stranger_is_not_believed(fields: dict[str, Any]) -> None:
    known = await SlackDirectory(OneWorkspace(AnsweringApi(user(**fields))), FakeClock()).look_up(ADA)
    assert (known.name, known.email) == ("Ada Lovelace", "")


@pytest.mark.parametrize(
    "answer", [{}, {"user": None}, {"user": {"profile": None}}, {"user": {"profile": {"email": 7}}}]
)
async def test_an_odd_answer_changes_nothing(answer: dict[str, Any]) -> None:
    assert await SlackDirectory(OneWorkspace(AnsweringApi(answer)), FakeClock()).look_up(ADA) == ADA


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_ultra_restricted": True}, Standing.GUEST),
        ({"is_stranger": True}, Standing.OUTSIDE),
        ({"team_id": "T2"}, Standing.OUTSIDE),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, Standing.MEMBER),
    ],
)
async def test_guests_and_people_from_outside_are_known(fields: dict[str, Any], standing: Standing) -> None:
    known = await SlackDirectory(OneWorkspace(AnsweringApi(user(**fields))), FakeClock()).look_up(ADA)
    assert known.standing is standing
