"""How satisfied the requester is: asked with the solution in Slack, answered by one press, with words if they like."""

from typing import Any

from sqlalchemy import select

from bot.slack.blocks import ids, satisfaction
from core.tickets.models import Satisfaction
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, button, text_of

ADA, MALLORY, GRACE = requests.REQUESTER, "U0MALLORY", requests.MODERATOR


async def triage(desk: SlackDesk, words: str) -> None:
    await desk.send(requests.command("/triage", words, user=GRACE))
    await desk.run_jobs()


def told(desk: SlackDesk, channel: str = "D0ADA") -> dict[str, Any]:
    return [one for one in desk.slack.messages(channel) if "is resolved." in text_of(one)][-1]


async def press(desk: SlackDesk, action_id: str, *, user: str = ADA, message: dict[str, Any] | None = None) -> None:
    block_id, value = button(message or told(desk), action_id)
    pressed = requests.press(action_id, block_id, value, user=user, response_url=f"{desk.slack.url}/respond/1")
    assert await desk.send(pressed) == (200, "")
    await desk.run_jobs()


async def answers(desk: SlackDesk) -> list[tuple[int | None, str]]:
    async with desk.reading() as reading:
        return [(row.score, row.comment) for row in await reading.session.scalars(select(Satisfaction))]


async def test_one_press_counts_and_a_comment_may_follow(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await triage(desk, "1 resolve Oiled it")
    assert "How satisfied are you" in text_of(told(desk))
    await press(desk, satisfaction.rate_id(4))
    assert await answers(desk) == [(4, "")]
    assert "You gave 4 of 5" in text_of(told(desk))
    form = desk.form()
    assert form["callback_id"] == ids.RATE_MODAL
    await desk.send(requests.submission(form, {"score": "5", "comment": "Quick!"}))
    await desk.run_jobs()
    assert await answers(desk) == [(5, "Quick!")]
    assert "You gave 5 of 5" in text_of(told(desk))
    assert "Satisfaction 5 of 5: Quick!" in text_of(desk.card())
    await press(desk, ids.RATE_AGAIN)
    shown = {block["block_id"]: block["element"] for block in desk.form()["blocks"]}
    assert shown["comment"]["initial_value"] == "Quick!"


async def test_nobody_else_answers_for_the_requester(desk: SlackDesk) -> None:
    await desk.send(requests.mention("the printer jams"))
    await desk.run_jobs()
    await triage(desk, "1 public on")
    await triage(desk, "1 resolve Oiled it")
    message = told(desk, requests.CHANNEL)
    for user in (MALLORY, GRACE):
        await press(desk, satisfaction.rate_id(1), user=user, message=message)
    assert await answers(desk) == [(None, "")]
    assert desk.slack.calls_of("views.open") == []


async def test_of_a_private_ticket_in_a_channel_only_the_requester_is_asked(desk: SlackDesk) -> None:
    mention = requests.mention("the printer jams")
    await desk.send(mention)
    await desk.run_jobs()
    await desk.send(requests.message("mine too", user="U0BEA", thread_ts=mention["event"]["ts"]))
    await desk.run_jobs()
    await triage(desk, "1 resolve Oiled it")
    assert "How satisfied" in text_of(told(desk))
    assert "How satisfied" not in text_of(told(desk, "D0BEA"))
    assert not any("How satisfied" in text_of(one) for one in desk.slack.messages(requests.CHANNEL))


async def test_whoever_has_answered_is_not_asked_again(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await triage(desk, "1 resolve Oiled it")
    await press(desk, satisfaction.rate_id(2))
    await triage(desk, "1 reopen")
    await triage(desk, "1 resolve Oiled it more")
    assert "Oiled it more" in text_of(told(desk))
    assert "How satisfied" not in text_of(told(desk))
    assert await answers(desk) == [(2, "")]


async def test_whoever_has_not_answered_is_asked_with_the_next_solution(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await triage(desk, "1 resolve Oiled it")
    await triage(desk, "1 resolve Oiled it well")  # the same solution in better words: not asked twice
    assert "How satisfied" not in text_of(told(desk))
    await triage(desk, "1 reopen")
    await triage(desk, "1 resolve Replaced it")
    assert "How satisfied" in text_of(told(desk))
    assert await answers(desk) == [(None, "")]


async def test_nobody_is_asked_about_what_they_withdrew(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    (confirmed,) = desk.slack.messages("D0ADA")
    await press(desk, ids.WITHDRAW, message=confirmed)
    assert "How satisfied" not in text_of(told(desk))
    assert await answers(desk) == []
