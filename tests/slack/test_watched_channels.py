"""Watched channels: a burst of one person is one ticket, greetings and thanks are none, `ask` asks the author alone."""

from pathlib import Path
from typing import Any

import pytest

from core.gathering.values import ASKED_FOR
from core.intake.values import Outcome
from core.people.models import User
from core.people.values import Actor, system_actor
from core.tickets.own import edit_own
from core.tickets.queries import lock_ticket
from tests.fakes import slack_requests as requests
from tests.fakes.clock import MONDAY_MORNING
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import SlackDesk, button, slack_desk, slack_settings, text_of

Json = dict[str, Any]


def at(seconds: float) -> str:
    """A time stamp some seconds after the desk's clock began to stand still."""
    return f"{MONDAY_MORNING.timestamp() + seconds:.6f}"


def said(text: str, seconds: float, **fields: Any) -> Json:
    return requests.message(text, ts=at(seconds), **fields)


async def watch(desk: SlackDesk, mode: str) -> None:
    status, answer = await desk.send(
        requests.command("/triage", f"channel <#{requests.CHANNEL}|general> {mode}", user=requests.MODERATOR)
    )
    assert status == 200
    assert f"is {mode} now" in text_of(answer)


async def deliver(desk: SlackDesk, *payloads: Json) -> None:
    for payload in payloads:
        assert await desk.send(payload) == (200, "")
    await desk.run_jobs()


async def rules(desk: SlackDesk) -> list[tuple[Outcome, str]]:
    return [(row.outcome, row.rule) for row in await desk.ledger() if row.outcome is not Outcome.ACTED or row.sender]


async def test_a_burst_is_one_ticket_on_both_databases(database_url: str, tmp_path: Path, slack: FakeSlack) -> None:
    async with slack_desk(slack_settings(database_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL), slack) as desk:
        await watch(desk, "auto")
        first = said("my printer jams", 0)
        await deliver(desk, first, said("it is the blue one", 30), said("since this morning", 100))
        (ticket,) = await desk.tickets()
        assert ticket.title == "my printer jams"
        assert ticket.description == "my printer jams\nit is the blue one\nsince this morning"
        assert await rules(desk) == [
            (Outcome.TICKETED, "watched-channel"),
            (Outcome.REPLIED, "burst"),
            (Outcome.REPLIED, "burst"),
        ]
        confirmations = desk.thread(requests.CHANNEL, first["event"]["ts"])
        assert len(confirmations) == 1
        assert "since this morning" in text_of(desk.card())


async def test_the_words_stand_in_the_order_in_which_they_were_written(desk: SlackDesk) -> None:
    """Events come in any order."""
    await watch(desk, "auto")
    await deliver(desk, said("since this morning", 60))
    await deliver(desk, said("my printer jams", 0))
    (ticket,) = await desk.tickets()
    assert (ticket.title, ticket.description) == ("my printer jams", "my printer jams\nsince this morning")


async def test_a_burst_that_has_grown_is_triaged_and_compared_anew(desk: SlackDesk) -> None:
    await watch(desk, "auto")
    await deliver(desk, said("hm this", 0))
    (ticket,) = await desk.tickets()
    assert ticket.triaged_at is not None
    await desk.send(said("an error message whenever I print", 10))
    before = [job.kind for job in await desk.waiting()]
    await desk.run_jobs()
    assert before == ["intake.process"]
    (ticket,) = await desk.tickets()
    assert ticket.triaged_at is not None
    assert ticket.similar_found_at is not None


