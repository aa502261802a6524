"""The message shortcut: what was said before goes along, quoted with names, and who said it may take part."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.slack.blocks import ids
from bot.slack.thread_context import HEADING
from core.files.models import SharedFile
from core.intake.values import Outcome
from core.people.models import User
from core.tickets.models import Participant
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure
from tests.slack.slack_desk import SlackDesk

Json = dict[str, Any]
CREATE = ids.CREATE_FROM_MESSAGE_SHORTCUT


def said(desk: SlackDesk, text: str, user: str, **fields: Any) -> str:
    ts = requests.fresh_ts()
    desk.slack.channels[requests.CHANNEL].append({"type": "message", "user": user, "text": text, "ts": ts} | fields)
    return ts


async def form_of(desk: SlackDesk, shortcut: Json) -> Json:
    await desk.send(shortcut)
    (shown,) = desk.slack.views.values()
    return shown


def prefilled(view: Json) -> dict[str, Any]:
    return {
        block["block_id"]: block["element"].get("initial_value", block["element"].get("initial_users"))
        for block in view["blocks"]
        if block["type"] == "input"
    }


def thread(desk: SlackDesk) -> tuple[str, str]:
    """Bob and Eve have spoken, then Grace; the first time stamp and the last."""
    desk.slack.add_user("U0BOB", "Bob", "bob@people.example")
    desk.slack.add_user("U0EVE", "Eve", "eve@people.example")
    first = said(desk, "the VPN is down", "U0BOB")
    said(desk, "for me, too", "U0EVE", thread_ts=first)
    last = said(desk, "I restarted the gateway", requests.MODERATOR, thread_ts=first)
    said(desk, "said after it", "U0BOB", thread_ts=first)
    return first, last


async def test_the_thread_goes_along_and_its_people_may_take_part(desk: SlackDesk) -> None:
    first, last = thread(desk)
    view = await form_of(desk, requests.message_shortcut(CREATE, "I restarted the gateway", ts=last, thread_ts=first))
    filled = prefilled(view)
    assert filled["description"] == "I restarted the gateway"
    assert filled["description_2"] == f"\n\n{HEADING}\n> Bob: the VPN is down\n> Eve: for me, too"
    assert filled["people"] == [requests.MODERATOR, "U0BOB", "U0EVE"]
    sent = requests.submission(view, {name: value for name, value in filled.items() if value})
    assert await desk.send(sent) == (200, "")
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert "> Bob: the VPN is down" in ticket.description
    async with desk.reading() as reading:
        people = await reading.session.scalars(select(User).join(Participant, Participant.user_id == User.id))
        assert {person.full_name for person in people} == {"Ada", "Bob", "Eve"}  # Grace works it, and hears anyway
    assert desk.thread(requests.CHANNEL, first)
    await desk.send(requests.message("still down", user="U0BOB", thread_ts=first))
    await desk.run_jobs()
    assert [reply.text for reply in await desk.replies()] == ["said after it", "still down"]


async def test_of_a_long_thread_the_beginning_and_the_last_words_go_along(desk: SlackDesk) -> None:
    """Slack gives a thread oldest first."""
    first, _ = thread(desk)
    for number in range(40):
        said(desk, f"try no. {number}", "U0EVE", thread_ts=first)
    last = said(desk, "it works", requests.MODERATOR, thread_ts=first)
    view = await form_of(desk, requests.message_shortcut(CREATE, "it works", ts=last, thread_ts=first))
    quoted = prefilled(view)["description_2"].strip().splitlines()
    assert quoted[:3] == [HEADING, "> Bob: the VPN is down", "> … (29 more)"]
    assert quoted[3:] == [f"> Eve: try no. {number}" for number in range(26, 40)]


async def test_long_messages_leave_room_for_the_last_ones(desk: SlackDesk) -> None:
    first, _ = thread(desk)
    for number in range(9):
        said(desk, f"no. {number} " + "🖨" * 500, "U0EVE", thread_ts=first)
    last = said(desk, "it works", requests.MODERATOR, thread_ts=first)
    view = await form_of(desk, requests.message_shortcut(CREATE, "it works", ts=last, thread_ts=first))
    quoted = prefilled(view)["description_2"]
    assert "> Bob: the VPN is down" in quoted
    assert "> Eve: no. 8" in quoted
    assert "> Eve: no. 0" not in quoted
    assert "more)" in quoted


async def test_a_message_without_a_thread_is_confirmed_under_it(desk: SlackDesk) -> None:
    ts = said(desk, "the VPN is down", requests.MODERATOR)
    view = await form_of(desk, requests.message_shortcut(CREATE, "the VPN is down", ts=ts))
    assert "description_2" not in prefilled(view)
    await desk.send(requests.submission(view, {"title": "the VPN is down"}))
    await desk.run_jobs()
    assert desk.thread(requests.CHANNEL, ts)


@pytest.mark.parametrize("failure", [Failure(error="not_in_channel"), Failure(status=429, retry_after=30)])
async def test_a_thread_that_cannot_be_read_keeps_nobody_from_filing(desk: SlackDesk, failure: Failure) -> None:
    """Then the confirmation goes to the requester directly."""
    desk.slack.fail("conversations.replies", failure)
    view = await form_of(desk, requests.message_shortcut(CREATE, "the VPN is down"))
    await desk.send(requests.submission(view, {"title": "the VPN is down"}))
    await desk.run_jobs()
    assert len(desk.slack.messages("D0ADA")) == 1


async def test_what_is_typed_already_comes_first(desk: SlackDesk) -> None:
    first, last = thread(desk)
    desk.slack.fail("views.update", Failure(error="hash_conflict"))
    view = await form_of(desk, requests.message_shortcut(CREATE, "x", ts=last, thread_ts=first))
    assert "description_2" not in prefilled(view)


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        ("conversations.replies", Failure(status=429, retry_after=60)),
        ("views.update", Failure(error="hash_conflict")),
    ],
)
async def test_answers_reach_a_ticket_whose_thread_could_not_be_read_at_once(
    desk: SlackDesk, method: str, failure: Failure
) -> None:
    """langfuse#8800: Slack may allow one reading a minute, and somebody may type sooner than it answers."""
    first, last = thread(desk)
    desk.slack.fail(method, failure)
    shortcut = requests.message_shortcut(CREATE, "I restarted the gateway", ts=last, thread_ts=first)
    await form_of(desk, shortcut)
    await desk.send(requests.submission(desk.form(), {"title": "the gateway"}))
    await desk.run_jobs()
    assert [reply.text for reply in await desk.replies()] == ["said after it"]
    await desk.send(requests.message("still down", user="U0BOB", thread_ts=first))
    await desk.run_jobs()
    assert [reply.text for reply in await desk.replies()] == ["said after it", "still down"]
    assert len(desk.slack.messages("D0ADA")) >= 1  # confirmed directly, as nobody knew whether the app may write there


async def test_where_the_app_is_not_nobody_hears_of_a_thread(desk: SlackDesk) -> None:
    first, last = thread(desk)
    not_there = Failure(error="not_in_channel")
    desk.slack.fail("conversations.replies", not_there, not_there)
    await form_of(desk, requests.message_shortcut(CREATE, "x", ts=last, thread_ts=first))
    await desk.send(requests.submission(desk.form(), {"title": "the gateway"}))
    await desk.run_jobs()
    assert await desk.threads() == [(Outcome.IGNORED, "not-in-channel")]
    assert not any("may be missing" in line for line in desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]))


async def test_files_of_the_message_go_along(desk: SlackDesk) -> None:
    files = [{"id": "F1", "name": "log.txt", "url_private": "https://files.example/log.txt"}]
    view = await form_of(desk, requests.message_shortcut(CREATE, "", files=files))
    assert prefilled(view)["description"] == "(only attachments: log.txt)"
    await desk.send(requests.submission(view, {"title": "see the log"}))
    async with desk.reading() as reading:
        (row,) = await reading.session.scalars(select(SharedFile))
    assert (row.file_id, row.workspace_id, row.ticket_id) == ("F1", requests.TEAM, 1)
