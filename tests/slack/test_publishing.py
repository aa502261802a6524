"""A requester hears once that a colleague has made their ticket public or private, and not of what was undone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.conversations.models import Delivery
from core.conversations.publishing import UNDO_WITHIN
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.jobs import kinds
from core.jobs.models import Job
from core.people.queries import find_user
from core.people.values import Actor, Role, system_actor
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.own import show_own
from core.tickets.queries import lock_ticket
from core.tickets.working import delete_ticket, set_fields
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, text_of

ADA, GRACE = requests.REQUESTER, requests.MODERATOR
PUBLIC, PRIVATE = "Grace has made your ticket #1 public", "Grace has made your ticket #1 private"


async def command(desk: SlackDesk, words: str) -> None:
    """What a moderator does, and nothing of what follows."""
    await desk.send(requests.command("/triage", words, user=GRACE))


async def told(desk: SlackDesk) -> list[DeliveryStatus]:
    await desk.run_jobs()
    async with desk.reading() as reading:
        of_kind = select(Delivery.status).where(Delivery.kind == DeliveryKind.VISIBILITY).order_by(Delivery.id)
        return list(await reading.session.scalars(of_kind))


async def test_a_colleague_who_publishes_a_ticket_tells_its_requester_what_that_means(desk: SlackDesk) -> None:
    await desk.file("printer jams")
    await command(desk, "1 public on")
    assert await told(desk) == [DeliveryStatus.SENT]
    (confirmed, line) = desk.slack.messages("D0ADA")
    assert line["thread_ts"] == confirmed["ts"]
    assert PUBLIC in text_of(line)
    assert "anyone who can reach this desk may now read its title, description and solution" in text_of(line)
    assert "/ticket 1 lets you make it private again" in text_of(line)
    await command(desk, "1 public off")
    assert await told(desk) == [DeliveryStatus.SENT] * 2
    assert PRIVATE in text_of(desk.slack.messages("D0ADA")[-1])


async def test_it_goes_out_only_when_there_was_time_to_undo_it(desk: SlackDesk) -> None:
    await desk.file("printer jams")
    await command(desk, "1 public on")
    async with desk.reading() as reading:
        jobs = select(Job.due_at).where(Job.kind == kinds.DELIVER.name).order_by(Job.id.desc()).limit(1)
        assert await reading.session.scalar(jobs) == desk.clock.now() + UNDO_WITHIN
    assert timedelta(seconds=30) <= UNDO_WITHIN <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [
        (["on", "off"], [DeliveryStatus.TAKEN_BACK]),
        (["on", "off", "on"], [DeliveryStatus.TAKEN_BACK, DeliveryStatus.SENT]),
        (["on", "on"], [DeliveryStatus.SENT]),
        (["off"], []),
    ],
)
async def test_what_is_undone_in_time_is_not_told(
    desk: SlackDesk, steps: list[str], statuses: list[DeliveryStatus]
) -> None:
    await desk.file("printer jams")
    for step in steps:
        await command(desk, f"1 public {step}")
    assert await told(desk) == statuses
    shown = [text_of(message) for message in desk.slack.messages("D0ADA")]
    assert sum(PUBLIC in one for one in shown) == statuses.count(DeliveryStatus.SENT)
    assert not any(PRIVATE in one for one in shown)


async def test_what_the_requester_does_is_not_told_to_them_and_overtakes_what_was_not_told(desk: SlackDesk) -> None:
    await desk.file("printer jams")
    await command(desk, "1 public on")
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        ada = await find_user(uow, f"{desk.team_id}:{ADA}")
        uow.act_as(Actor(organization_id=1, user_id=ada.id, role=ada.role, name="Ada", channel="slack"))
        await show_own(uow, await lock_ticket(uow, 1), is_public=False)
        await uow.commit()
    assert await told(desk) == [DeliveryStatus.TAKEN_BACK]


async def test_a_moderator_who_publishes_their_own_ticket_is_told_nothing(desk: SlackDesk) -> None:
    await desk.make(ADA, Role.MODERATOR)
    await desk.file("printer jams")
    await desk.send(requests.command("/triage", "1 public on", user=ADA))
    assert await told(desk) == []


async def test_of_a_ticket_deleted_meanwhile_nothing_is_told(desk: SlackDesk) -> None:
    await desk.file("printer jams")
    await command(desk, "1 public on")
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        uow.act_as(Actor(organization_id=1, role=Role.MODERATOR, name="Grace", channel="web"))
        await delete_ticket(uow, await lock_ticket(uow, 1))
        await uow.commit()
    assert await told(desk) == [DeliveryStatus.TAKEN_BACK]


async def test_whoever_filed_it_elsewhere_is_told_by_mail(desk: SlackDesk) -> None:
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        ada = await find_user(uow, f"{desk.team_id}:{GRACE}")
        ada.email = "grace@people.example"
        ticket = await submit_ticket(
            uow, NewTicket(title="printer jams", description="", channel="email"), requester=ada
        )
        uow.act_as(Actor(organization_id=1, role=Role.MODERATOR, name="Root", channel="web"))
        await set_fields(uow, ticket, is_public=True)
        await uow.commit()
    await desk.run_jobs()
    async with desk.reading() as reading:
        row = (await reading.session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.VISIBILITY))).one()
    assert (row.channel, row.status) == ("email", DeliveryStatus.SENT)
    assert "Root has made your ticket #1 public" in str(row.content["text"])
