"""What is promised, and how a ticket stands to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.blocks import pieces
from config.setting_types import times_in
from core.sla.values import Promise, SlaPolicy, Standing, running_clock
from core.tickets.values import Priority, Status
from tests.fakes.slack_tickets import MOMENT, example_ticket

POLICY = SlaPolicy(
    first_response={Priority.HIGH: timedelta(hours=1)},
    resolution={Priority.HIGH: timedelta(hours=8), Priority.LOW: timedelta(days=7)},
)


@pytest.mark.parametrize(
    ("minutes", "standing"),
    [(0, "on_time"), (44, "on_time"), (45, "soon"), (59, "soon"), (60, "overdue"), (600, "overdue")],
)
def test_a_promise_is_on_time_then_due_soon_then_overdue(minutes: int, standing: str) -> None:
    clock = running_clock(example_ticket(), POLICY, MOMENT + timedelta(minutes=minutes))
    assert clock is not None
    assert (clock.promise, clock.due_at) == (Promise.FIRST_RESPONSE, MOMENT + timedelta(hours=1))
    assert clock.standing is Standing(standing)


def test_after_the_first_answer_the_solution_is_what_is_due() -> None:
    clock = running_clock(example_ticket(answered_at=MOMENT), POLICY, MOMENT)
    assert clock is not None
    assert (clock.promise, clock.due_at) == (Promise.RESOLUTION, MOMENT + timedelta(hours=8))


def test_time_that_stood_still_moves_what_is_due() -> None:
    waited = example_ticket(clock_started_at=MOMENT + timedelta(hours=5))
    clock = running_clock(waited, POLICY, MOMENT)
    assert clock is not None
    assert clock.due_at == MOMENT + timedelta(hours=6)


@pytest.mark.parametrize(
    "changes",
    [{"status": Status.WAITING}, {"status": Status.COMPLETED}, {"deleted_at": MOMENT}, {"priority": Priority.MEDIUM}],
)
def test_nothing_is_due_while_the_clock_stands_or_nothing_is_promised(changes: dict[str, object]) -> None:
    assert running_clock(replace(example_ticket(), **changes), POLICY, MOMENT) is None  # type: ignore[arg-type]


def test_times_are_read_from_settings() -> None:
    assert times_in("high=30m, LOW = 2d") == {Priority.HIGH: timedelta(minutes=30), Priority.LOW: timedelta(days=2)}
    assert times_in("none") == {}


@pytest.mark.parametrize("wrong", ["", "high", "high=", "high=0h", "urgent=1h", "high=1 week", "high=1h;low=2h"])
def test_other_times_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        times_in(wrong)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(0, "1 min"), (59, "59 min"), (60, "1 h"), (89, "1 h 29 min"), (605, "10 h"), (35 * 60, "35 h"), (2880, "2 days")],
)
def test_a_span_is_told_as_people_say_it(minutes: int, told: str) -> None:
    assert pieces.lasting(timedelta(minutes=minutes)) == pieces.lasting(timedelta(minutes=-minutes)) == told
