"""Work that is asked for again and again is done once, and never in the way of what nobody has seen yet."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from core.conversations.models import Delivery
from core.conversations.outdated import outdated
from core.conversations.outgoing import read_outgoing
from core.conversations.told import Told, note_told
from core.conversations.values import DeliveryKind, Outgoing, Receipt
from core.jobs import kinds
from core.jobs.models import Job
from core.jobs.pace import DEFAULT_LANES
from core.jobs.values import JobStatus, JobTicket, Lane
from core.tickets.models import Ticket
from core.tickets.queries import find_ticket, lock_ticket
from core.tickets.working import set_fields
from core.triage.actions import finish_triage
from tests.builders import CoreDesk, core_desk
from tests.desk.workers import change, reaches, working
from tests.fakes.waiting import eventually

CARDS = "C0CARDS"
KEY = "conversations.refresh:1"


async def ask(desk: CoreDesk, *, delay: timedelta = timedelta(0), note: str = "") -> Job:
    async with desk.unit_of_work() as uow:
        uow.jobs.enqueue_anew(kinds.REFRESH, {"note": note}, key=KEY, delay=delay)
        await uow.commit()
    (job,) = await desk.jobs()
    return job


async def test_one_job_waits_however_often_it_is_asked_for_due_at_the_earliest_time_named(desk: CoreDesk) -> None:
    now = desk.clock.now()
    assert (await ask(desk, delay=timedelta(seconds=5))).due_at == now + timedelta(seconds=5)
    assert (await ask(desk, delay=timedelta(seconds=1))).due_at == now + timedelta(seconds=1)
    job = await ask(desk, delay=timedelta(seconds=9), note="newest")
    assert (job.due_at, job.payload, job.status) == (now + timedelta(seconds=1), {"note": "newest"}, JobStatus.QUEUED)


async def test_asked_twice_in_one_transaction_the_earlier_time_counts(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        for seconds in (5, 1, 3):
            uow.jobs.enqueue_anew(kinds.REFRESH, {}, key=KEY, delay=timedelta(seconds=seconds))
        await uow.commit()
    (job,) = await desk.jobs()
    assert job.due_at == desk.clock.now() + timedelta(seconds=1)


@pytest.mark.parametrize("ended", [JobStatus.DONE, JobStatus.DEAD, JobStatus.DISCARDED])
async def test_what_has_ended_is_done_again_with_all_its_tries(desk: CoreDesk, ended: JobStatus) -> None:
    first = await ask(desk)
    await change(desk, first.id, status=ended, attempts=16, last_error="gone", finished_at=desk.clock.now())
    desk.clock.advance(minutes=5)
    again = await ask(desk)
    assert (again.id, again.status, again.attempts, again.last_error) == (first.id, JobStatus.QUEUED, 0, "")
    assert (again.due_at, again.created_at, again.finished_at) == (desk.clock.now(), desk.clock.now(), None)


async def test_what_runs_when_it_is_asked_for_runs_again(desk: CoreDesk) -> None:
    """Its first run may have read what was there before."""
    seen: list[str] = []
    may_end = asyncio.Event()

    async def run(job: JobTicket) -> None:
        seen.append(job.payload["note"])
        if len(seen) == 1:
            await may_end.wait()

    async def is_claimed_again() -> bool:
        return len(seen) == 2

    first = await ask(desk, note="older")
    async with working(desk, run, kinds.REFRESH):
        await reaches(desk, first.id, JobStatus.RUNNING)
        await ask(desk, note="newer")
        await eventually(is_claimed_again)
        may_end.set()
        done = await reaches(desk, first.id, JobStatus.DONE)
    assert seen == ["older", "newer"]
    assert done.attempts == 1


async def test_first_messages_are_claimed_before_refreshes_that_waited_longer(desk: CoreDesk) -> None:
    """Cards of older tickets that only change never fill the places of a ticket's first card."""
    async with desk.unit_of_work() as uow:
        for number in range(20):
            uow.jobs.enqueue_anew(kinds.REFRESH, {"is_first": False}, key=f"conversations.refresh:{number}")
        await uow.commit()
    desk.clock.advance(seconds=30)
    async with desk.unit_of_work() as uow:
        for _ in range(DEFAULT_LANES[Lane.DELIVERY]):
            uow.jobs.enqueue(kinds.DELIVER, {"is_first": True})
        await uow.commit()
    started: list[bool] = []
    may_end = asyncio.Event()

    async def run(job: JobTicket) -> None:
        started.append(job.payload["is_first"])
        await may_end.wait()

    async def are_all_lanes_full() -> bool:
        return len(started) == DEFAULT_LANES[Lane.DELIVERY] + DEFAULT_LANES[Lane.REFRESH]

    async with working(desk, run, kinds.DELIVER, kinds.REFRESH):
        await eventually(are_all_lanes_full)
        may_end.set()
    assert started[: DEFAULT_LANES[Lane.DELIVERY]] == [True] * DEFAULT_LANES[Lane.DELIVERY]


