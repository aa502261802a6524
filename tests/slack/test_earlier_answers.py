"""Answers that came before their thread was a ticket's are read in Slack: each is on the ticket, once, in order."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.slack.blocks import ids
from core.errors import TryAgainLaterError
from core.files.models import SharedFile
from core.gathering.channels import watch_channel
from core.gathering.values import ChannelMode
from core.intake.values import Outcome
from core.jobs import kinds
from core.people.values import Standing, system_actor
from core.tickets.queries import lock_ticket
from core.tickets.values import Status
from core.tickets.working import resolve_ticket
from tests.fakes import slack_requests as requests
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import SlackDesk, button, slack_desk, slack_settings
from tests.slack.thread_scene import TICKET, Json, answered, deliver, said, texts, ts_of


async def test_answers_before_the_reaction_are_on_the_ticket_on_both_databases(
    database_url: str, tmp_path: Path, slack: FakeSlack
) -> None:
    async with slack_desk(slack_settings(database_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL), slack) as desk:
        slack.add_user("U0BOB", "Bob", "bob@people.example")
        parent = said(slack, "the printer jams")
        events = [parent, answered(slack, parent, "which one?"), answered(slack, parent, "mine, too", user="U0BOB")]
        await deliver(desk, *events)
        assert await desk.ledger() == []  # talk beside any ticket is not stored
        await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
        replies = await desk.replies()
        assert [(reply.text, reply.author.full_name) for reply in replies] == [
            ("which one?", "Grace"),
            ("mine, too", "Bob"),
        ]
        assert await desk.threads() == [(Outcome.ACTED, "thread-read")]
        card = desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"])
        assert [text for text in card if "mine, too" in text]
        assert len(desk.thread(requests.CHANNEL, ts_of(parent))) == 3  # theirs, and one confirmation
        directly = [channel for channel, messages in slack.channels.items() if channel.startswith("D") and messages]
        assert directly == []  # whoever is in the private ticket has read them there


async def test_the_events_of_what_was_read_change_nothing(desk: SlackDesk, slack: FakeSlack) -> None:
    """Whichever comes first; Slack may send them again for an hour."""
    parent = said(slack, "the printer jams")
    answer = answered(slack, parent, "which one?")
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    await deliver(desk, answer, parent, answer)
    assert await texts(desk) == ["which one?"]
    later = answered(slack, parent, "the blue one", user=requests.REQUESTER)
    await deliver(desk, later)
    assert await texts(desk) == ["which one?", "the blue one"]


async def test_an_answer_that_was_left_is_taken_once_its_thread_is_a_tickets(desk: SlackDesk, slack: FakeSlack) -> None:
    """It was stored, because something else waited, and let go as talk: that is no last word."""
    parent = said(slack, "the printer jams")
    answer = answered(slack, parent, "which one?", ts=f"{float(ts_of(parent)) + 600:.6f}")
    await desk.send(requests.direct_message("something else is broken"))
    await deliver(desk, answer)
    assert [(row.outcome, row.rule) for row in await desk.ledger()][-1] == (Outcome.IGNORED, "thread-of-no-ticket")
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    assert await texts(desk) == ["which one?"]


async def test_apps_and_what_stood_before_stay_out(desk: SlackDesk, slack: FakeSlack) -> None:
    """A mention in a thread is the ticket; what was said above it can be read there, and was said to nobody here."""
    parent = said(slack, "lunch?")
    answered(slack, parent, "pizza")
    mention = requests.mention("my keyboard is broken", thread_ts=ts_of(parent))
    slack.channels[requests.CHANNEL].append(mention["event"])
    answered(slack, parent, "build 7 failed", user="U0CI", bot_id="B0CI")
    answered(slack, parent, "left or right?")
    await deliver(desk, mention)
    (ticket,) = await desk.tickets()
    assert ticket.description == "my keyboard is broken"
    assert await texts(desk) == ["left or right?"]


async def test_an_answer_that_calls_the_desk_is_an_answer(desk: SlackDesk, slack: FakeSlack) -> None:
    parent = said(slack, "the printer jams")
    answered(slack, parent, f"<@{requests.BOT_USER}> can you look?", user=requests.REQUESTER)
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    assert len(await desk.tickets()) == 1
    assert await texts(desk) == ["can you look?"]


async def test_people_from_outside_are_known_as_such(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.add_user("U0EVE", "Eve", "ada@people.example", team_id="T0OTHERS", is_stranger=True)
    parent = said(slack, "the printer jams")
    answered(slack, parent, "ours, too", user="U0EVE")
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    (reply,) = await desk.replies()
    assert (reply.author.full_name, reply.author.standing, reply.author.email) == ("Eve", Standing.OUTSIDE, None)


async def test_files_of_earlier_answers_come_along(desk: SlackDesk, slack: FakeSlack) -> None:
    parent = said(slack, "the printer jams")
    shared = slack.share("jam.txt", b"paper")
    answered(slack, parent, "see", user=requests.REQUESTER, subtype="file_share", files=[shared])
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    (reply,) = await desk.replies()
    async with desk.reading() as reading:
        (row,) = await reading.session.scalars(select(SharedFile))
    assert (row.reply_id, row.name) == (reply.id, "jam.txt")


async def test_an_offer_that_is_taken_later_takes_the_answers_along(desk: SlackDesk, slack: FakeSlack) -> None:
    """Channels in which people are asked: what was answered until they said yes."""
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        await watch_channel(uow, requests.CHANNEL, ChannelMode.ASK)
        await uow.commit()
    desk.desk.watching.forget()
    parent = said(slack, "the printer on the third floor jams")
    await deliver(desk, parent)
    late = f"{float(ts_of(parent)) + 600:.6f}"
    await deliver(desk, answered(slack, parent, "which one?", ts=late))
    assert await desk.tickets() == []
    block, value = button({"blocks": slack.calls_of("chat.postEphemeral")[0]["blocks"]}, "gathering.file")
    await deliver(desk, requests.press("gathering.file", block, value, user=requests.REQUESTER))
    assert len(await desk.tickets()) == 1
    assert await texts(desk) == ["which one?"]


async def test_the_message_of_a_shortcut_and_what_is_quoted_come_once(desk: SlackDesk, slack: FakeSlack) -> None:
    parent = said(slack, "the VPN is down", user=requests.MODERATOR)
    message = answered(slack, parent, "since nine")
    answered(slack, parent, "for me, too", user=requests.REQUESTER)
    shortcut = requests.message_shortcut(
        ids.CREATE_FROM_MESSAGE_SHORTCUT, "since nine", ts=ts_of(message), thread_ts=ts_of(parent)
    )
    await desk.send(shortcut)
    view = desk.form()
    values = {b["block_id"]: b["element"].get("initial_value") for b in view["blocks"] if b["type"] == "input"}
    await desk.send(requests.submission(view, {name: value for name, value in values.items() if value}))
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.description.count("since nine") == 1
    assert "> Grace: the VPN is down" in ticket.description
    assert await texts(desk) == ["for me, too"]


async def test_answers_are_read_as_they_stand_and_older_edits_do_not_bring_words_back(
    desk: SlackDesk, slack: FakeSlack
) -> None:
    parent = said(slack, "the printer jams")
    answer = answered(slack, parent, "one")
    second, third = requests.edited("two", answer), requests.edited("three", answer)
    slack.channels[requests.CHANNEL][-1] = third["event"]["message"]
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    assert await texts(desk) == ["three"]
    await deliver(desk, second, third)
    assert await texts(desk) == ["three"]


async def test_a_deletion_waits_for_the_answer_that_is_being_read(desk: SlackDesk, slack: FakeSlack) -> None:
    """It came after the page was read and before its answers were decided: no word of them stays."""
    parent = said(slack, "the printer jams")
    answer = answered(slack, parent, "my password is hunter2")
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    await desk.send(requests.deleted(answer))
    reading = next(job for job in await desk.waiting() if job.kind == kinds.READ_THREAD.name)
    deleting = next(job for job in await desk.waiting() if job.kind == kinds.INTAKE_PROCESS.name)
    desk.clock.advance(minutes=5)
    with pytest.raises(TryAgainLaterError):
        await desk.run_job(deleting)  # however long the thread takes
    await desk.run_job(reading)
    desk.clock.advance(minutes=5)
    with pytest.raises(TryAgainLaterError):
        await desk.run_job(deleting)  # read, but not yet decided
    for job in await desk.waiting():
        if job.kind == kinds.INTAKE_PROCESS.name and job.id != deleting.id:
            await desk.run_job(job)
    await desk.run_jobs()
    assert await texts(desk) == ["(deleted by its author)"]
    assert "hunter2" not in str(desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]))


def asked_after(event: Json, *, on: Json) -> Json:
    """A reaction that was set after this message."""
    reaction = requests.reaction(TICKET, on=ts_of(on))
    reaction["event"]["event_ts"] = f"{float(ts_of(event)) + 1:.6f}"
    return reaction


async def test_words_that_were_deleted_before_the_ticket_do_not_come_with_a_late_event(
    desk: SlackDesk, slack: FakeSlack
) -> None:
    """Nobody took the deletion, as the thread was no ticket's; then Slack sends the answer again."""
    parent = said(slack, "the printer jams")
    answer = answered(slack, parent, "my password is hunter2")
    await deliver(desk, answer, requests.deleted(answer))
    slack.channels[requests.CHANNEL].remove(answer["event"])
    await desk.send(asked_after(answer, on=parent))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    await desk.send(answer)
    (answering,) = [job for job in await desk.waiting() if job.kind == kinds.INTAKE_PROCESS.name]
    with pytest.raises(TryAgainLaterError):
        await desk.run_job(answering)  # before the thread has been read, it would be believed
    await desk.run_job(next(job for job in await desk.waiting() if job.kind == kinds.READ_THREAD.name))
    await desk.run_jobs()
    assert await texts(desk) == []
    assert [(row.outcome, row.rule) for row in await desk.ledger()][-1] == (Outcome.IGNORED, "deleted-before-it-came")


