"""Schedules that any number of replicas may run."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import delete

from core.db.engine import Database
from core.errors import TryAgainLaterError
from core.jobs import kinds
from core.jobs.schedules import Schedule, Scheduler
from core.people.models import MailRoute, Organization
from tests.builders import CoreDesk

EVERY_MINUTE = Schedule(kinds.AUDIT_SEAL, timedelta(minutes=1))
EVERY_SIX_HOURS = Schedule(kinds.PURGE, timedelta(hours=6))


def scheduler(desk: CoreDesk, database: Database | None = None, rung: list[int] | None = None) -> Scheduler:
    return Scheduler(
        database or desk.database,
        desk.clock,
        committed=lambda: rung.append(1) if rung is not None else None,
        schedules=(EVERY_MINUTE, EVERY_SIX_HOURS),
    )


async def kinds_enqueued(desk: CoreDesk) -> Counter[str]:
    return Counter(job.kind for job in await desk.jobs())


async def test_replicas_that_fire_the_same_slot_enqueue_one_job(desk: CoreDesk) -> None:
    """measured: an APScheduler job store shared by two processes ran 1 of 20 one-shots twice."""
    others = [Database(desk.database.url) for _ in range(2)]
    replicas = [scheduler(desk), *(scheduler(desk, database) for database in others)]
    try:
        for _ in range(3):
            await asyncio.gather(*(replica.fire(EVERY_MINUTE) for replica in replicas for _ in range(2)))
            desk.clock.advance(minutes=1)
    finally:
        for database in others:
            await database.close()
    assert await kinds_enqueued(desk) == {"audit.seal": 3}


async def test_a_start_enqueues_what_was_missed_while_down_once(desk: CoreDesk) -> None:
    for _ in range(3):  # restarts within one minute
        rung: list[int] = []
        service = scheduler(desk, rung=rung)
        await service.start()
        assert service.is_alive
        assert rung
        service.stop()
        desk.clock.advance(seconds=15)
    assert await kinds_enqueued(desk) == {"audit.seal": 1, "upkeep.purge": 1}
    desk.clock.advance(hours=7)
    service = scheduler(desk)
    await service.start()
    service.stop()
    assert await kinds_enqueued(desk) == {"audit.seal": 2, "upkeep.purge": 2}


async def test_slots_begin_at_multiples_of_the_interval(desk: CoreDesk) -> None:
    slot = EVERY_MINUTE.slot(desk.clock)
    desk.clock.advance(seconds=59)
    assert EVERY_MINUTE.slot(desk.clock) == slot
    desk.clock.advance(seconds=1)
    assert EVERY_MINUTE.slot(desk.clock) == slot + 1


async def test_a_firing_that_finds_the_database_away_is_missed_and_the_next_is_not(
    desk: CoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise TryAgainLaterError("The database cannot be reached just now.")

    rung: list[int] = []
    service = scheduler(desk, rung=rung)
    with monkeypatch.context() as patched:
        patched.setattr(desk.database, "writing", away)
        await service.fire(EVERY_MINUTE)
    assert (await desk.jobs(), rung) == ([], [])
    await service.fire(EVERY_MINUTE)
    assert await kinds_enqueued(desk) == {"audit.seal": 1}


async def test_a_desk_without_any_organization_has_nothing_to_do(desk: CoreDesk) -> None:
    async with desk.database.writing() as connection:
        await connection.execute(delete(MailRoute))
        await connection.execute(delete(Organization))
    await scheduler(desk).fire(EVERY_MINUTE)
    assert await desk.jobs() == []
