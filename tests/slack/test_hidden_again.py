"""What was posted while a ticket was public loses its words in Slack once it is private or deleted."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from core.conversations.values import DeliveryKind, Outgoing, Receipt
from core.errors import TryAgainLaterError
from core.jobs import kinds
from tests.builders import claimed
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure
from tests.slack.no_longer_public import delete, hide, merge, triage
from tests.slack.slack_desk import SlackDesk, text_of

SECRET, SOLVED = "zebracode", "quaggasolution"
GRACE = requests.MODERATOR


async def public_in_a_channel(desk: SlackDesk) -> str:
    """A public ticket that was filed, answered and solved in a channel."""
    mention = requests.mention(f"printer {SECRET} jams")
    await desk.send(mention)
    await desk.run_jobs()
    await triage(desk, "1 public on")
    await triage(desk, f"1 reply Is {SECRET} printed on it?")
    await triage(desk, f"1 resolve {SOLVED} helps")
    return str(mention["event"]["ts"])


def in_channel(desk: SlackDesk) -> str:
    """All of it, texts for notifications too."""
    return json.dumps(desk.slack.messages(requests.CHANNEL))


@pytest.mark.parametrize("step", [hide, delete, merge])
async def test_the_thread_in_a_channel_keeps_no_words(
    desk: SlackDesk, step: Callable[[SlackDesk], Awaitable[None]]
) -> None:
    await public_in_a_channel(desk)
    assert SECRET in in_channel(desk)
    assert SOLVED in in_channel(desk)
    await step(desk)
    assert SECRET not in in_channel(desk)
    assert SOLVED not in in_channel(desk)


async def test_made_public_again_the_thread_reads_as_before(desk: SlackDesk) -> None:
    await public_in_a_channel(desk)
    before = [text_of(message) for message in desk.slack.messages(requests.CHANNEL)]
    await hide(desk)
    await triage(desk, "1 public on")
    after = [text_of(message) for message in desk.slack.messages(requests.CHANNEL)]
    assert after[: len(before)] == before


async def test_hidden_once_nothing_is_written_again(desk: SlackDesk) -> None:
    await public_in_a_channel(desk)
    await hide(desk)
    calls = len(desk.slack.calls_of("chat.update"))
    await triage(desk, "1 note only for us")
    assert len(desk.slack.calls_of("chat.update")) == calls


async def test_what_moderators_and_the_requester_alone_read_stays(desk: SlackDesk) -> None:
    await desk.file(f"printer {SECRET} jams")
    await triage(desk, "1 public on")
    await triage(desk, f"1 resolve {SOLVED} helps")
    await hide(desk)
    for where in ("D0ADA", requests.TRIAGE_CHANNEL):
        assert SOLVED in json.dumps(desk.slack.messages(where))


async def test_of_a_deleted_ticket_no_message_that_is_updated_keeps_words(desk: SlackDesk) -> None:
    await desk.file(f"printer {SECRET} jams")
    await delete(desk)
    for where in ("D0ADA", requests.TRIAGE_CHANNEL):
        assert SECRET not in json.dumps(desk.slack.messages(where))
        assert "has been deleted" in json.dumps(desk.slack.messages(where))


async def test_an_answer_on_its_way_while_its_ticket_becomes_private_is_hidden(desk: SlackDesk) -> None:
    await public_in_a_channel(desk)
    deliveries = desk.desk.runs[kinds.DELIVER.name].run.__self__  # type: ignore[attr-defined]  # a bound method
    courier = deliveries.couriers["slack"]

    class Slow:
        channel = "slack"

        async def deliver(self, outgoing: Outgoing) -> Receipt:
            if outgoing.kind is DeliveryKind.REPLY and not outgoing.for_moderators:
                await desk.send(requests.command("/triage", "1 public off", user=GRACE))
                for job in await desk.waiting():
                    if job.kind == kinds.REFRESH.name:
                        await desk.run_job(job)
            receipt: Receipt = await courier.deliver(outgoing)
            return receipt

    await desk.send(requests.command("/triage", "1 reply okapi", user=GRACE))
    slow = replace(deliveries, couriers={"slack": Slow()})
    desk.desk.runs[kinds.DELIVER.name] = replace(desk.desk.runs[kinds.DELIVER.name], run=slow.deliver)
    await desk.run_jobs()
    assert any("okapi" in str(call) for call in desk.slack.calls_of("chat.postMessage"))
    assert "okapi" not in in_channel(desk)


async def similar_pair(desk: SlackDesk) -> None:
    """An open ticket on whose card and confirmation a solved one is shown."""
    await desk.file("printer jams on both sides", f"The printer jams with {SECRET}")
    await triage(desk, f"1 resolve {SOLVED} helps")
    await triage(desk, "1 public on")
    await desk.file("printer jams on both sides", "The printer jams again")


@pytest.mark.parametrize("step", [hide, delete])
async def test_other_tickets_show_no_more_what_is_no_longer_public(
    desk: SlackDesk, step: Callable[[SlackDesk], Awaitable[None]]
) -> None:
    await similar_pair(desk)
    confirmation = [
        one for one in desk.slack.messages("D0ADA") if "Ticket #2" in json.dumps(one) or "#2 " in text_of(one)
    ]
    assert SOLVED in text_of(desk.card())
    assert any(SOLVED in text_of(one) for one in confirmation)
    await step(desk)
    assert SOLVED not in text_of(desk.card())
    assert not any(SOLVED in text_of(one) for one in confirmation)


@pytest.mark.parametrize("refused", [1, 2, 3])
async def test_what_slack_refused_to_hide_is_tried_again_by_the_job(desk: SlackDesk, refused: int) -> None:
    """However many of confirmation, answer and solution it refused; the card waits for the next change."""
    await public_in_a_channel(desk)
    desk.slack.fail("chat.update", *(Failure(error="cant_update_message") for _ in range(refused + 1)))
    with pytest.raises(TryAgainLaterError, match="still show"):
        await hide(desk)
    assert SECRET in in_channel(desk)
    await desk.run_jobs()
    assert SECRET not in in_channel(desk)
    assert SOLVED not in in_channel(desk)


async def test_words_are_hidden_before_anything_is_brought_up_to_date(desk: SlackDesk) -> None:
    """Slack may have the card wait, which is no reason for words to stand any longer where others read."""
    await public_in_a_channel(desk)
    before = len(desk.slack.calls_of("chat.update"))
    await hide(desk)
    *hidden, last = [call["channel"] for call in desk.slack.calls_of("chat.update")[before:]]
    assert set(hidden) == {requests.CHANNEL}
    assert last == requests.TRIAGE_CHANNEL


async def test_what_slack_never_hides_is_told_to_moderators(desk: SlackDesk) -> None:
    await public_in_a_channel(desk)
    desk.slack.fail("chat.update", *(Failure(error="cant_update_message") for _ in range(4)))
    with pytest.raises(TryAgainLaterError):
        await hide(desk)
    job = next(job for job in await desk.waiting() if job.kind == kinds.REFRESH.name)
    gave_up = desk.desk.runs[job.kind].on_dead
    assert gave_up is not None
    await gave_up(claimed(job), "Slack refused chat.update: cant_update_message.")
    await desk.run_jobs()
    told = desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"])
    assert [line for line in told if "still stand where others read" in line]


async def test_a_copy_that_somebody_has_deleted_needs_no_hiding(desk: SlackDesk) -> None:
    await public_in_a_channel(desk)
    kept = [one for one in desk.slack.messages(requests.CHANNEL) if "Is " not in text_of(one)]
    desk.slack.channels[requests.CHANNEL] = kept
    await hide(desk)
    assert SECRET not in in_channel(desk)


async def test_words_that_were_taken_back_are_taken_out_of_slack_by_the_job(desk: SlackDesk) -> None:
    message = requests.direct_message("the printer jams")
    answer = requests.direct_message(f"my password is {SECRET}", thread_ts=message["event"]["ts"])
    for event in (message, answer):
        await desk.send(event)
        await desk.run_jobs()
    desk.slack.fail("chat.update", Failure(error="cant_update_message"))
    await desk.send(requests.deleted(answer))
    with pytest.raises(TryAgainLaterError, match="taken back"):
        await desk.run_jobs()
    await desk.run_jobs()
    assert SECRET not in str(desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]))


async def test_a_confirmation_that_slack_never_hides_is_told_to_moderators(desk: SlackDesk) -> None:
    """Of a ticket that nobody has answered: there are no other copies of its words."""
    await desk.send(requests.mention(f"printer {SECRET} jams"))
    await desk.run_jobs()
    await triage(desk, "1 public on")
    desk.slack.fail("chat.update", *(Failure(error="cant_update_message") for _ in range(2)))
    with pytest.raises(TryAgainLaterError):
        await hide(desk)
    await give_up(desk)
    assert [line for line in under_the_card(desk) if "still stand where others read" in line]


async def answered_and_taken_back(desk: SlackDesk, *, code: str) -> None:
    """Slack refuses the update of the answer's copy for the moderators."""
    message = requests.direct_message("the printer jams")
    answer = requests.direct_message(f"my password is {SECRET}", thread_ts=message["event"]["ts"])
    for event in (message, answer):
        await desk.send(event)
        await desk.run_jobs()
    desk.slack.fail("chat.update", Failure(error=code))
    await desk.send(requests.deleted(answer))


async def test_words_that_were_taken_back_and_stay_in_slack_are_told_to_moderators(desk: SlackDesk) -> None:
    await answered_and_taken_back(desk, code="cant_update_message")
    with pytest.raises(TryAgainLaterError, match="taken back"):
        await desk.run_jobs()
    await give_up(desk)
    assert [line for line in under_the_card(desk) if "that their author took back" in line]


async def test_a_copy_of_words_taken_back_that_somebody_has_deleted_is_well(desk: SlackDesk) -> None:
    await answered_and_taken_back(desk, code="message_not_found")
    await desk.run_jobs()
    assert await desk.waiting() == []


async def give_up(desk: SlackDesk) -> None:
    """The last try of what was to be shown anew has failed."""
    for job in await desk.waiting():
        gave_up = desk.desk.runs[job.kind].on_dead
        if job.kind == kinds.REFRESH.name and gave_up is not None:
            await gave_up(claimed(job), "Slack refused chat.update: cant_update_message.")
    await desk.run_jobs()


def under_the_card(desk: SlackDesk) -> list[str]:
    return desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"])