async def test_others_later_and_answered_messages_are_tickets_of_their_own(desk: SlackDesk) -> None:
    await watch(desk, "auto")
    first = said("my printer jams", 0)
    await deliver(desk, first, said("my phone is dead", 20, user="U0BOB"))
    assert len(await desk.tickets()) == 2
    await deliver(desk, said("my keyboard is sticky", 20 + 121))
    assert len(await desk.tickets()) == 3
    desk.clock.advance(seconds=142)
    await deliver(desk, requests.message("clean it", ts=at(142), user=requests.MODERATOR, thread_ts=at(141)))
    await deliver(desk, said("and my mouse does not click", 160))
    assert len(await desk.tickets()) == 4


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Good morning everyone!", "greeting-only"),
        ("hi", "greeting-only"),
        ("Guten Morgen zusammen 👋", "greeting-only"),
        ("thanks, that worked", "thanks-only"),
        ("Merci beaucoup !", "thanks-only"),
    ],
)
async def test_greetings_and_thanks_are_no_tickets(desk: SlackDesk, text: str, rule: str) -> None:
    await watch(desk, "auto")
    await deliver(desk, said(text, 0))
    assert await desk.tickets() == []
    assert await rules(desk) == [(Outcome.IGNORED, rule)]


async def test_nothing_else_in_a_watched_channel_is_a_ticket(desk: SlackDesk) -> None:
    await watch(desk, "auto")
    await deliver(
        desk,
        said("beep", 0, subtype="bot_message", user=None, bot_id="B1"),
        said("has joined", 1, subtype="channel_join"),
        said(f"<@{requests.BOT_USER}> the mention is its own event", 2),
        said("new topic", 3, subtype="channel_topic"),
    )
    assert await desk.ledger() == []


async def test_talk_in_a_thread_of_no_ticket_stays_there(desk: SlackDesk) -> None:
    await watch(desk, "auto")
    await deliver(desk, said("lunch at the usual place was great", 600, thread_ts=at(0)))
    assert await desk.tickets() == []
    assert await rules(desk) == [(Outcome.IGNORED, "thread-of-no-ticket")]


async def test_an_edit_of_one_message_changes_its_part_of_the_ticket(desk: SlackDesk) -> None:
    """PostHog#85974."""
    await watch(desk, "auto")
    first, second = said("my printer jams", 0), said("it is the blue one", 30)
    await deliver(desk, first, second)
    await deliver(desk, requests.edited("it is the red one", second))
    await deliver(desk, requests.edited("my plotter jams", first))
    (ticket,) = await desk.tickets()
    assert ticket.description == "my plotter jams\nit is the red one"
    await deliver(desk, requests.deleted(second))
    (ticket,) = await desk.tickets()
    assert ticket.description == "my plotter jams"


async def test_off_leaves_the_channel_alone_again(desk: SlackDesk) -> None:
    await watch(desk, "auto")
    await watch(desk, "off")
    await deliver(desk, said("my printer jams", 0))
    assert await desk.ledger() == []


async def ask(desk: SlackDesk, *messages: Json) -> Json:
    await watch(desk, "ask")
    await deliver(desk, *messages)
    (question,) = desk.slack.calls_of("chat.postEphemeral")
    return question


def press(question: Json, action_id: str, *, user: str = requests.REQUESTER) -> Json:
    block_id, value = button(question, action_id)
    return requests.press(action_id, block_id, value, user=user)


async def test_ask_asks_the_author_alone_and_once_a_burst(desk: SlackDesk) -> None:
    question = await ask(desk, said("my printer jams", 0), said("it is the blue one", 30))
    assert (question["channel"], question["user"]) == (requests.CHANNEL, requests.REQUESTER)
    assert await desk.tickets() == []
    pressed = press(question, "gathering.file") | {"response_url": f"{desk.slack.url}/respond/1"}
    for _ in range(2):  # Slack, or a person, may do it twice
        await desk.send(pressed)
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.description == "my printer jams\nit is the blue one"
    assert desk.slack.answers[-1]["replace_original"] is True
    assert "#1" in desk.slack.answers[-1]["text"]
    assert desk.thread(requests.CHANNEL, at(0))
    await deliver(desk, requests.message("any news?", ts=at(900), thread_ts=at(30)))
    assert [reply.text for reply in await desk.replies()] == ["any news?"]


