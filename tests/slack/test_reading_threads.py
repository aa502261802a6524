"""Reading a thread in Slack: by which pages, when at all, what hinders it, and what a stop in the middle leaves."""

from contextlib import suppress
from dataclasses import replace

import pytest

from core.errors import TryAgainLaterError
from core.gathering.channels import watch_channel
from core.gathering.values import ChannelMode
from core.intake.values import SAID_EARLIER, Accepted, InboundMessage, Outcome
from core.jobs import kinds
from core.people.identities import find_or_create_person
from core.people.models import Identity
from core.people.values import IdentityKind, Sender, system_actor
from tests.builders import claimed
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure, FakeSlack
from tests.slack.slack_desk import SlackDesk, button
from tests.slack.thread_scene import TICKET, answered, deliver, said, texts, ts_of


async def test_long_threads_are_read_page_by_page(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.page_length = 3
    parent = said(slack, "the printer jams")
    for number in range(8):
        answered(slack, parent, f"answer {number}")
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    assert await texts(desk) == [f"answer {number}" for number in range(8)]
    assert await desk.threads() == [(Outcome.ACTED, "thread-read")]


async def test_a_rate_limit_in_the_middle_goes_on_where_it_was(desk: SlackDesk, slack: FakeSlack) -> None:
    """langfuse#8800: Slack may allow one page a minute, so no page is read again."""
    slack.page_length = 2
    parent = said(slack, "the printer jams")
    for number in range(3):
        answered(slack, parent, f"answer {number}")
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    first = next(job for job in await desk.waiting() if job.kind == kinds.READ_THREAD.name)
    await desk.run_job(first)
    slack.fail("conversations.replies", Failure(status=429, retry_after=60))
    second = next(job for job in await desk.waiting() if job.kind == kinds.READ_THREAD.name)
    with pytest.raises(TryAgainLaterError) as raised:
        await desk.run_job(second)
    assert raised.value.retry_after == 60
    await desk.run_jobs()
    assert await texts(desk) == ["answer 0", "answer 1", "answer 2"]
    cursors = [call.get("cursor") for call in slack.calls_of("conversations.replies")]
    assert cursors[:3] == [None, "2", "2"]


async def test_a_cursor_that_slack_has_forgotten_begins_anew(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.page_length = 2
    parent = said(slack, "the printer jams")
    for number in range(3):
        answered(slack, parent, f"answer {number}")
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    for _ in range(2):
        job = next(job for job in await desk.waiting() if job.kind in {"intake.process", "intake.read_thread"})
        await desk.run_job(job)
    slack.fail("conversations.replies", Failure(error="invalid_cursor"))
    await desk.run_jobs()
    assert await texts(desk) == ["answer 0", "answer 1", "answer 2"]


@pytest.mark.parametrize(
    ("code", "rule", "is_told"),
    [
        ("not_in_channel", "not-in-channel", True),
        ("missing_scope", "missing-scope", True),
        ("thread_not_found", "thread-gone", False),
        ("org_login_required", "slack-refused:org_login_required", True),
    ],
)
async def test_a_thread_that_cannot_be_read_is_told_to_moderators(
    desk: SlackDesk, slack: FakeSlack, code: str, rule: str, *, is_told: bool
) -> None:
    parent = said(slack, "the printer jams")
    slack.fail("conversations.replies", Failure(error=code))
    await deliver(desk, requests.reaction(TICKET, on=ts_of(parent)))
    assert len(await desk.tickets()) == 1
    assert await desk.threads() == [(Outcome.IGNORED, rule)]
    told = [text for text in desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]) if "may be missing here" in text]
    assert len(told) == is_told


async def test_a_silent_slack_ends_with_a_line_and_may_be_tried_again(desk: SlackDesk, slack: FakeSlack) -> None:
    parent = said(slack, "the printer jams")
    answered(slack, parent, "which one?")
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    job = next(job for job in await desk.waiting() if job.kind == kinds.READ_THREAD.name)
    gave_up = desk.desk.runs[job.kind].on_dead
    assert gave_up is not None
    await gave_up(claimed(job), "Slack has a fault.")
    assert await desk.threads() == [(Outcome.IGNORED, "thread-not-read")]
    await desk.run_jobs()  # somebody has had the job tried again
    assert await desk.threads() == [(Outcome.ACTED, "thread-read")]
    assert await texts(desk) == ["which one?"]


@pytest.mark.parametrize("steps", range(5))
async def test_a_reading_that_is_killed_anywhere_is_done_again(desk: SlackDesk, slack: FakeSlack, steps: int) -> None:
    """PostHog#98370: an answer counts when its row is committed, once however often the page is read."""
    parent = said(slack, "the printer jams")
    for number in range(3):
        answered(slack, parent, f"answer {number}")
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    job = next(job for job in await desk.waiting() if job.kind == kinds.READ_THREAD.name)
    reading = desk.desk.runs[job.kind].run.__self__  # type: ignore[attr-defined]  # a bound method
    left = iter(range(steps))

    class KilledError(Exception):
        pass

    class Dying:
        async def accept(self, message: InboundMessage) -> Accepted:
            if next(left, None) is None:
                raise KilledError
            accepted: Accepted = await reading.ledger.accept(message)
            return accepted

    with suppress(KilledError):
        await replace(reading, ledger=Dying()).run(claimed(job))
    await desk.run_jobs()
    assert await texts(desk) == ["answer 0", "answer 1", "answer 2"]
    assert await desk.threads() == [(Outcome.ACTED, "thread-read")]