async def test_words_that_were_edited_before_the_ticket_win_over_a_late_event(
    desk: SlackDesk, slack: FakeSlack
) -> None:
    """Slack was silent for longer than an event waits; then the thread says what the answer says by now."""
    parent = said(slack, "the printer jams")
    answer = answered(slack, parent, "the blue one")
    edit = requests.edited("the red one", answer)
    await deliver(desk, answer, edit)
    slack.channels[requests.CHANNEL][-1] = edit["event"]["message"]
    await desk.send(asked_after(answer, on=parent))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    await desk.send(answer)
    desk.clock.advance(minutes=1)
    (answering,) = [job for job in await desk.waiting() if job.kind == kinds.INTAKE_PROCESS.name]
    await desk.run_job(answering)
    assert await texts(desk) == ["the blue one"]
    await desk.run_jobs()
    assert await texts(desk) == ["the red one"]


async def test_what_stood_above_the_ticket_stays_out_however_late_its_event(desk: SlackDesk, slack: FakeSlack) -> None:
    parent = said(slack, "lunch?")
    above = answered(slack, parent, "pizza")
    message = answered(slack, parent, "my keyboard is broken", user=requests.REQUESTER)
    await deliver(desk, requests.reaction(TICKET, on=ts_of(message)))
    await deliver(desk, above)
    assert len(await desk.tickets()) == 1
    assert await texts(desk) == []


async def test_an_answer_from_before_the_solution_does_not_reopen(desk: SlackDesk, slack: FakeSlack) -> None:
    """The thread was read late; what was said in it is older than the end."""
    parent = said(slack, "the printer jams")
    answered(slack, parent, "it is the blue one", user=requests.REQUESTER)
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        await resolve_ticket(uow, await lock_ticket(uow, 1), resolution="A new roller.")
        await uow.commit()
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.status is Status.COMPLETED
    assert await texts(desk) == ["it is the blue one"]


async def test_a_deleted_ticket_takes_no_answers(desk: SlackDesk, slack: FakeSlack) -> None:
    parent = said(slack, "the printer jams")
    answered(slack, parent, f"<@{requests.BOT_USER}> hello?", user=requests.REQUESTER)
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        ticket = await lock_ticket(uow, 1)
        ticket.deleted_at = uow.clock.now()
        uow.audit.record("ticket.deleted", ticket)
        await uow.commit()
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1
    assert await desk.threads() == [(Outcome.IGNORED, "ticket-deleted")]
