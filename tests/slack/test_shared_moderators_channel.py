"""A moderators' channel that becomes shared with another organization: noticed, told, and nothing more goes there."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from core.conversations.models import Delivery, ExposedChannel
from core.conversations.values import DeliveryStatus
from core.errors import TryAgainLaterError
from core.jobs import kinds
from core.jobs.values import JobTicket, Lane
from core.people.values import Role, system_actor
from core.tickets.revising import TAKEN_BACK
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure, FakeSlack
from tests.slack.slack_desk import SlackDesk, text_of

Json = dict[str, Any]
MODS, GRACE = requests.TRIAGE_CHANNEL, requests.MODERATOR
OWN: Json = {"id": MODS, "is_private": True, "is_member": True}
SHARED = OWN | {"is_ext_shared": True, "is_shared": True, "connected_team_ids": ["T0OTHERS"]}
SECRET = "zebracode"


@pytest.fixture(autouse=True)
async def known(desk: SlackDesk) -> None:
    desk.slack.conversations[MODS] = OWN
    desk.slack.add_user("U0ROOT", "Root", "root@people.example")
    await desk.make("U0ROOT", Role.ADMIN)


def told_by_slack(kind: str, *, channel: str = MODS, **fields: Any) -> Json:
    """As https://docs.slack.dev/reference/events/channel_shared has it."""
    return requests.envelope({"type": kind, "channel": channel, "event_ts": requests.fresh_ts()} | fields)


async def share(desk: SlackDesk) -> None:
    desk.slack.conversations[MODS] = SHARED
    assert await desk.send(told_by_slack("channel_shared", connected_team_id="T0OTHERS")) == (200, "")
    await desk.run_jobs()


async def unshare(desk: SlackDesk) -> None:
    desk.slack.conversations[MODS] = OWN
    event = told_by_slack("channel_unshared", previously_connected_team_id="T0OTHERS", is_ext_shared=False)
    assert await desk.send(event) == (200, "")
    await desk.run_jobs()


async def by_the_hour(desk: SlackDesk) -> None:
    kind = kinds.WATCH_CHANNELS.name
    job = JobTicket(id=0, organization_id=1, kind=kind, lane=Lane.FETCH, payload={}, attempts=1, fence=1)
    await desk.desk.runs[kind].run(job)
    await desk.run_jobs()


def in_channel(slack: FakeSlack) -> str:
    return json.dumps(slack.messages(MODS))


def direct(slack: FakeSlack, user: str) -> list[str]:
    return [text_of(message) for message in slack.messages("D" + user[1:])]


async def waiting(desk: SlackDesk) -> int:
    async with desk.reading() as reading:
        rows = await reading.session.scalars(select(Delivery.id).where(Delivery.status == DeliveryStatus.HELD))
        return len(rows.all())