async def test_of_two_updates_noted_in_the_other_order_the_older_counts_and_is_refreshed(desk: CoreDesk) -> None:
    """Slack shows whichever came last, and nobody knows which that was."""
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await desk.mail_in(**{"from": "anna@people.example", "title": "VPN drops", "text": "Every hour.", "id": "a1@x"})
    await desk.run_jobs("conversations.deliver")
    older, newer = [await _changed(desk, note) for note in ("older", "newer")]
    for job in await desk.jobs():
        await change(desk, job.id, status=JobStatus.DONE)
    for outgoing in (older, newer):
        async with desk.unit_of_work() as uow:
            await note_told(uow, [Told(outgoing, Receipt(external_id=outgoing.external_id))])
            await uow.commit()
    await desk.run_jobs("conversations.refresh")
    last = desk.slack.of_kind(DeliveryKind.CARD)[-1]
    assert last.ticket
    assert last.ticket.helpful_notes == "newer"


async def _changed(desk: CoreDesk, note: str) -> Outgoing:
    """The card of a ticket that was changed, as a refresh reads it."""
    async with desk.unit_of_work() as uow:
        await set_fields(uow, await lock_ticket(uow, 1), helpful_notes=note)
        await uow.commit()
    async with desk.reading() as reading:
        found = await outdated(reading, await find_ticket(reading, 1), links=desk.deliveries.links)
    (card,) = found.to_show
    return card


async def test_a_card_that_is_noted_between_triage_and_search_waits_for_the_other(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await desk.mail_in(**{"from": "anna@people.example", "title": "VPN drops", "text": "Every hour.", "id": "a1@x"})
    async with desk.unit_of_work() as uow:
        await finish_triage(uow, await lock_ticket(uow, 1), None, reason="away")
        await uow.commit()
    async with desk.reading() as reading:
        found = select(Delivery).where(Delivery.kind == DeliveryKind.CARD)
        card = (await reading.session.scalars(found)).one()
        read = await read_outgoing(reading, card, links=desk.deliveries.links)
    assert read.ticket
    posted = replace(read, ticket=replace(read.ticket, revision=1))  # read before triage ended
    async with desk.unit_of_work() as uow:
        await note_told(uow, [Told(posted, Receipt(external_id=f"{CARDS}:1.0"))])
        await uow.commit()
    (refresh,) = [job for job in await desk.jobs() if job.kind == kinds.REFRESH.name]
    assert refresh.due_at > desk.clock.now()


async def test_no_change_falls_between_a_card_and_the_note_of_what_it_shows(postgres_url: str, tmp_path: Path) -> None:
    """Its refresh would not yet find the card, which would stay as it is. SQLite has one writer at a time anyway."""
    desk = await core_desk(postgres_url, tmp_path)
    desk.set_policy(slack_enabled=True, triage_channel=CARDS)
    await desk.mail_in(**{"from": "anna@people.example", "title": "VPN drops", "text": "Every hour.", "id": "a1@x"})
    async with desk.reading() as reading:
        found = select(Delivery).where(Delivery.kind == DeliveryKind.CARD)
        card = (await reading.session.scalars(found)).one()
        posted = await read_outgoing(reading, card, links=desk.deliveries.links)
    async with desk.unit_of_work() as noting:
        await note_told(noting, [Told(posted, Receipt(external_id=f"{CARDS}:1.0"))])
        async with desk.database.writing() as changing:
            with pytest.raises(DBAPIError, match="could not obtain lock"):
                await changing.execute(select(Ticket.id).where(Ticket.id == 1).with_for_update(nowait=True))
            await changing.rollback()
        await noting.commit()
    await desk.database.close()
