"""How long answers and solutions took, and how many promises were kept."""

from datetime import timedelta

import pytest

from core.sla import numbers as promises
from core.sla.numbers import PERIOD, PromiseNumbers, promise_numbers, promise_weeks
from core.sla.values import Promise, SlaPolicy
from core.tickets.values import Priority, Status
from tests.builders import CoreDesk
from tests.desk.test_snoozing import answering
from tests.desk.working import RESOLVE, act, file_another, people, setting

POLICY = SlaPolicy(
    first_response={Priority.HIGH: timedelta(minutes=30)}, resolution={Priority.HIGH: timedelta(hours=2)}
)


async def numbers(desk: CoreDesk) -> list[PromiseNumbers]:
    async with desk.reading() as reading:
        return await promise_numbers(reading)


async def test_nothing_is_told_of_no_tickets(desk: CoreDesk) -> None:
    assert await numbers(desk) == [PromiseNumbers(promise=promise, measured=0) for promise in Promise]


async def test_half_nine_of_ten_and_what_was_kept_are_measured(desk: CoreDesk) -> None:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    for minutes in range(10, 110, 10):
        number = await file_another(desk, them["anna"], priority=Priority.HIGH)
        desk.clock.advance(minutes=minutes)
        await act(desk, them["mo"], answering(them["mo"]), number=number)
    number = await file_another(desk, them["anna"], priority=Priority.LOW)
    desk.clock.advance(minutes=5)
    await act(desk, them["mo"], answering(them["mo"]), number=number)
    first_answer, solution = await numbers(desk)
    assert (first_answer.measured, first_answer.promised, first_answer.kept) == (11, 10, 2)
    assert (first_answer.usual, first_answer.slow) == (timedelta(minutes=50), timedelta(minutes=90))
    assert solution.measured == 0


async def test_a_solution_is_measured_without_the_waiting_and_forgotten_after_the_period(desk: CoreDesk) -> None:
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    await file_another(desk, them["anna"], priority=Priority.HIGH)
    desk.clock.advance(minutes=40)
    await act(desk, them["mo"], setting(status=Status.WAITING))
    desk.clock.advance(hours=9)
    await act(desk, them["anna"], answering(them["anna"]))
    desk.clock.advance(minutes=20)
    await act(desk, them["mo"], RESOLVE)
    _, solution = await numbers(desk)
    assert (solution.usual, solution.kept, solution.promised) == (timedelta(hours=1), 1, 1)
    desk.clock.advance(seconds=PERIOD.total_seconds() + 1)
    assert [one.measured for one in await numbers(desk)] == [0, 0]


async def test_what_was_kept_is_counted_in_the_week_in_which_it_was_fulfilled(desk: CoreDesk) -> None:
    """Also where its clock stood still for weeks before."""
    desk.set_policy(sla=POLICY)
    them = await people(desk)
    for minutes in (10, 40):
        number = await file_another(desk, them["anna"], priority=Priority.HIGH)
        desk.clock.advance(minutes=minutes)
        await act(desk, them["mo"], answering(them["mo"]), number=number)
    await act(desk, them["mo"], setting(status=Status.WAITING), number=number)
    desk.clock.advance(days=80)
    await act(desk, them["mo"], RESOLVE, number=number)
    async with desk.reading() as reading:
        weeks = await promise_weeks(reading)
    answered = [(one.first_response.promised, one.first_response.kept) for one in weeks]
    solved = [(one.resolution.promised, one.resolution.kept) for one in weeks]
    assert answered == [*[(0, 0)], (2, 1), *[(0, 0)] * 11]
    assert solved == [*[(0, 0)] * 12, (1, 1)]
    assert weeks[-1].resolution.usual == timedelta(minutes=40)


async def test_a_week_that_is_too_long_to_read_is_left_out(desk: CoreDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promises, "MOST_OF_WEEKS", 3)
    them = await people(desk)
    for days in (8, 8, 0):
        for _ in range(2):
            number = await file_another(desk, them["anna"])
            await act(desk, them["mo"], answering(them["mo"]), number=number)
        desk.clock.advance(days=days)
    async with desk.reading() as reading:
        weeks = await promise_weeks(reading)
    assert [one.first_response.measured for one in weeks[-3:]] == [0, 0, 2]
