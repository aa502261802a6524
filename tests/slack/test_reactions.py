"""Reactions: 🎫 makes a ticket, 👀 takes it, ✅ resolves it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import TryAgainLaterError
from core.intake.gestures import WITHOUT_WORDS
from core.intake.values import Outcome
from core.people.models import User
from core.people.values import Role
from core.tickets.models import Participant
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure, FakeSlack
from tests.slack.slack_desk import SlackDesk, slack_desk, slack_settings, text_of

Json = dict[str, Any]
TICKET, EYES, CHECK = "ticket", "eyes", "white_check_mark"


async def deliver(desk: SlackDesk, *payloads: Json) -> None:
    for payload in payloads:
        assert await desk.send(payload) == (200, "")
    await desk.run_jobs()


def said(slack: FakeSlack, text: str, *, user: str | None = requests.REQUESTER, **fields: Any) -> str:
    """A message that stands in the channel, which the desk was never told of; its time stamp."""
    ts = requests.fresh_ts()
    slack.channels[requests.CHANNEL].append({"type": "message", "user": user, "text": text, "ts": ts} | fields)
    return ts


async def ends(desk: SlackDesk) -> list[tuple[Outcome, str]]:
    return [(row.outcome, row.rule) for row in await desk.ledger()]


async def people_in(desk: SlackDesk) -> set[str]:
    async with desk.reading() as reading:
        rows = await reading.session.scalars(select(User).join(Participant, Participant.user_id == User.id))
        return {person.display_name for person in rows}


async def test_a_ticket_reaction_makes_a_ticket_of_the_authors_on_both_databases(
    database_url: str, tmp_path: Path, slack: FakeSlack
) -> None:
    """18F/hubot-slack-github-issues#17: `reaction_added` lacks the message, so it is fetched."""
    async with slack_desk(slack_settings(database_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL), slack) as desk:
        slack.add_user("U0BOB", "Bob", "bob@people.example")
        ts = said(slack, "the printer jams")
        await deliver(desk, requests.reaction(TICKET, on=ts, user="U0BOB"))
        (ticket,) = await desk.tickets()
        assert (ticket.title, ticket.created_by.full_name) == ("the printer jams", "Ada")
        assert await people_in(desk) == {"Ada", "Bob"}
        assert await ends(desk) == [(Outcome.TICKETED, "reaction")]
        assert desk.thread(requests.CHANNEL, ts)  # confirmed under the message


async def test_the_message_of_a_thread_is_found_there(desk: SlackDesk, slack: FakeSlack) -> None:
    """18F/hubot-slack-github-issues#17, with history limits: a channel's history has no answers of threads."""
    first = said(slack, "lunch?")
    ts = said(slack, "my keyboard is broken", thread_ts=first)
    await deliver(desk, requests.reaction(TICKET, on=ts))
    (ticket,) = await desk.tickets()
    assert ticket.title == "my keyboard is broken"
    await deliver(desk, requests.message("it is the left one", thread_ts=first))
    assert [reply.text for reply in await desk.replies()] == ["it is the left one"]


async def test_a_second_reaction_points_to_the_ticket(desk: SlackDesk, slack: FakeSlack) -> None:
    ts = said(slack, "the printer jams")
    first = requests.reaction(TICKET, on=ts)
    await deliver(desk, first, first)
    await deliver(desk, requests.reaction(TICKET, on=ts, user="U0BOB"))
    assert len(await desk.tickets()) == 1
    assert await ends(desk) == [(Outcome.TICKETED, "reaction"), (Outcome.IGNORED, "reaction-on-known-ticket")]
    (shown,) = slack.calls_of("chat.postEphemeral")
    assert (shown["user"], shown["channel"]) == ("U0BOB", requests.CHANNEL)
    assert "#1" in shown["text"]


async def test_two_reactions_at_once_are_one_ticket(desk: SlackDesk, slack: FakeSlack) -> None:
    ts = said(slack, "the printer jams")
    await asyncio.gather(*(desk.send(requests.reaction(TICKET, on=ts, user=user)) for user in ("U0BOB", "U0EVE")))
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1


async def test_a_reaction_on_a_message_of_an_app_is_the_ticket_of_whoever_reacted(
    desk: SlackDesk, slack: FakeSlack
) -> None:
    ts = said(slack, "Disk full on db1", user=None, bot_id="B0ALERTS", subtype="bot_message")
    await deliver(desk, requests.reaction(TICKET, on=ts, user=requests.REQUESTER))
    (ticket,) = await desk.tickets()
    assert ticket.created_by.full_name == "Ada"
    assert await ends(desk) == [(Outcome.TICKETED, "reaction-on-message-of-app")]


@pytest.mark.parametrize(
    ("failure", "rule", "advice"),
    [
        (Failure(error="not_in_channel"), "not-in-channel", "/invite"),
        (Failure(error="channel_not_found"), "not-in-channel", "/invite"),
        (Failure(error="missing_scope"), "missing-scope", "doctor"),
        (Failure(error="is_archived"), "slack-refused:is_archived", "Slack refused"),
    ],
)
async def test_what_cannot_be_read_is_told_to_whoever_reacted(
    desk: SlackDesk, slack: FakeSlack, failure: Failure, rule: str, advice: str
) -> None:
    """18F/hubot-slack-github-issues#17: the app is in no channel, or lacks a scope."""
    slack.fail("conversations.history", failure)
    slack.fail("chat.postEphemeral", Failure(error="not_in_channel"))
    await deliver(desk, requests.reaction(TICKET, on=said(slack, "the printer jams")))
    assert await desk.tickets() == []
    assert await ends(desk) == [(Outcome.IGNORED, rule)]
    (told,) = slack.messages("D0MODERATOR")
    assert advice in text_of(told)


