"""The bytes of messages after their retention has ended."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from core.errors import ConflictError, NotFoundError
from core.intake.models import Intake, RawMessage
from core.intake.quarantine import discard, release
from core.intake.queries import list_arrivals, raw_bytes
from core.intake.retention import BATCH, RawRetention
from core.intake.values import Channel, InboundMessage, Outcome
from core.jobs.kinds import DROP_RAW
from core.tickets.models import Ticket
from tests.builders import CoreDesk, unqueued
from tests.desk.waiting import until_somebody_waits

ANNA = "anna@people.example"
HELD = {"from": ANNA, "title": "Held", "text": "Please look.", "verdict": "quarantine", "rule": "own-address"}
JOB = unqueued(DROP_RAW.name)


async def drop(desk: CoreDesk, days: int = 30) -> set[str]:
    """The hashes whose bytes are there afterwards."""
    await RawRetention(desk.database, desk.clock, timedelta(days=days)).run(JOB)
    async with desk.reading() as reading:
        return set(await reading.session.scalars(select(RawMessage.sha256)))


async def test_bytes_go_when_their_days_are_over_and_the_ledger_knows_the_mail_for_ever(desk: CoreDesk) -> None:
    """libredesk#355, #142: deleted mail comes back."""
    old = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "It drops."})
    desk.clock.advance(days=29)
    recent = await desk.mail_in(**{"from": ANNA, "title": "Printer", "text": "It jams."})
    assert await drop(desk) == {old.raw_sha256, recent.raw_sha256}
    desk.clock.advance(days=2)
    assert await drop(desk) == {recent.raw_sha256}
    async with desk.reading() as reading:
        with pytest.raises(NotFoundError, match="no longer kept"):
            await raw_bytes(reading, await reading.session.get_one(Intake, old.id))

    again = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "It drops."})
    assert (again.id, again.ticket_id) == (old.id, old.ticket_id)
    async with desk.reading() as reading:
        assert len((await reading.session.scalars(select(Ticket))).all()) == 2


async def test_what_waits_for_a_decision_keeps_its_bytes(desk: CoreDesk) -> None:
    held = await desk.mail_in(**HELD)
    undecided = InboundMessage(
        channel=Channel.EMAIL, external_id="e" * 64, raw=b"{}", received_at=desk.clock.now(), organization_id=1
    )
    await desk.ledger.accept(undecided)
    desk.clock.advance(days=400)
    assert await drop(desk) == {held.raw_sha256, "e" * 64}
    async with desk.unit_of_work() as uow:
        await discard(uow, held.id)
        await uow.commit()
    assert await drop(desk) == {"e" * 64}
    async with desk.unit_of_work() as uow:
        with pytest.raises(ConflictError, match="no longer kept"):
            await release(uow, held.id)
    async with desk.reading() as reading:
        row = await reading.session.get_one(Intake, held.id)
    assert (row.outcome, row.raw_sha256) == (Outcome.IGNORED, held.raw_sha256)


async def test_more_than_one_batch_goes_in_one_run(desk: CoreDesk) -> None:
    rows = [
        {"sha256": f"{number:064x}", "content": b"x", "size": 1, "received_at": desk.clock.now()}
        for number in range(BATCH + 5)
    ]
    async with desk.database.writing() as connection:
        await connection.execute(RawMessage.__table__.insert(), rows)
    desk.clock.advance(days=31)
    assert await drop(desk) == set()


async def test_no_days_keep_everything(desk: CoreDesk) -> None:
    row = await desk.mail_in(**{"from": ANNA, "title": "VPN", "text": "It drops."})
    desk.clock.advance(days=4000)
    assert await drop(desk, days=0) == {row.raw_sha256}


async def test_what_is_released_as_its_days_end_keeps_its_bytes(desk: CoreDesk) -> None:
    """Between the look for the bytes and the commit, retention once took them."""
    held = await desk.mail_in(**HELD)
    async with desk.unit_of_work() as uow:
        await discard(uow, held.id)
        await uow.commit()
    desk.clock.advance(days=31)
    async with desk.unit_of_work() as uow:
        await release(uow, held.id)
        await uow.session.flush()
        dropping = asyncio.create_task(drop(desk))
        await until_somebody_waits(desk)
        await uow.commit()
    assert await dropping == {held.raw_sha256}
    await desk.run_jobs("intake.process")
    async with desk.reading() as reading:
        row = await reading.session.get_one(Intake, held.id)
    assert (row.outcome, row.error) == (Outcome.TICKETED, "")


async def test_who_releases_what_is_just_being_dropped_is_told_so(desk: CoreDesk) -> None:
    held = await desk.mail_in(**HELD)

    async def let_in() -> None:
        async with desk.unit_of_work() as uow:
            await release(uow, held.id)
            await uow.commit()

    async with desk.database.writing() as connection:
        await connection.execute(delete(RawMessage))
        releasing = asyncio.create_task(let_in())
        await until_somebody_waits(desk)
    with pytest.raises(ConflictError, match="no longer kept"):
        await releasing


async def test_a_message_whose_bytes_are_gone_is_kept_back_and_says_so(desk: CoreDesk) -> None:
    lost = {"from": ANNA, "title": "Lost", "text": "?"}
    accepted = await desk.accept(**lost)
    async with desk.database.writing() as connection:
        await connection.execute(delete(RawMessage))
    await desk.accept(**{"from": ANNA, "title": "Kept", "text": "?"})
    await desk.run_jobs("intake.process")
    async with desk.reading() as reading:
        row, kept = (await reading.session.scalars(select(Intake).order_by(Intake.id))).all()
        assert [one.id for one in await list_arrivals(reading, Outcome.QUARANTINED)] == [accepted.intake_id]
    assert (row.outcome, row.rule, kept.outcome) == (Outcome.QUARANTINED, "bytes-gone", Outcome.TICKETED)
    assert "no longer in the database" in row.error

    assert not (await desk.accept(**lost)).is_new
