"""Events delivered three times, in any order, with kills between: one ticket, one confirmation, no word lost.

agno#10073, PostHog#88801 (retries told apart by event id), PostHog#98370 (only the commit acknowledges).
"""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import TryAgainLaterError
from core.gathering.channels import watch_channel
from core.gathering.values import ChannelMode
from core.people.values import system_actor
from tests.fakes import slack_requests as requests
from tests.fakes.clock import MONDAY_MORNING
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import SlackDesk, button

Json = dict[str, Any]

_DELIVERIES = 3
_numbers = itertools.count(1)
_fast = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def histories(draw: st.DrawFn, events: int) -> list[tuple[str, int]]:
    """Each event three times, workers that run between them, and workers that are killed after some steps."""
    steps = [("event", number) for number in range(events) for _ in range(_DELIVERIES)]
    steps += [("work", 0)] * 3 + [("kill", draw(st.integers(0, 60))) for _ in range(3)]
    return draw(st.permutations(steps))


async def work(desk: SlackDesk) -> None:
    """Run every waiting job once; one that has to wait for something stays in the queue."""
    for job in await desk.waiting():
        with suppress(TryAgainLaterError):
            await desk.run_job(job)


async def killed(desk: SlackDesk, after: int) -> None:
    """A worker that stops anywhere in its work: what it has not committed is gone, its jobs are taken up again."""
    worker = asyncio.create_task(work(desk))
    for _ in range(after):
        await asyncio.sleep(0)
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


async def live_through(desk: SlackDesk, history: list[tuple[str, int]], events: list[Json]) -> None:
    for what, number in history:
        match what:
            case "event":
                assert await desk.send(events[number]) == (200, "")
            case "work":
                await work(desk)
            case "kill":
                await killed(desk, number)
    while jobs := await desk.waiting():
        await work(desk)
        if [job.id for job in await desk.waiting()] == [job.id for job in jobs]:  # what waits for time to pass
            desk.clock.advance(seconds=5)


async def outcome(desk: SlackDesk, user: str, channel: str) -> tuple[list[str], list[str], int]:
    """The tickets of a person, the answers on them, and how many confirmations stand in the channel."""
    tickets = [ticket for ticket in await desk.tickets() if ticket.created_by.username == user.lower()]
    numbers = {ticket.id for ticket in tickets}
    replies = [reply.text for reply in await desk.replies() if reply.ticket_id in numbers]
    ours = [message for message in desk.slack.messages(channel) if "Ticket #" in str(message) or "#" in message["text"]]
    return [ticket.description for ticket in tickets], replies, len(ours)


def somebody(desk: SlackDesk) -> tuple[str, str, str]:
    """A person who has never written, with a channel and a direct conversation of their own."""
    number = next(_numbers)
    user = f"U1P{number}"
    desk.slack.add_user(user, user.lower(), f"{user.lower()}@people.example")
    return user, f"C1P{number}", f"D1P{number}"


def speaking(event: Callable[..., Json], user: str, channel: str) -> Callable[..., Json]:
    """Makes events of what somebody says there, so many seconds after the beginning."""

    def said(text: str, seconds: float, **fields: Any) -> Json:
        ts = f"{MONDAY_MORNING.timestamp() + seconds:.6f}"
        return event(text, ts=ts, user=user, channel=channel, **fields)

    return said


async def watched(desk: SlackDesk, channel: str, mode: ChannelMode) -> None:
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        await watch_channel(uow, channel, mode)
        await uow.commit()
    desk.desk.watching.forget()


@_fast
@given(history=histories(4))
async def test_a_burst_its_answer_and_its_edit_in_a_watched_channel(
    desk: SlackDesk, history: list[tuple[str, int]]
) -> None:
    user, channel, _ = somebody(desk)
    await watched(desk, channel, ChannelMode.AUTO)
    said = speaking(requests.message, user, channel)
    first = said("my printer jams", 0)
    answer = said("any news?", 90, thread_ts=first["event"]["ts"])
    events = [first, said("it is the blue one", 30), answer, requests.edited("my plotter jams", first)]
    await live_through(desk, history, events)
    descriptions, replies, confirmations = await outcome(desk, user, channel)
    assert descriptions == ["my plotter jams\nit is the blue one"]
    assert replies == ["any news?"]
    assert confirmations == 1


@_fast
@given(history=histories(3))
async def test_a_direct_message_its_answer_and_its_deletion(desk: SlackDesk, history: list[tuple[str, int]]) -> None:
    user, _, direct = somebody(desk)
    said = speaking(requests.direct_message, user, direct)
    first = said("the printer on the third floor jams", 0)
    answer = said("it is the blue one", 40, thread_ts=first["event"]["ts"])
    await live_through(desk, history, [first, answer, requests.deleted(answer)])
    descriptions, replies, confirmations = await outcome(desk, user, direct)
    assert descriptions == ["the printer on the third floor jams"]
    assert replies == ["(deleted by its author)"]
    assert confirmations == 1


@_fast
@given(history=histories(2))
async def test_too_little_and_then_enough(desk: SlackDesk, history: list[tuple[str, int]]) -> None:
    user, _, direct = somebody(desk)
    said = speaking(requests.direct_message, user, direct)
    await live_through(desk, history, [said("it does not work", 0), said("the scanner shows error E4", 30)])
    descriptions, _, _ = await outcome(desk, user, direct)
    assert descriptions == ["it does not work\nthe scanner shows error E4"]


