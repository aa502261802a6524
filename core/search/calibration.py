"""From a score to the probability that a similar ticket helps, and from which probability on it is shown.

Both begin as measured (docs/adr/0017-the-score-of-similar-tickets.md) and are moved by what people say of what they
were shown (`core.search.learning`).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from core.search.ranking import LEXICAL_MIN_SCORE, MIN_SCORE

PRIOR_LIFT = 2.0
"""How much feedback on similar questions moves the odds of a ticket (in logits, at its strongest), before learning."""
PRIOR_ITEMS = 50.0
"""The measured scores count as much as this many tickets that were shown."""
LOWEST, HIGHEST = 0.15, 0.95
"""Between these the least chance stays: one shows nearly anything, the other all but nothing."""
MOST_CERTAIN = 4.0
"""No logit is farther from 0: a search is never surer than 98 %, so that no single verdict can upset it."""

_ROUNDING = 1e-9
# How the scores of the first three found lie, in 20 equal steps from 0 to 1 (StackFAQ, each question asked of the
# collection and of the collection without its answers).
_MEASURED = (1315, 795, 446, 335, 190, 144, 100, 112, 76, 59, 56, 37, 56, 48, 53, 61, 66, 62, 108, 135)
_MEASURED_LEXICAL = (0, 0, 0, 0, 0, 0, 30, 310, 656, 811, 701, 488, 397, 344, 224, 126, 91, 45, 28, 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """`logit(chance) = scale · logit(score) + lift · feedback on similar questions + shift`."""

    scale: float = 1.0
    lift: float = PRIOR_LIFT
    shift: float = 0.0

    def chance(self, score: float, lift: float = 0.0) -> float:
        """The probability that the ticket helps."""
        return logistic(self.scale * logit(score) + self.lift * lift + self.shift)


MEASURED = Calibration()


def default_min_score(*, lexical: bool) -> float:
    """The measured threshold, where nothing was learned and no precision is set."""
    return LEXICAL_MIN_SCORE if lexical else MIN_SCORE


def expected_precision(*, lexical: bool) -> float:
    """Which share of what the measured threshold shows helps, as far as the measured scores tell."""
    least = default_min_score(lexical=lexical)
    shown = [(score, weight) for score, weight in _prior(lexical=lexical) if score >= least]
    return sum(score * weight for score, weight in shown) / sum(weight for _, weight in shown)


def least_chance(
    calibration: Calibration, own: Iterable[tuple[float, float]], *, lexical: bool, precision: float | None = None
) -> float:
    """From which chance on tickets are shown, so that of all shown `precision` help (None: as many as measured).

    `own` are (chance, weight) of tickets that were shown here.
    """
    wanted = expected_precision(lexical=lexical) if precision is None else precision
    prior = [(calibration.chance(score), weight) for score, weight in _prior(lexical=lexical)]
    helped = weighed = 0.0
    last = 2 * HIGHEST  # where not even the best will do
    for chance, weight in sorted([*prior, *own], reverse=True):
        helped += chance * weight
        weighed += weight
        if helped / weighed < wanted - _ROUNDING:
            return min(max((last + chance) / 2, LOWEST), HIGHEST)
        last = chance
    return LOWEST


def logit(probability: float) -> float:
    """Never beyond `MOST_CERTAIN`, for 0 and 1 too."""
    edge = logistic(-MOST_CERTAIN)
    inside = min(max(probability, edge), 1 - edge)
    return math.log(inside / (1 - inside))


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _prior(*, lexical: bool) -> list[tuple[float, float]]:
    counts = _MEASURED_LEXICAL if lexical else _MEASURED
    least, step = default_min_score(lexical=lexical), 1 / len(counts)
    above = sum(count for i, count in enumerate(counts) if (i + 0.5) * step >= least)
    return [((i + 0.5) * step, count * PRIOR_ITEMS / above) for i, count in enumerate(counts) if count]
