"""Direct messages: enough is a ticket at once, too little is asked about, twice at most, and ends by itself."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.files.models import SharedFile
from core.gathering.answers import answer
from core.gathering.models import Gathering
from core.gathering.values import Answer, Purpose
from core.intake.values import Outcome
from core.people.models import User
from core.people.values import system_actor
from core.tickets.values import Category
from tests.fakes import slack_requests as requests
from tests.fakes.clock import MONDAY_MORNING
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import SlackDesk, button, slack_desk, slack_settings, text_of

Json = dict[str, Any]


def said(text: str, seconds: float, **fields: Any) -> Json:
    return requests.direct_message(text, ts=f"{MONDAY_MORNING.timestamp() + seconds:.6f}", **fields)


async def tell(desk: SlackDesk, *payloads: Json) -> None:
    for payload in payloads:
        assert await desk.send(payload) == (200, "")
    await desk.run_jobs()


async def press(desk: SlackDesk, action_id: str) -> str:
    """Press a button of the last question, and give what stands in its place then."""
    question = desk.slack.messages(requests.DIRECT_CHANNEL)[-1]
    block_id, value = button(question, action_id)
    pressed = requests.press(action_id, block_id, value, user=requests.REQUESTER)
    await desk.send(pressed | {"response_url": f"{desk.slack.url}/respond/1"})
    await desk.run_jobs()
    answer = desk.slack.answers[-1]
    return str(answer["text"])


def last_words(desk: SlackDesk) -> str:
    return text_of(desk.slack.messages(requests.DIRECT_CHANNEL)[-1])


async def rules(desk: SlackDesk) -> list[str]:
    return [row.rule for row in await desk.ledger()]


async def test_too_little_is_asked_about_on_both_databases(database_url: str, tmp_path: Path, slack: FakeSlack) -> None:
    async with slack_desk(slack_settings(database_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL), slack) as desk:
        await tell(desk, said("Hi, it does not work", 0))
        assert await desk.tickets() == []
        assert "Hi Ada! I am glad to help. What were you doing" in last_words(desk)
        assert "Noted: bug" in await press(desk, "gathering.bug")
        await tell(desk, said("I print a letter and the printer jams", 60))
        (ticket,) = await desk.tickets()
        assert ticket.description == "Hi, it does not work\nI print a letter and the printer jams"
        assert ticket.category is Category.BUG
        assert await rules(desk) == ["asked-for-more", "dialogue"]


@pytest.mark.parametrize("text", ["hi", "help", "Hello!", "it doesn't work", "Hilfe bitte", "no funciona", "你好"])
async def test_what_says_nothing_gets_a_question(desk: SlackDesk, text: str) -> None:
    await tell(desk, said(text, 0))
    assert await desk.tickets() == []
    assert await rules(desk) == ["asked-for-more"]


@pytest.mark.parametrize("text", ["the printer jams", "VPN", "Excel does not work", "Help, the VPN is down", "E1234"])
async def test_what_says_enough_is_a_ticket_at_once(desk: SlackDesk, text: str) -> None:
    await tell(desk, said(text, 0))
    (ticket,) = await desk.tickets()
    assert ticket.title == text


async def test_two_questions_are_the_most(desk: SlackDesk) -> None:
    await tell(desk, said("help", 0))
    await tell(desk, said("it is broken", 30))
    assert "Which product" in last_words(desk)
    await tell(desk, said("please help", 60))
    (ticket,) = await desk.tickets()
    assert ticket.description == "help\nit is broken\nplease help"


async def test_who_cannot_say_more_files_it_as_it_is(desk: SlackDesk) -> None:
    await tell(desk, said("help", 0), said("it is broken", 30))
    assert "This is ticket #1" in await press(desk, "gathering.file")
    assert [ticket.description for ticket in await desk.tickets()] == ["help\nit is broken"]


@pytest.mark.parametrize("text", ["cancel", "Never mind, thanks", "abbrechen"])
async def test_cancel_files_nothing(desk: SlackDesk, text: str) -> None:
    await tell(desk, said("help", 0))
    await tell(desk, said(text, 10))
    assert await desk.tickets() == []
    assert "nothing was filed" in last_words(desk)
    await tell(desk, said("the printer jams", 20))
    assert [ticket.description for ticket in await desk.tickets()] == ["the printer jams"]


async def test_cancel_without_anything_to_cancel_says_so(desk: SlackDesk) -> None:
    await tell(desk, said("cancel", 0))
    assert "nothing to cancel" in last_words(desk)


async def test_never_mind_by_button(desk: SlackDesk) -> None:
    await tell(desk, said("help", 0))
    assert "no ticket was made" in await press(desk, "gathering.drop")
    assert await desk.tickets() == []


@pytest.mark.parametrize(("text", "tickets"), [("it does not work", 1), ("hello", 0)])
async def test_silence_files_what_is_there_or_lets_go(desk: SlackDesk, text: str, tickets: int) -> None:
    await tell(desk, said(text, 0))
    desk.clock.advance(minutes=15)
    await desk.run_jobs()
    assert len(await desk.tickets()) == tickets
    assert tickets or "let it rest" in last_words(desk)


async def test_more_words_make_the_desk_wait_longer(desk: SlackDesk) -> None:
    await tell(desk, said("hello", 0))
    desk.clock.advance(minutes=14)
    await tell(desk, said("help", 840))
    desk.clock.advance(minutes=14)
    await desk.run_jobs()
    assert await desk.tickets() == []
    desk.clock.advance(minutes=1)
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1


async def test_the_dialogue_survives_a_restart(settings: Any, slack: FakeSlack) -> None:
    """What has been said and asked stands in the database."""
    async with slack_desk(settings, slack) as before:
        await tell(before, said("help", 0))
    async with slack_desk(settings, slack) as after:
        await tell(after, said("my phone does not ring", 30))
        (ticket,) = await after.tickets()
        assert ticket.description == "help\nmy phone does not ring"


async def test_an_answer_in_the_thread_of_the_question_counts(desk: SlackDesk) -> None:
    await tell(desk, said("help", 0))
    question = desk.slack.messages(requests.DIRECT_CHANNEL)[-1]["ts"]
    await tell(desk, said("my phone does not ring", 300, thread_ts=question))
    assert len(await desk.tickets()) == 1
    await tell(desk, said("nor does it vibrate", 600, thread_ts=question))
    assert [reply.text for reply in await desk.replies()] == ["nor does it vibrate"]


async def test_a_short_message_after_a_ticket_is_asked_where_it_belongs(desk: SlackDesk) -> None:
    await tell(desk, said("the printer on the third floor jams again", 0))
    await tell(desk, said("my phone too", 300))
    assert "belong to your ticket #1" in last_words(desk)
    assert "This is ticket #1" in await press(desk, "gathering.join")
    assert [reply.text for reply in await desk.replies()] == ["my phone too"]
    await tell(desk, said("and the fax", 600))
    assert "This is ticket #2" in await press(desk, "gathering.file")


async def test_where_it_belongs_is_not_lost_in_silence(desk: SlackDesk) -> None:
    await tell(desk, said("the printer on the third floor jams again", 0))
    await tell(desk, said("my phone too", 300))
    desk.clock.advance(minutes=15)
    await desk.run_jobs()
    assert [ticket.description for ticket in await desk.tickets()][1:] == ["my phone too"]


async def test_a_long_message_after_a_ticket_is_another(desk: SlackDesk) -> None:
    await tell(desk, said("the printer on the third floor jams again", 0))
    await tell(desk, said("nobody can sign in to the accounting system since noon", 60))
    assert len(await desk.tickets()) == 2


async def test_a_quick_addition_is_the_same_ticket(desk: SlackDesk) -> None:
    await tell(desk, said("the printer on the third floor jams again", 0))
    await tell(desk, said("and it smells", 20))
    assert [ticket.description for ticket in await desk.tickets()] == [
        "the printer on the third floor jams again\nand it smells"
    ]


async def test_thanks_are_no_ticket(desk: SlackDesk) -> None:
    await tell(desk, said("thank you!", 0))
    (row,) = await desk.ledger()
    assert (row.outcome, row.rule) == (Outcome.IGNORED, "thanks-only")


async def test_an_edit_changes_what_is_not_a_ticket_yet(desk: SlackDesk) -> None:
    first = said("help", 0)
    await tell(desk, first)
    await tell(desk, requests.edited("help me please", first))
    await tell(desk, said("my phone does not ring", 30))
    assert [ticket.description for ticket in await desk.tickets()] == ["help me please\nmy phone does not ring"]


def a_file(file_id: str) -> Json:
    return {"id": file_id, "name": f"{file_id.lower()}.png", "mimetype": "image/png", "size": 3}


async def files_awaited(desk: SlackDesk) -> list[tuple[str, bool]]:
    """The files that are to be fetched, and whether each belongs to an answer."""
    async with desk.reading() as reading:
        rows = await reading.session.scalars(select(SharedFile).order_by(SharedFile.file_id))
        return [(row.file_id, row.reply_id is not None) for row in rows]


async def test_files_of_every_message_go_along(desk: SlackDesk) -> None:
    """Those of a dialogue, of what is added quickly, and of what is said to belong to a ticket."""
    await desk.send(said("help", 0))
    await desk.run_jobs()
    await desk.send(said("the scanner shows this", 30, subtype="file_share", files=[a_file("F1")]))
    await desk.desk.processing.process(1, 2)
    await desk.send(said("and this", 60, subtype="file_share", files=[a_file("F2")]))
    await desk.desk.processing.process(1, 3)
    assert len(await desk.tickets()) == 1
    await desk.send(said("my phone shows this too", 600, subtype="file_share", files=[a_file("F3")]))
    await desk.desk.processing.process(1, 4)
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        asked = await uow.session.scalar(select(Gathering).where(Gathering.purpose == Purpose.BELONG))
        assert asked is not None
        person = await uow.session.get_one(User, asked.user_id)
        await answer(uow, asked.id, Answer.JOIN, person=person)
        await uow.commit()
    assert await files_awaited(desk) == [("F1", False), ("F2", False), ("F3", True)]


async def test_a_picture_says_enough(desk: SlackDesk) -> None:
    await desk.send(said("help", 0, subtype="file_share", files=[a_file("F1")]))
    await desk.desk.processing.process(1, 1)
    assert len(await desk.tickets()) == 1
