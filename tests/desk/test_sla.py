"""Finding what is overdue or due soon, most urgent first."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.business_hours import business_hours
from core.people.values import Role
from core.sla.queries import count_due, list_due
from core.sla.values import DueCounts, SlaPolicy
from core.tickets.values import Priority, Status
from tests.builders import CoreDesk
from tests.desk.test_snoozing import answering, snoozing
from tests.desk.working import act, file_another, people, setting

POLICY = SlaPolicy(
    first_response={Priority.HIGH: timedelta(hours=1), Priority.LOW: timedelta(hours=4)},
    resolution={Priority.HIGH: timedelta(hours=2), Priority.LOW: timedelta(days=1)},
)


async def due(desk: CoreDesk, *, limit: int = 10, after: int = 0) -> list[tuple[int, str]]:
    async with desk.reading() as reading:
        found = await list_due(reading, limit=limit, after=after)
    return [(one.ticket.number, one.clock.promise.value) for one in found]


async def counts(desk: CoreDesk) -> tuple[int, int]:
    async with desk.reading() as reading:
        found = await count_due(reading)
    return found.overdue, found.soon


async def test_what_is_due_is_found_in_order_page_by_page(desk: CoreDesk) -> None:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    for priority in (Priority.LOW, Priority.HIGH, Priority.HIGH, Priority.MEDIUM):
        await file_another(desk, them["anna"], priority=priority)
    await act(desk, them["mo"], answering(them["mo"]), number=3)
    assert (await due(desk), await counts(desk)) == ([], (0, 0))
    desk.clock.advance(minutes=50)
    assert (await due(desk), await counts(desk)) == ([(2, "first_response")], (0, 1))
    desk.clock.advance(minutes=50)
    assert (await due(desk), await counts(desk)) == ([(2, "first_response"), (3, "resolution")], (1, 1))
    desk.clock.advance(hours=2)
    expected = [(2, "first_response"), (3, "resolution"), (1, "first_response")]
    assert (await due(desk), await counts(desk)) == (expected, (2, 1))
    assert [*await due(desk, limit=2), *await due(desk, limit=2, after=2)] == expected


async def test_waiting_takes_a_ticket_out_and_a_snooze_does_not(desk: CoreDesk) -> None:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    desk.clock.advance(hours=3)
    await act(desk, them["mo"], snoozing(desk, days=1))
    assert await due(desk) == [(1, "first_response")]
    await act(desk, them["mo"], setting(status=Status.WAITING))
    assert (await due(desk), await counts(desk)) == ([], (0, 0))


@pytest.mark.parametrize(("role", "seen"), [(Role.USER, 0), (Role.MODERATOR, 1)])
async def test_others_find_only_what_they_may_see(desk: CoreDesk, role: Role, seen: int) -> None:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    desk.clock.advance(hours=3)
    ben = await desk.person("bo", role)
    async with desk.reading(desk.actor(ben)) as reading:
        assert len(await list_due(reading, limit=10)) == seen
        assert await count_due(reading) == DueCounts(seen, 0)


async def test_only_working_time_is_counted(desk: CoreDesk) -> None:
    """A clock that stood still goes on with the working time that had passed."""
    desk.set_policy(sla=replace(POLICY, hours=business_hours("Mon-Fri 09:00-17:00", "Europe/Berlin", "")))
    them = await people(desk)
    friday = datetime(2026, 3, 6, 16, 16, tzinfo=ZoneInfo("Europe/Berlin"))
    desk.clock.advance(seconds=(friday - desk.clock.now()).total_seconds())
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    desk.clock.advance(days=2)
    assert (await due(desk), await counts(desk)) == ([], (0, 0))
    desk.clock.advance(hours=16, minutes=45)  # Monday, one minute after 9
    assert (await due(desk), await counts(desk)) == ([(1, "first_response")], (0, 1))
    await act(desk, them["mo"], setting(status=Status.WAITING))
    desk.clock.advance(days=3, hours=2)
    await act(desk, them["mo"], setting(status=Status.IN_PROGRESS))
    desk.clock.advance(minutes=14)
    assert await counts(desk) == (0, 1)
    desk.clock.advance(minutes=1)
    assert await counts(desk) == (1, 0)


async def test_nothing_promised_is_nothing_due(desk: CoreDesk) -> None:
    desk.set_policy(sla=SlaPolicy())
    them = await people(desk)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    desk.clock.advance(days=90)
    assert (await due(desk), await counts(desk)) == ([], (0, 0))
