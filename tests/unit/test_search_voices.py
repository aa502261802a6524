"""One person's verdicts count, and do not count for everybody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.voices import LARGEST_SHARE, one_voice_each, shared_out

WEIGHTS = st.lists(st.tuples(st.integers(1, 6), st.floats(0.001, 100)), max_size=40)


def test_who_repeats_themselves_is_heard_once() -> None:
    assert one_voice_each([("ada", 0.7)] * 50) == pytest.approx(0.7)
    assert one_voice_each([("ada", -0.7)] * 50 + [("ben", 1.0), ("cem", 0.5)]) == pytest.approx(0.8)


def test_who_changes_their_mind_takes_back_what_they_said() -> None:
    assert one_voice_each([("ada", 1.0), ("ada", -0.7)]) == pytest.approx(0.3)
    assert one_voice_each([]) == 0


def test_a_few_of_like_diligence_keep_their_weight() -> None:
    said = [(person, 1.0) for person in range(4) for _ in range(20)]
    assert shared_out(said, measured=40.0) == [1.0] * 80


def test_one_alone_weighs_half_of_what_was_measured() -> None:
    assert sum(shared_out([("ada", 1.0)] * 500, measured=40.0)) == pytest.approx(20.0)


def test_the_loudest_weighs_no_more_than_their_share() -> None:
    said = [("troll", 1.0)] * 900 + [(person, 1.0) for person in range(30)]
    weights = shared_out(said, measured=40.0)
    assert sum(weights[:900]) == pytest.approx(35.0)
    assert weights[900:] == [1.0] * 30


@given(WEIGHTS, st.floats(1, 100))
def test_nobody_has_more_than_their_share_and_nobody_gains(said: list[tuple[int, float]], measured: float) -> None:
    weights = shared_out(said, measured=measured)
    whole = measured + sum(weights)
    for person in {who for who, _ in said}:
        own = sum(weight for (who, _), weight in zip(said, weights, strict=True) if who == person)
        assert own <= LARGEST_SHARE * whole * (1 + 1e-9)
    assert all(0 <= now <= before for now, (_, before) in zip(weights, said, strict=True))