async def test_no_means_no_for_the_whole_burst_and_keeps_no_words(desk: SlackDesk) -> None:
    question = await ask(desk, said("my printer jams", 0))
    await desk.send(press(question, "gathering.drop") | {"response_url": f"{desk.slack.url}/respond/1"})
    await deliver(desk, said("it is the blue one", 30))
    assert await desk.tickets() == []
    assert (await rules(desk))[-1] == (Outcome.IGNORED, "ask-declined")
    assert len(desk.slack.calls_of("chat.postEphemeral")) == 1


async def test_somebody_else_cannot_answer(desk: SlackDesk) -> None:
    question = await ask(desk, said("my printer jams", 0))
    await desk.send(press(question, "gathering.file", user="U0EVE") | {"response_url": f"{desk.slack.url}/respond/1"})
    assert await desk.tickets() == []
    assert "not for you" in desk.slack.answers[-1]["text"]


async def test_an_offer_lapses(desk: SlackDesk) -> None:
    question = await ask(desk, said("my printer jams", 0))
    desk.clock.advance(seconds=ASKED_FOR.total_seconds())
    await desk.run_jobs()
    await desk.send(press(question, "gathering.file") | {"response_url": f"{desk.slack.url}/respond/1"})
    assert await desk.tickets() == []
    assert "let go" in desk.slack.answers[-1]["text"]


async def test_who_is_no_moderator_watches_nothing(desk: SlackDesk) -> None:
    _, answer = await desk.send(requests.command("/triage", f"channel <#{requests.CHANNEL}> auto"))
    assert "Only moderators" in text_of(answer)
    await deliver(desk, said("my printer jams", 0))
    assert await desk.ledger() == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("channel", "No channel is watched"),
        ("channel #general auto", "do not know the channel"),
        ("channel <#C0GENERAL> loud", "/triage channel #name auto|ask|off"),
        ("channel ask", "<#C0GENERAL> is ask now"),
    ],
)
async def test_the_command_names_the_right_form(desk: SlackDesk, text: str, says: str) -> None:
    _, answer = await desk.send(requests.command("/triage", text, user=requests.MODERATOR))
    assert says in text_of(answer)


async def test_a_channel_that_the_app_is_not_in_is_told(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.conversations[requests.CHANNEL] = {"id": requests.CHANNEL, "is_member": False}
    _, answer = await desk.send(requests.command("/triage", "channel auto", user=requests.MODERATOR))
    assert "/invite" in text_of(answer)


@pytest.mark.parametrize("end", ["1 resolve Cleaned the roller", "1 merge 2"])
async def test_what_is_said_after_the_end_of_a_ticket_is_another(desk: SlackDesk, end: str) -> None:
    await desk.file("The other ticket")
    await watch(desk, "auto")
    await deliver(desk, said("my printer jams", 0))
    number = (await desk.tickets())[-1].number
    words = end.replace("1 ", f"{number} ", 1).replace(" 2", " 1")
    await desk.send(requests.command("/triage", words, user=requests.MODERATOR))
    await deliver(desk, said("the VPN does not connect", 60))
    assert [ticket.title for ticket in await desk.tickets()][1:] == ["my printer jams", "the VPN does not connect"]


async def edit_on_the_web(desk: SlackDesk, description: str) -> None:
    (ticket,) = await desk.tickets()
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        requester = await uow.session.get_one(User, ticket.created_by_id)
        uow.act_as(Actor(organization_id=1, user_id=requester.id, name=requester.display_name, channel="web"))
        await edit_own(uow, await lock_ticket(uow, ticket.number), title=ticket.title, description=description)
        await uow.commit()


async def test_what_the_requester_edited_meanwhile_stays(desk: SlackDesk) -> None:
    await watch(desk, "auto")
    first = said("my printer jams", 0)
    await deliver(desk, first)
    await edit_on_the_web(desk, "The printer on floor 3 jams.")
    await deliver(desk, said("it is the blue one", 30))
    (ticket,) = await desk.tickets()
    assert ticket.description == "The printer on floor 3 jams.\nit is the blue one"
    await deliver(desk, requests.edited("my plotter jams", first))
    (ticket,) = await desk.tickets()
    assert ticket.description == "The printer on floor 3 jams.\nit is the blue one\nmy plotter jams"
