"""The status of a ticket stands as our reaction on the message it was made of."""

import pytest

from bot.slack.status_marks import read_status_marks
from core.errors import InvalidInputError
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure
from tests.slack.slack_desk import SlackDesk, text_of


def marks(desk: SlackDesk) -> set[str]:
    return {name for _, _, name in desk.slack.reactions}


async def triage(desk: SlackDesk, text: str) -> None:
    await desk.send(requests.command("/triage", text, user=requests.MODERATOR))
    await desk.run_jobs()


async def test_each_status_has_its_reaction_and_only_that(desk: SlackDesk) -> None:
    question = requests.mention("the printer jams")
    await desk.send(question)
    await desk.run_jobs()
    assert marks(desk) == set()
    await triage(desk, "1 take")
    assert desk.slack.reactions == {(requests.CHANNEL, question["event"]["ts"], "eyes")}
    await triage(desk, "1 status waiting")
    assert marks(desk) == {"hourglass_flowing_sand"}
    await triage(desk, "1 resolve cleaned it")
    assert marks(desk) == {"white_check_mark"}
    await triage(desk, "1 reopen")
    assert marks(desk) == {"eyes"}


async def test_nothing_is_asked_of_slack_while_the_status_stays(desk: SlackDesk) -> None:
    await desk.send(requests.mention("the printer jams"))
    await desk.run_jobs()
    await triage(desk, "1 priority high")
    assert desk.slack.calls_of("reactions.add") == desk.slack.calls_of("reactions.remove") == []


async def test_a_missing_scope_keeps_no_card_from_its_update(desk: SlackDesk) -> None:
    await desk.send(requests.mention("the printer jams"))
    await desk.run_jobs()
    desk.slack.fail("reactions.remove", Failure(error="missing_scope"))
    await triage(desk, "1 take")
    assert "Grace" in text_of(desk.card())
    assert marks(desk) == set()


async def test_a_form_has_no_message_to_mark(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await triage(desk, "1 take")
    assert marks(desk) == set()


def test_the_setting_is_read() -> None:
    assert read_status_marks("completed = :tada:") == {Status.COMPLETED: "tada"}
    assert read_status_marks("") == {}
    for wrong in ("done=tada", "completed", "completed=no emoji"):
        with pytest.raises(InvalidInputError):
            read_status_marks(wrong)