async def test_an_answer_that_was_let_go_while_its_question_waited_is_read(desk: SlackDesk, slack: FakeSlack) -> None:
    """After a time away the answer's turn may come before the question's."""
    ts = f"{desk.clock.now().timestamp():.6f}"
    mention = requests.mention("the printer jams", ts=ts)
    slack.channels[requests.CHANNEL].append(mention["event"])
    answer = answered(slack, mention, "which one?", ts=f"{float(ts) + 600:.6f}")
    await desk.send(mention)
    await desk.send(answer)
    asking, answering = await desk.waiting()
    await desk.run_job(answering)
    await desk.run_job(asking)
    await desk.run_jobs()
    assert await texts(desk) == ["which one?"]


@pytest.mark.parametrize(("seconds", "pages"), [(0, 0), (4, 0), (6, 1), (3600, 1)])
async def test_only_what_came_late_has_its_thread_read(
    desk: SlackDesk, slack: FakeSlack, seconds: int, pages: int
) -> None:
    """langfuse#8800: Slack may allow one page a minute, so a ticket that is made at once asks for none."""
    ts = f"{desk.clock.now().timestamp() - seconds:.6f}"
    mention = requests.mention("the printer jams", ts=ts)
    slack.channels[requests.CHANNEL].append(mention["event"])
    answered(slack, mention, "which one?", ts=f"{float(ts) + 3:.6f}")
    await deliver(desk, mention)
    assert len(slack.calls_of("conversations.replies")) == pages
    assert len(await texts(desk)) == pages


async def test_a_direct_conversation_is_not_read_again(desk: SlackDesk, slack: FakeSlack) -> None:
    await deliver(desk, requests.direct_message("the printer on the third floor jams"))
    assert slack.calls_of("conversations.replies") == []
    assert await desk.threads() == []


async def test_a_thread_that_is_being_read_keeps_nothing_else_waiting(desk: SlackDesk, slack: FakeSlack) -> None:
    """langfuse#8800: it may take hours. Talk beside it is not stored, and no edit of another message waits for it."""
    parent, other = said(slack, "the printer jams"), said(slack, "lunch?")
    aside = answered(slack, other, "pizza")
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    stored = len(await desk.ledger())
    for event in (aside, requests.edited("pasta", aside), requests.deleted(aside)):
        await desk.send(event)
    assert len(await desk.ledger()) == stored
    unknown = requests.direct_message("of long ago")
    await desk.send(requests.edited("of longer ago", unknown))
    desk.clock.advance(minutes=1)
    changing = next(job for job in await desk.waiting() if job.kind == kinds.INTAKE_PROCESS.name)
    await desk.run_job(changing)
    assert [row.rule for row in await desk.ledger()][-1] == "change-of-no-ticket"
    await desk.send(requests.deleted(answered(slack, parent, "which one?")))
    assert [row.outcome for row in await desk.ledger()][-1] is Outcome.RECEIVED


async def test_a_reaction_on_an_answer_waits_until_that_has_been_read(desk: SlackDesk, slack: FakeSlack) -> None:
    """It names no thread: it may be about any answer of its channel, and of no other."""
    parent = said(slack, "the printer jams")
    answer = answered(slack, parent, "which one?")
    await desk.send(requests.reaction(TICKET, on=ts_of(parent)))
    (reaction,) = await desk.waiting()
    await desk.run_job(reaction)
    stored = len(await desk.ledger())
    await desk.send(requests.reaction("eyes", on=ts_of(answer), channel="C0OTHER"))
    assert len(await desk.ledger()) == stored
    await desk.send(requests.reaction("eyes", on=ts_of(answer)))
    desk.clock.advance(minutes=1)
    (taking,) = [job for job in await desk.waiting() if job.kind == kinds.INTAKE_PROCESS.name]
    with pytest.raises(TryAgainLaterError):
        await desk.run_job(taking)
    await desk.run_job(next(job for job in await desk.waiting() if job.kind == kinds.READ_THREAD.name))
    (reading,) = [job for job in await desk.waiting() if job.kind == kinds.INTAKE_PROCESS.name and job.id != taking.id]
    await desk.run_job(reading)
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.assigned_to is not None


async def test_a_thread_is_read_in_the_workspace_that_its_message_came_from(desk: SlackDesk, slack: FakeSlack) -> None:
    """Its author has been known from another one for longer; whoever answered would be taken for somebody there."""
    elsewhere, here = f"T0OLDER:{requests.REQUESTER}", f"{desk.team_id}:{requests.REQUESTER}"
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        ada = await find_or_create_person(uow, Sender(kind=IdentityKind.SLACK, external_id=elsewhere, verified=True))
        slack_here = Identity(
            organization_id=1,
            user_id=ada.id,
            kind=IdentityKind.SLACK,
            external_id=here,
            created_at=uow.clock.now(),
        )
        uow.session.add(slack_here)
        uow.audit.record("identity.added", slack_here)
        await watch_channel(uow, requests.CHANNEL, ChannelMode.ASK)
        await uow.commit()
    desk.desk.watching.forget()
    parent = said(slack, "the printer on the third floor jams")
    await deliver(desk, parent)
    answer = answered(slack, parent, "which one?", ts=f"{float(ts_of(parent)) + 600:.6f}")
    block, value = button({"blocks": slack.calls_of("chat.postEphemeral")[0]["blocks"]}, "gathering.file")
    await deliver(desk, requests.press("gathering.file", block, value, user=requests.REQUESTER))
    assert await texts(desk) == ["which one?"]
    (said_before,) = [row for row in await desk.ledger() if row.external_id.startswith(SAID_EARLIER)]
    assert said_before.recipients == [desk.team_id]
    await deliver(desk, answer)
    assert [row.rule for row in await desk.ledger()][-1] == "same-message"
