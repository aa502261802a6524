"""From scores to chances, and from which chance on tickets are shown."""

import pytest

from core.search.calibration import MEASURED, Calibration, default_min_score, expected_precision, least_chance
from core.search.learning import Evidence, _by_many, _held_back, fitted


def test_before_any_feedback_a_score_is_the_chance() -> None:
    assert [MEASURED.chance(score) for score in (0.1, 0.5, 0.9)] == pytest.approx([0.1, 0.5, 0.9])


@pytest.mark.parametrize("lexical", [False, True])
def test_before_any_feedback_the_threshold_is_the_measured_one(lexical: bool) -> None:
    least = least_chance(MEASURED, (), lexical=lexical)
    assert least == pytest.approx(default_min_score(lexical=lexical), abs=0.05)


def test_more_precision_shows_less() -> None:
    assert expected_precision(lexical=False) == pytest.approx(0.74, abs=0.01)
    asked = [least_chance(MEASURED, (), lexical=False, precision=wanted) for wanted in (0.5, 0.6, 0.7, 0.8, 0.9)]
    assert asked == sorted(asked)
    assert asked[0] < 0.3
    assert asked[-1] > 0.6


def test_where_nothing_helps_nearly_nothing_is_shown_and_where_all_helps_more() -> None:
    useless = least_chance(Calibration(shift=-4.0), (), lexical=False, precision=0.75)
    all_help = Calibration(shift=3.0)
    useful = least_chance(all_help, (), lexical=False, precision=0.75)
    assert useless == 0.95
    assert all_help.chance(0.2) > useful


def _evidence(score: float, helped: int, not_helped: int, *, weight: float = 1.0, lift: float = 0.0) -> list[Evidence]:
    said = [True] * helped + [False] * not_helped
    return [Evidence(score=score, lift=lift, helped=one, weight=weight) for one in said]


def test_many_verdicts_teach_the_true_share() -> None:
    learned = fitted(_evidence(0.8, 200, 200) + _evidence(0.5, 40, 160))
    assert learned.chance(0.8) == pytest.approx(0.5, abs=0.05)
    assert learned.chance(0.5) == pytest.approx(0.2, abs=0.05)


def test_few_verdicts_move_a_chance_by_a_few_points() -> None:
    learned = fitted(_evidence(0.7, 0, 3))
    assert 0.6 < learned.chance(0.7) < 0.7


def test_how_much_feedback_on_similar_questions_counts_is_learned_too() -> None:
    useless = fitted(_evidence(0.5, 50, 50, lift=0.7) + _evidence(0.5, 50, 50, lift=-0.7))
    telling = fitted(_evidence(0.5, 95, 5, lift=0.7) + _evidence(0.5, 5, 95, lift=-0.7))
    assert useless.lift < 0.5
    assert telling.lift > 2.5


def test_no_evidence_breaks_the_fit() -> None:
    for evidence in ([], _evidence(1.0, 30, 0), _evidence(0.0, 0, 30), _evidence(0.0, 500, 0), _evidence(1.0, 0, 500)):
        learned = fitted(evidence)
        assert 0 <= learned.chance(0.5) <= 1
        assert learned.scale > 0


def test_silence_weighs_at_most_a_quarter_of_what_was_said() -> None:
    ignored = _evidence(0.5, 0, 400, weight=0.1)
    assert sum(one.weight for one in _held_back(ignored, said=20)) == pytest.approx(5)
    assert sum(one.weight for one in _held_back(ignored[:5], said=20)) == pytest.approx(0.5)
    assert _held_back([], said=20) == []


def test_one_person_moves_the_calibration_less_than_several_with_as_much_to_say() -> None:
    def shift(people: int, each: int) -> float:
        said = [
            Evidence(score=0.6, lift=0.0, helped=False, weight=1.0, person_id=person)
            for person in range(people)
            for _ in range(each)
        ]
        return fitted(_by_many(said)).shift

    assert shift(1, 400) == pytest.approx(shift(1, 20))
    assert shift(4, 100) < shift(1, 400) - 0.5
