"""What may start while messages come in faster than they can be worked on."""

import pytest

from core.jobs.pace import HOLD_RATE, LONGEST_HOLD, THROTTLE_PAUSE, THROTTLE_RATE, Pace
from core.jobs.values import Lane

LANES = {Lane.INTAKE: 4, Lane.DELIVERY: 3, Lane.AI: 2}


class Surroundings:
    """A clock to be set, and doors to be told how busy they are."""

    def __init__(self) -> None:
        self.now = 100.0
        self.arriving = 0.0
        self.pace = Pace(LANES, lambda: self.arriving, lambda: self.now)

    def claim(self, running: dict[Lane, int], *due: Lane) -> dict[Lane, int]:
        places = self.pace.places(running, due)
        self.pace.started(due, places, places)
        return places


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


def test_every_lane_has_its_places(around: Surroundings) -> None:
    assert around.pace.places({Lane.DELIVERY: 1, Lane.AI: 2}, [Lane.DELIVERY, Lane.AI]) == {Lane.DELIVERY: 2}


def test_nothing_starts_amid_a_burst_but_not_for_ever(around: Surroundings) -> None:
    around.arriving = HOLD_RATE
    assert around.pace.holds_back()
    around.now += LONGEST_HOLD
    assert not around.pace.holds_back()
    around.now += LONGEST_HOLD
    assert around.pace.holds_back()


def test_a_burst_that_has_ended_holds_nothing_back(around: Surroundings) -> None:
    around.arriving = HOLD_RATE
    assert around.pace.holds_back()
    around.arriving = HOLD_RATE - 1
    assert not around.pace.holds_back()


def test_while_messages_come_in_fast_other_lanes_start_one_job_at_a_time(around: Surroundings) -> None:
    around.arriving = THROTTLE_RATE
    assert around.claim({}, *LANES) == {Lane.INTAKE: 4, Lane.DELIVERY: 1, Lane.AI: 1}
    assert around.claim({}, *LANES) == {Lane.INTAKE: 4}
    around.now += THROTTLE_PAUSE
    assert around.claim({Lane.AI: 2}, *LANES) == {Lane.INTAKE: 4, Lane.DELIVERY: 1}


def test_a_backlog_comes_before_the_rest_until_it_is_worked_off(around: Surroundings) -> None:
    around.claim({}, Lane.INTAKE)
    assert around.claim({Lane.INTAKE: 4}, *LANES) == {Lane.DELIVERY: 1, Lane.AI: 1}
    assert around.claim({Lane.INTAKE: 4}, *LANES) == {}
    around.now += THROTTLE_PAUSE
    assert around.claim({Lane.INTAKE: 4}, *LANES) == {Lane.DELIVERY: 1, Lane.AI: 1}
    places = around.pace.places({}, [Lane.INTAKE])
    around.pace.started([Lane.INTAKE], places, {Lane.INTAKE: 2})
    assert around.claim({Lane.INTAKE: 2}, *LANES) == {Lane.INTAKE: 2, Lane.DELIVERY: 3, Lane.AI: 2}


def test_a_backlog_of_exactly_one_claim_is_over_when_nothing_more_is_due(around: Surroundings) -> None:
    around.claim({}, Lane.INTAKE)
    around.claim({Lane.INTAKE: 4})
    assert around.claim({Lane.INTAKE: 4}, Lane.DELIVERY) == {Lane.DELIVERY: 3}


def test_what_takes_long_holds_up_no_other_job_of_its_lane(around: Surroundings) -> None:
    around.arriving = THROTTLE_RATE
    assert around.claim({Lane.DELIVERY: 1}, Lane.DELIVERY) == {Lane.DELIVERY: 1}
    around.now += THROTTLE_PAUSE
    assert around.claim({Lane.DELIVERY: 2}, Lane.DELIVERY) == {Lane.DELIVERY: 1}
    around.now += THROTTLE_PAUSE
    assert around.claim({Lane.DELIVERY: 3}, Lane.DELIVERY) == {}


def test_a_worker_without_messages_to_read_has_no_backlog() -> None:
    pace = Pace({Lane.AI: 2}, lambda: 0.0, lambda: 0.0)
    pace.started([Lane.AI], {Lane.AI: 2}, {Lane.AI: 2})
    assert pace.places({}, [Lane.AI]) == {Lane.AI: 2}
