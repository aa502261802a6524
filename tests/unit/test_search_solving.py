"""How many tickets a similar one has solved: what was said, what is estimated, and how sure that is."""

import pytest

from core.search.solving import Said, solved_by_similar, wilson
from core.search.values import Verdict


def test_what_people_said_is_counted_and_the_rest_is_estimated() -> None:
    said = Said(
        solved={1: True, 2: False, 9: True},  # 9 is not among the tickets asked about
        good={Verdict.SOLVED_IT: 29, Verdict.HELPFUL: 9},
    )
    found = solved_by_similar(said, {1: 0.0, 2: 0.9, 3: 0.8, 4: 0.4, 5: 0.0})
    assert (found["tickets"], found["judged"], found["judged_solved"]) == (5, 2, 1)
    assert (found["unjudged"], found["unjudged_shown"]) == (3, 2)
    assert found["estimated_solved"] == pytest.approx(0.9)  # (0.8 + 0.4) * 30 / 40
    assert found["estimated_share"] == pytest.approx(1.9 / 5)


def test_more_tickets_make_the_interval_narrower_around_the_share() -> None:
    said = Said(solved={n: n % 4 == 0 for n in range(400)}, good={Verdict.SOLVED_IT: 200, Verdict.HELPFUL: 200})

    def interval(tickets: int) -> tuple[float, float, float]:
        found = solved_by_similar(said, dict.fromkeys(range(tickets), 0.5))
        low, share, high = (found[f"estimated_{name}"] for name in ("low", "share", "high"))
        assert low is not None
        assert share is not None
        assert high is not None
        assert low <= share <= high
        return low, share, high

    few, many = interval(20), interval(400)
    assert many[2] - many[0] < 0.5 * (few[2] - few[0])


def test_nothing_known_is_said_as_nothing() -> None:
    found = solved_by_similar(Said(solved={}, good={}), {})
    assert (found["judged_low"], found["estimated_share"], found["estimated_high"]) == (None, None, None)


def test_the_interval_of_a_share() -> None:
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