async def test_a_message_that_is_gone_makes_no_ticket(desk: SlackDesk) -> None:
    await deliver(desk, requests.reaction(TICKET))
    assert await ends(desk) == [(Outcome.IGNORED, "message-gone")]


@pytest.mark.parametrize(
    "failure", [Failure(status=429, retry_after=17), Failure(status=503), Failure(error="fatal_error")]
)
async def test_a_passing_fault_is_tried_again(desk: SlackDesk, slack: FakeSlack, failure: Failure) -> None:
    """langfuse#8800 and dispatch#785: 429 waits as long as Slack says, faults are tried again."""
    slack.fail("conversations.history", failure)
    await desk.send(requests.reaction(TICKET, on=said(slack, "the printer jams")))
    with pytest.raises(TryAgainLaterError) as raised:
        await desk.run_jobs()
    assert raised.value.retry_after == failure.retry_after
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1


async def test_a_moderator_takes_and_resolves_by_reacting_on_the_card(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    card = desk.card()["ts"]
    on_card = {"on": card, "channel": requests.TRIAGE_CHANNEL}
    await deliver(desk, requests.reaction(EYES, **on_card))
    (ticket,) = await desk.tickets()
    assert (ticket.status, ticket.assigned_to and ticket.assigned_to.full_name) == (Status.IN_PROGRESS, "Grace")
    await deliver(desk, requests.reaction(CHECK, **on_card))
    (ticket,) = await desk.tickets()
    assert (ticket.status, ticket.resolution) == (Status.COMPLETED, WITHOUT_WORDS)
    await deliver(desk, requests.reaction(CHECK, **on_card))
    rules = [rule for outcome, rule in await ends(desk) if rule.startswith(("reaction", "nothing"))]
    assert rules == ["reaction-take", "reaction-resolve", "nothing-changed"]


async def test_the_answer_that_is_checked_becomes_the_resolution(desk: SlackDesk) -> None:
    """chatwoot#15605: never an internal note."""
    question = requests.mention("the printer jams")
    await deliver(desk, question)
    thread = question["event"]["ts"]
    answer = requests.message("Open tray 2 and press the lever.", user=requests.MODERATOR, thread_ts=thread)
    await deliver(desk, answer, requests.message("hm", user=requests.MODERATOR, thread_ts=thread))
    note = requests.message(
        "they always do this", user=requests.MODERATOR, channel=requests.TRIAGE_CHANNEL, thread_ts=desk.card()["ts"]
    )
    await deliver(desk, note)
    await deliver(desk, requests.reaction(CHECK, on=answer["event"]["ts"]))
    (ticket,) = await desk.tickets()
    assert ticket.resolution == "Open tray 2 and press the lever."


async def test_who_is_no_moderator_takes_nothing(desk: SlackDesk) -> None:
    question = requests.mention("the printer jams")
    await deliver(desk, question)
    await deliver(desk, *(requests.reaction(name, on=question["event"]["ts"], user="U0EVE") for name in (EYES, CHECK)))
    (ticket,) = await desk.tickets()
    assert (ticket.status, ticket.assigned_to) == (Status.PENDING, None)
    assert {rule for _, rule in (await ends(desk))[1:]} == {"reaction-not-a-moderator"}


async def test_a_colleagues_ticket_is_not_taken_away(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.make("U0LINUS", Role.MODERATOR)
    await desk.file("Printer jams")
    on_card = {"on": desk.card()["ts"], "channel": requests.TRIAGE_CHANNEL}
    await deliver(desk, requests.reaction(EYES, **on_card))
    await deliver(desk, requests.reaction(EYES, **on_card, user="U0LINUS"))
    (ticket,) = await desk.tickets()
    assert ticket.assigned_to is not None
    assert ticket.assigned_to.full_name == "Grace"
    (shown,) = slack.calls_of("chat.postEphemeral")
    assert "Grace has ticket #1 already" in shown["text"]


async def test_reactions_on_other_talk_are_not_stored(desk: SlackDesk) -> None:
    """Most eyes and check marks are between people."""
    await deliver(
        desk,
        requests.reaction(EYES),
        requests.reaction(CHECK),
        requests.reaction("tada"),
        requests.reaction(TICKET, removed=True),
        requests.reaction(TICKET, user=requests.BOT_USER),
    )
    assert await desk.ledger() == []


async def test_a_reaction_waits_for_the_message_it_is_on(desk: SlackDesk) -> None:
    """Events come in any order: 👀 on a mention whose own event is still on its way."""
    question = requests.mention("the printer jams")
    await desk.send(requests.direct_message("something else"))  # while anything waits, the reaction is kept
    await desk.send(requests.reaction(EYES, on=question["event"]["ts"]))
    with pytest.raises(TryAgainLaterError):
        await desk.run_jobs()
    await desk.send(question)
    (_, reaction, mention) = await desk.ledger()
    await desk.desk.processing.process(1, mention.id)
    await desk.desk.processing.process(1, reaction.id)
    assert [bool(ticket.assigned_to) for ticket in await desk.tickets()] == [False, True]


async def test_a_message_that_comes_after_its_reaction_is_known(desk: SlackDesk, slack: FakeSlack) -> None:
    question = requests.mention("the printer jams")
    slack.channels[requests.CHANNEL].append(question["event"])
    await deliver(desk, requests.reaction(TICKET, on=question["event"]["ts"]))
    await deliver(desk, question)
    assert len(await desk.tickets()) == 1
    assert (await ends(desk))[1] == (Outcome.DUPLICATE, "same-message")
