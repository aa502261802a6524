"""A preview that is already in Slack loses its text when its ticket is no longer for those who read there."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.conversations.holding import release_held
from core.conversations.models import LinkPreview
from core.conversations.previews import Previews, PreviewWindow
from core.conversations.shared_links import KEEP_HIDDEN, SharedLinks
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.values import JobStatus
from core.people.values import system_actor
from core.tickets.public import PublicTicket
from core.tickets.queries import lock_ticket
from core.tickets.working import restore_ticket
from tests.builders import claimed
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure
from tests.slack.no_longer_public import GRACE as GRACE_ON_THE_WEB
from tests.slack.no_longer_public import delete, hide, merge, triage
from tests.slack.slack_desk import SlackDesk

ADA, GRACE = requests.REQUESTER, requests.MODERATOR
ADDRESS = "https://desk.example/tickets/1"
SECRET, SOLVED = "zebracode", "quaggasolution"


async def published(desk: SlackDesk) -> None:
    await desk.file(f"printer {SECRET} jams")
    await triage(desk, f"1 resolve {SOLVED}")
    await triage(desk, "1 public on")


async def linked(desk: SlackDesk, *addresses: str, **fields: Any) -> tuple[str, str]:
    """Somebody writes the addresses; says where."""
    event = requests.links(*(addresses or (ADDRESS,)), **fields)
    await desk.send(event)
    await desk.run_jobs()
    return event["event"]["channel"], event["event"]["message_ts"]


def standing(desk: SlackDesk, where: tuple[str, str]) -> str:
    """What stands below a message now."""
    return json.dumps(desk.slack.unfurled[where])


async def republish(desk: SlackDesk) -> None:
    await triage(desk, "1 public on")


async def restore(desk: SlackDesk) -> None:
    async with desk.desk.unit_of_work(GRACE_ON_THE_WEB) as uow:
        await restore_ticket(uow, await lock_ticket(uow, 1, with_deleted=True))
        await uow.commit()
    await desk.run_jobs()


async def done(desk: SlackDesk, job_id: int) -> None:
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        (await uow.session.get_one(Job, job_id)).status = JobStatus.DONE
        await uow.commit()


Step = Callable[[SlackDesk], Awaitable[None]]


@pytest.mark.parametrize(("step", "back"), [(hide, republish), (delete, restore), (merge, None)])
async def test_what_is_no_longer_public_leaves_a_preview_without_text(
    desk: SlackDesk, step: Step, back: Step | None
) -> None:
    await published(desk)
    where = await linked(desk)
    assert SECRET in standing(desk, where)
    assert SOLVED in standing(desk, where)
    await step(desk)
    assert SECRET not in standing(desk, where)
    assert SOLVED not in standing(desk, where)
    assert "#1 can no longer be shown" in standing(desk, where)
    if back:
        await back(desk)
        assert SECRET in standing(desk, where)


async def test_moderators_and_the_requester_go_on_reading_what_is_private(desk: SlackDesk) -> None:
    await published(desk)
    theirs = await linked(desk, channel=requests.TRIAGE_CHANNEL, user=GRACE)
    own = await linked(desk, channel="D0ADA", user=ADA)
    strangers = await linked(desk, channel="D0MALLORY", user="U0MALLORY")
    await hide(desk)
    assert [SECRET in standing(desk, where) for where in (theirs, own, strangers)] == [True, True, False]
    await delete(desk)
    assert not any(SECRET in standing(desk, where) for where in (theirs, own, strangers))


async def test_a_preview_follows_status_and_title_and_nothing_else(desk: SlackDesk) -> None:
    await published(desk)
    where = await linked(desk)
    calls = len(desk.slack.calls_of("chat.unfurl"))
    await triage(desk, "1 note only for us")
    await triage(desk, "1 assign me")
    assert len(desk.slack.calls_of("chat.unfurl")) == calls
    await desk.retitle(1, "scanner okapi")
    assert "okapi" in standing(desk, where)
    assert SECRET not in standing(desk, where)


async def test_one_message_about_two_tickets_keeps_the_public_one(desk: SlackDesk) -> None:
    await published(desk)
    await desk.file("scanner okapi")
    await triage(desk, "2 public on")
    where = await linked(desk, ADDRESS, "https://desk.example/tickets/2")
    await hide(desk)
    assert SECRET not in standing(desk, where)
    assert "okapi" in standing(desk, where)


async def test_an_address_edited_out_of_the_message_does_not_keep_the_other_one(desk: SlackDesk) -> None:
    await published(desk)
    where = await linked(desk, ADDRESS, f"{ADDRESS}?again")
    desk.slack.fail("chat.unfurl", Failure(error="cannot_unfurl_url"), Failure(error="cannot_unfurl_url"))
    await hide(desk)
    assert SECRET not in json.dumps(desk.slack.unfurled[where][f"{ADDRESS}?again"])


@dataclass(frozen=True, slots=True)
class InTheMiddle:
    """Lets something happen while a preview is on its way to Slack."""

    window: PreviewWindow
    happens: Callable[[], Awaitable[None]]

    async def show(self, shared: SharedLinks, previews: Mapping[str, PublicTicket], hidden: Mapping[str, int]) -> None:
        await self.happens()
        await self.window.show(shared, previews, hidden)


def _window(desk: SlackDesk) -> PreviewWindow:
    window = _previews(desk).window
    assert window is not None
    return window


def _previews(desk: SlackDesk) -> Previews:
    previews = desk.desk.runs[kinds.PREVIEW.name].run.__self__  # type: ignore[attr-defined]  # a bound method
    assert isinstance(previews, Previews)
    return previews


async def test_a_preview_that_is_on_its_way_while_its_ticket_becomes_private_is_taken_back(desk: SlackDesk) -> None:
    await published(desk)
    event = requests.links(ADDRESS)
    where = event["event"]["channel"], event["event"]["message_ts"]
    await desk.send(event)
    (job,) = await desk.waiting()

    async def meanwhile() -> None:
        await desk.send(requests.command("/triage", "1 public off", user=GRACE))
        while others := [waiting for waiting in await desk.waiting() if waiting.id != job.id]:
            for other in others:
                await desk.run_job(other)
        assert "can no longer be shown" in standing(desk, where)

    slow = Previews(desk.desk.unit_of_work, desk.desk.reading, InTheMiddle(_window(desk), meanwhile))
    await slow.run(claimed(job))
    assert SECRET in standing(desk, where)  # it overtook the one that hides it
    await done(desk, job.id)
    await desk.run_jobs()
    assert SECRET not in standing(desk, where)


async def test_a_preview_whose_process_died_after_slack_took_it_is_taken_back(desk: SlackDesk) -> None:
    await published(desk)
    event = requests.links(ADDRESS)
    where = event["event"]["channel"], event["event"]["message_ts"]
    await desk.send(event)
    (job,) = await desk.waiting()

    with pytest.raises(KeyboardInterrupt):
        await Previews(desk.desk.unit_of_work, desk.desk.reading, _Dying(_window(desk))).run(claimed(job))
    assert SECRET in standing(desk, where)
    await done(desk, job.id)  # and nobody tries it again
    await hide(desk)
    assert SECRET not in standing(desk, where)


@dataclass(frozen=True, slots=True)
class _Dying:
    window: PreviewWindow

    async def show(self, shared: SharedLinks, previews: Mapping[str, PublicTicket], hidden: Mapping[str, int]) -> None:
        await self.window.show(shared, previews, hidden)
        raise KeyboardInterrupt


async def test_what_slack_did_not_let_us_hide_is_hidden_when_there_is_access_again(desk: SlackDesk) -> None:
    await published(desk)
    where = await linked(desk)
    desk.slack.fail("chat.unfurl", Failure(error="account_inactive"))
    await hide(desk)
    assert SECRET in standing(desk, where)
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        await release_held(uow, 1, again="installed:1")
        await uow.commit()
    await desk.run_jobs()
    assert SECRET not in standing(desk, where)


async def test_only_hidden_previews_are_forgotten_and_only_after_a_while(desk: SlackDesk) -> None:
    await published(desk)
    await desk.file("scanner okapi")
    await triage(desk, "2 public on")
    await linked(desk)
    await linked(desk, "https://desk.example/tickets/2")
    await hide(desk)
    desk.clock.advance(days=KEEP_HIDDEN / timedelta(days=1) + 1)
    await linked(desk, "https://desk.example/tickets/2?anew")
    async with desk.reading() as reading:
        kept = (await reading.session.scalars(select(LinkPreview.address).order_by(LinkPreview.id))).all()
    assert kept == ["https://desk.example/tickets/2", "https://desk.example/tickets/2?anew"]


async def test_a_preview_in_a_channel_that_got_another_id_loses_its_text_there(desk: SlackDesk) -> None:
    """Also where the ticket was hidden before the desk heard of the new id."""
    await published(desk)
    _, ts = await linked(desk)
    desk.slack.fail("chat.unfurl", Failure(error="channel_not_found"))
    await hide(desk)
    renamed = {"type": "channel_id_changed", "old_channel_id": requests.CHANNEL, "new_channel_id": "C0RENAMED"}
    await desk.send(requests.envelope(renamed))
    await desk.run_jobs()
    assert "no longer be shown" in standing(desk, ("C0RENAMED", ts))
    await republish(desk)
    assert SOLVED in standing(desk, ("C0RENAMED", ts))
    await hide(desk)
    assert SOLVED not in standing(desk, ("C0RENAMED", ts))