async def test_whoever_works_tickets_is_told_and_nothing_more_goes_there(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.file("Printer jams")
    before = in_channel(slack)
    await share(desk)
    for user in (GRACE, "U0ROOT"):
        (line,) = direct(slack, user)
        assert "People of other workspaces can read" in line
    await desk.send(requests.command("/triage", f"1 note {SECRET} is the password", user=GRACE))
    await desk.send(requests.command("/triage", "1 priority high", user=GRACE))
    await desk.send(requests.mention(f"my scanner says {SECRET}"))
    await desk.run_jobs()
    assert in_channel(slack) == before
    assert await waiting(desk) == 2  # the note and the card of the second ticket
    async with desk.reading() as reading:
        mails = await reading.session.scalars(select(Delivery.recipient).where(Delivery.channel == "email"))
        assert set(mails.all()) == {"root@people.example"}


async def test_what_waited_goes_out_when_the_channel_is_their_own_again(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.file("Printer jams")
    await share(desk)
    await desk.send(requests.command("/triage", f"1 note {SECRET}", user=GRACE))
    await desk.send(requests.command("/triage", "1 priority high", user=GRACE))
    await desk.send(requests.mention("my scanner is dark"))
    await desk.run_jobs()
    await unshare(desk)
    cards = [text_of(message) for message in slack.messages(MODS) if "thread_ts" not in message]
    assert len(cards) == 2
    assert "high" in cards[0]
    assert "scanner" in cards[1]
    assert SECRET in in_channel(slack)
    assert "your own again" in direct(slack, GRACE)[-1]
    assert await waiting(desk) == 0


async def test_it_is_noticed_by_the_hour_where_slack_has_told_nothing(desk: SlackDesk, slack: FakeSlack) -> None:
    """The app may have been installed before it asked for these events."""
    await by_the_hour(desk)
    assert direct(slack, GRACE) == []
    slack.conversations[MODS] = SHARED
    await by_the_hour(desk)
    await by_the_hour(desk)
    assert len(direct(slack, GRACE)) == 1
    await desk.file("Printer jams")
    assert slack.messages(MODS) == []
    (state,) = [state for state in await desk.desk.readiness() if state.part == "slack"]
    assert (state.ok, state.is_vital) == (False, False)
    slack.conversations[MODS] = OWN
    await by_the_hour(desk)
    assert "Printer jams" in in_channel(slack)


async def test_what_was_held_as_the_channel_became_their_own_goes_out_within_the_hour(
    desk: SlackDesk, slack: FakeSlack
) -> None:
    """On PostgreSQL a message may be held by what was true just before the channel was freed."""
    await desk.file("Printer jams")
    await share(desk)
    await desk.send(requests.command("/triage", f"1 note {SECRET}", user=GRACE))
    await desk.run_jobs()
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        row = await uow.session.scalar(select(ExposedChannel))
        assert row is not None
        row.readers = ""
        await uow.commit()
    slack.conversations[MODS] = OWN
    await by_the_hour(desk)
    assert SECRET in in_channel(slack)


async def test_shared_a_second_time_it_is_told_again(desk: SlackDesk, slack: FakeSlack) -> None:
    for _ in range(2):
        await share(desk)
        await desk.file("Printer jams")
        await unshare(desk)
    assert len(direct(slack, GRACE)) == 4
    assert len(slack.messages(MODS)) == 2


async def test_words_that_are_taken_back_leave_a_shared_channel_too(desk: SlackDesk, slack: FakeSlack) -> None:
    message = requests.direct_message("the printer jams")
    answer = requests.direct_message(f"my password is {SECRET}", thread_ts=message["event"]["ts"])
    for event in (message, answer):
        await desk.send(event)
        await desk.run_jobs()
    await share(desk)
    await desk.send(requests.edited(f"my password is {SECRET}, really", answer))
    await desk.run_jobs()
    assert "really" not in in_channel(slack)
    desk.clock.advance(seconds=1)
    await desk.send(requests.deleted(answer))
    await desk.run_jobs()
    assert SECRET not in in_channel(slack)


async def test_an_edit_meanwhile_shows_afterwards(desk: SlackDesk, slack: FakeSlack) -> None:
    message = requests.direct_message("the printer jams")
    answer = requests.direct_message("the blue one", thread_ts=message["event"]["ts"])
    for event in (message, answer):
        await desk.send(event)
        await desk.run_jobs()
    await share(desk)
    edit = requests.edited("the red one", answer)
    edit["event"]["message"]["edited"]["ts"] = f"{desk.clock.now().timestamp() + 1:.6f}"
    await desk.send(edit)
    await desk.run_jobs()
    assert "the red one" not in in_channel(slack)
    await unshare(desk)
    assert "the red one" in in_channel(slack)


async def test_other_channels_may_be_shared_as_they_like(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.send(told_by_slack("channel_shared", channel=requests.CHANNEL, connected_team_id="T0OTHERS"))
    assert await desk.waiting() == []
    assert slack.calls_of("conversations.info") == []


async def test_a_public_one_is_told_to_admins_once_and_goes_on(desk: SlackDesk, slack: FakeSlack) -> None:
    """`tickmate doctor` refuses it; whoever runs it so all the same hears why not."""
    slack.conversations[MODS] = {"id": MODS, "is_private": False}
    await by_the_hour(desk)
    await by_the_hour(desk)
    await desk.file("Printer jams")
    assert in_channel(slack).count("Everybody can read private tickets") > 0
    assert "Printer jams" in in_channel(slack)


async def test_a_passing_fault_is_tried_again_and_a_refusal_changes_nothing(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.conversations[MODS] = SHARED
    slack.fail("conversations.info", Failure(status=429, retry_after=30), Failure(error="channel_not_found"))
    await desk.send(told_by_slack("channel_shared", connected_team_id="T0OTHERS"))
    with pytest.raises(TryAgainLaterError):
        await desk.run_jobs()
    await desk.run_jobs()
    assert direct(slack, GRACE) == []
    await by_the_hour(desk)
    assert len(direct(slack, GRACE)) == 1


async def test_a_channel_whose_id_changes_as_it_is_shared_is_held(desk: SlackDesk, slack: FakeSlack) -> None:
    """Slack gives a private channel a new id when somebody begins to share it, and knows the old one no longer."""
    await desk.file("Printer jams")
    slack.conversations = {"C0RENAMED": SHARED | {"id": "C0RENAMED"}}
    slack.channels["C0RENAMED"] = slack.channels.pop(MODS)
    before = json.dumps(slack.channels["C0RENAMED"])
    event = requests.envelope({"type": "channel_id_changed", "old_channel_id": MODS, "new_channel_id": "C0RENAMED"})
    assert await desk.send(event) == (200, "")
    await desk.run_jobs()
    assert any("C0RENAMED" in line for line in direct(slack, GRACE))
    await desk.send(requests.command("/triage", "1 priority high", user=GRACE))
    await desk.file("Scanner is dark")
    assert json.dumps(slack.channels["C0RENAMED"]) == before
    assert await waiting(desk) >= 1


async def test_threads_of_a_channel_whose_id_changes_go_on(desk: SlackDesk, slack: FakeSlack) -> None:
    mention = requests.mention("the printer jams")
    await desk.send(mention)
    await desk.run_jobs()
    event = requests.envelope(
        {"type": "channel_id_changed", "old_channel_id": requests.CHANNEL, "new_channel_id": "C0RENAMED"}
    )
    for _ in range(2):
        await desk.send(event)
        await desk.run_jobs()
    slack.channels["C0RENAMED"] = slack.channels.pop(requests.CHANNEL)
    answer = requests.message("the blue one", channel="C0RENAMED", thread_ts=mention["event"]["ts"])
    await desk.send(answer)
    await desk.run_jobs()
    assert [reply.text for reply in await desk.replies()] == ["the blue one"]
    await desk.send(requests.command("/triage", "1 status waiting", user=GRACE))
    await desk.run_jobs()
    confirmation = next(one for one in slack.messages("C0RENAMED") if one.get("thread_ts"))
    assert "waiting" in text_of(confirmation)


async def test_what_was_said_under_the_old_id_can_be_edited_and_taken_back_under_the_new_one(
    desk: SlackDesk, slack: FakeSlack
) -> None:
    mention = requests.mention("the printer jams")
    answer = requests.message(f"my password is {SECRET}", thread_ts=mention["event"]["ts"])
    renamed = requests.envelope(
        {"type": "channel_id_changed", "old_channel_id": requests.CHANNEL, "new_channel_id": "C0RENAMED"}
    )
    for event in (mention, answer, renamed):
        await desk.send(event)
        await desk.run_jobs()
    slack.channels["C0RENAMED"] = slack.channels.pop(requests.CHANNEL)
    for event in (mention, answer):
        event["event"]["channel"] = "C0RENAMED"
    for event in (requests.edited("the scanner jams", mention), requests.deleted(answer)):
        await desk.send(event)
        await desk.run_jobs()
    (ticket,), (reply,) = await desk.tickets(), await desk.replies()
    assert ticket.description == "the scanner jams"
    assert reply.text == TAKEN_BACK
    assert SECRET not in in_channel(slack)


async def test_a_channel_that_is_gone_is_told_to_admins_once(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.conversations.clear()
    await by_the_hour(desk)
    await by_the_hour(desk)
    async with desk.reading() as reading:
        mails = await reading.session.scalars(select(Delivery.recipient).where(Delivery.channel == "email"))
        assert mails.all() == ["root@people.example"]