@_fast
@given(history=histories(2))
async def test_a_mention_and_the_reaction_on_it(desk: SlackDesk, history: list[tuple[str, int]]) -> None:
    """Either may come first: the ticket is the author's, and is confirmed once."""
    user, channel, _ = somebody(desk)
    ts = f"{MONDAY_MORNING.timestamp():.6f}"
    question = requests.mention("the printer jams", ts=ts, user=user, channel=channel)
    desk.slack.channels[channel] = [question["event"]]
    await live_through(desk, history, [question, requests.reaction("ticket", on=ts, channel=channel)])
    descriptions, _, confirmations = await outcome(desk, user, channel)
    assert len(descriptions) == 1
    assert confirmations == 1


@_fast
@given(history=histories(3))
async def test_a_question_that_is_offered_a_ticket_and_its_answer(
    desk: SlackDesk, history: list[tuple[str, int]]
) -> None:
    """The yes comes last of all: until then the answer is talk, or waits."""
    user, channel, _ = somebody(desk)
    await watched(desk, channel, ChannelMode.ASK)
    said = speaking(requests.message, user, channel)
    question = said("my printer on the third floor jams", 0)
    answer = said("the blue one", 300, thread_ts=question["event"]["ts"])
    edit = requests.edited("the red one", answer)
    desk.slack.channels[channel] = [question["event"], edit["event"]["message"]]
    await live_through(desk, history, [question, answer, edit])
    asked = [call for call in desk.slack.calls_of("chat.postEphemeral") if call["channel"] == channel]
    block, value = button({"blocks": asked[0]["blocks"]}, "gathering.file")
    await desk.send(requests.press("gathering.file", block, value, user=user))
    await live_through(desk, [], [])
    descriptions, replies, confirmations = await outcome(desk, user, channel)
    assert descriptions == ["my printer on the third floor jams"]
    assert replies == ["the red one"]
    assert confirmations == 1


@dataclass
class World:
    """What happens in Slack, whenever the desk is told of it: a question that somebody reacts on, and its answers.

    Slack tells of what has happened; each happening has had those in `NEEDS` before it.
    """

    slack: FakeSlack
    channel: str
    user: str
    question: Json
    answers: list[Json]
    reaction: Json
    edit: Json
    deletion: Json
    done: set[int] = field(default_factory=set)

    NEEDS: ClassVar[dict[int, tuple[int, ...]]] = {
        0: (),
        1: (0,),
        2: (0, 1),
        3: (0, 1, 2),
        4: (0, 1, 2, 3),
        5: (0, 1),
        6: (0, 1, 2),
    }

    @property
    def events(self) -> list[Json]:
        return [self.question, *self.answers, self.reaction, self.edit, self.deletion]

    def happen(self, number: int) -> None:
        for needed in (*self.NEEDS[number], number):
            if needed not in self.done:
                self.done.add(needed)
                self._change(needed)

    def _change(self, number: int) -> None:
        stands = self.slack.channels[self.channel]
        match number:
            case 0 | 1 | 2 | 3:
                stands.append(self.events[number]["event"])
                stands.sort(key=lambda message: float(message["ts"]))
            case 5:
                at = next(n for n, message in enumerate(stands) if message["ts"] == self.answers[0]["event"]["ts"])
                stands[at] = self.edit["event"]["message"]
            case 6:
                stands.remove(self.answers[1]["event"])


def world(desk: SlackDesk) -> World:
    user, channel, _ = somebody(desk)

    said = speaking(requests.message, user, channel)
    question = said("my printer jams", 0)
    thread = {"thread_ts": question["event"]["ts"]}
    words = ("the blue one", "pass: hunter2", "any news?")
    answers = [said(text, 200 + 100 * number, **thread) for number, text in enumerate(words)]
    reaction = requests.reaction("ticket", on=thread["thread_ts"], channel=channel)
    reaction["event"]["event_ts"] = f"{MONDAY_MORNING.timestamp() + 500:.6f}"
    return World(
        slack=desk.slack,
        channel=channel,
        user=user,
        question=question,
        answers=answers,
        reaction=reaction,
        edit=requests.edited("the red one", answers[0]),
        deletion=requests.deleted(answers[1]),
    )


@st.composite
def thread_histories(draw: st.DrawFn) -> list[tuple[str, int]]:
    """As `histories`, with the moments at which things happen beside those at which the desk hears of them."""
    steps = [("event", number) for number in range(len(World.NEEDS)) for _ in range(_DELIVERIES)]
    steps += [("happen", number) for number in World.NEEDS]
    steps += [("work", 0)] * 3 + [("kill", draw(st.integers(0, 80))) for _ in range(4)]
    return draw(st.permutations(steps))


@_fast
@given(history=thread_histories())
async def test_a_thread_in_a_channel_that_is_not_watched_and_the_reaction_on_it(
    desk: SlackDesk, history: list[tuple[str, int]]
) -> None:
    """Any order of question, answers, reaction, edit and deletion, and any of what the desk hears of them."""
    around = world(desk)
    for what, number in history:
        match what:
            case "happen":
                around.happen(number)
            case "event":
                around.happen(number)
                assert await desk.send(around.events[number]) == (200, "")
            case "work":
                await work(desk)
            case "kill":
                await killed(desk, number)
    await live_through(desk, [], [])
    descriptions, replies, confirmations = await outcome(desk, around.user, around.channel)
    assert descriptions == ["my printer jams"]
    assert sorted(set(replies) - {"(deleted by its author)"}) == ["any news?", "the red one"]
    assert len(replies) == len(set(replies))
    assert confirmations == 1
