"""Guests and people from outside are marked where moderators look, and several in a thread take part."""

import pytest
from sqlalchemy import select

from core.people.models import User
from core.tickets.models import Participant
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, text_of


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"is_restricted": True}, "Eve (guest)"),
        ({"is_stranger": True, "team_id": "T9"}, "Eve (from outside, Slack Connect)"),
        ({}, "Eve"),
    ],
)
async def test_the_card_marks_who_is_no_member(desk: SlackDesk, fields: dict[str, object], shown: str) -> None:
    desk.slack.add_user("U0EVE", "Eve", "eve@elsewhere.example", **fields)
    await desk.send(requests.mention("the printer jams", user="U0EVE"))
    await desk.run_jobs()
    assert f"From {shown} ·" in text_of(desk.card())
    (ticket,) = await desk.tickets()
    assert ticket.created_by.email == ("eve@elsewhere.example" if fields.get("is_stranger") is None else None)


async def test_somebody_who_has_become_a_member_is_no_guest_any_more(desk: SlackDesk) -> None:
    desk.slack.add_user("U0EVE", "Eve", "eve@people.example", is_restricted=True)
    await desk.send(requests.mention("the printer jams", user="U0EVE"))
    await desk.run_jobs()
    desk.slack.add_user("U0EVE", "Eve", "eve@people.example")
    desk.clock.advance(hours=2)
    await desk.send(requests.mention("the plotter jams", user="U0EVE"))
    await desk.run_jobs()
    assert "guest" not in text_of(desk.card())


async def test_everybody_who_answers_in_the_thread_takes_part(desk: SlackDesk) -> None:
    question = requests.mention("the printer jams")
    await desk.send(question)
    await desk.run_jobs()
    for user, name in (("U0BOB", "Bob"), ("U0EVE", "Eve")):
        desk.slack.add_user(user, name)
        await desk.send(requests.message("for me, too", user=user, thread_ts=question["event"]["ts"]))
    await desk.run_jobs()
    async with desk.reading() as reading:
        people = await reading.session.scalars(select(User).join(Participant, Participant.user_id == User.id))
        assert {person.full_name for person in people} == {"Ada", "Bob", "Eve"}
