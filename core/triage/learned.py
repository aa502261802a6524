"""A classifier learned from labelled tickets, which knows how sure it is and abstains where it is not."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.triage.logistic import Features, Weights, fit
from core.triage.sparse import Floats, Integers
from core.triage.terms import TermColumns, count_terms

VECTOR_WEIGHT = 1.5
"""A sentence vector has length 1, as each group of terms has; what it tells counts for more."""
PENALTIES = (0.05, 0.15, 0.5)
"""Tried for the whole set; the penalty of the mean loss is one of these divided by the number of examples."""
FOLDS = 4
FEWEST_TO_HOLD_OUT = 20
MOST_CROSS_FITTED = 3_000
"""Beyond so many examples one held-out part tells as much as all of them in turn."""
TEMPERATURES = tuple(np.geomspace(0.3, 4.0, 40))
PRECISION_WANTED = 0.90
PRECISION_MARGIN = 0.01


@dataclass(frozen=True, slots=True)
class Example:
    """A ticket that somebody has sorted."""

    title: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest label and its probability; `is_sure` is False where it had better abstain."""

    label: str
    confidence: float
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Classifier:
    """Call `learn`, then `guess`. Vectors are rows of the same embedder throughout, with no columns without one."""

    labels: tuple[str, ...]
    columns: TermColumns
    weights: Weights
    temperature: float
    sure_above: float

    @classmethod
    def learn(cls, examples: Sequence[Example], vectors: Floats) -> "Classifier":
        """From labelled tickets, one row of `vectors` each. Takes seconds to minutes of one core.

        Raises:
            ValueError: there is no example.
        """
        if not examples:
            raise ValueError("nothing to learn from")
        labels = tuple(sorted({example.label for example in examples}))
        place = {label: number for number, label in enumerate(labels)}
        wanted = np.array([place[example.label] for example in examples], np.int64)
        counts = [count_terms(example.title, example.text) for example in examples]
        columns = TermColumns.of(counts)
        features = Features(columns.rows(counts), vectors * np.float32(VECTOR_WEIGHT))
        trial = _held_out(features, wanted, len(labels))
        weights = fit(features, wanted, len(labels), penalty=trial.penalty / len(examples))
        temperature = _temperature(trial.odds, trial.wanted)
        sure_above = _sure_above(_shares(trial.odds, temperature), trial.wanted)
        return cls(labels, columns, weights, temperature, sure_above)

    def guess(self, title: str, text: str, vector: Floats) -> Guess:
        """The label of one ticket."""
        features = Features(self.columns.rows([count_terms(title, text)]), vector[None, :] * np.float32(VECTOR_WEIGHT))
        shares = _shares(self.weights.odds(features), self.temperature)[0]
        best = int(shares.argmax())
        confidence = float(shares[best])
        return Guess(self.labels[best], confidence, confidence >= self.sure_above)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Odds of examples that were held out, under the best penalty."""

    penalty: float
    odds: Floats
    wanted: Integers


def _held_out(features: Features, wanted: Integers, classes: int) -> _Trial:
    """Fit without a part and look at that part: with each penalty on the first part, with the best on the others.

    Too few examples to hold any out leave the odds as they are, and the classifier sure of nothing.
    """
    if len(wanted) < FEWEST_TO_HOLD_OUT:
        return _Trial(PENALTIES[-1], np.zeros((0, classes), np.float32), wanted[:0])
    parts = _parts(wanted)
    tried = [(penalty, _odds_of_part(features, wanted, parts == 0, classes, penalty=penalty)) for penalty in PENALTIES]
    penalty, first = min(
        tried, key=lambda pair: _loss(pair[1], wanted[parts == 0], _temperature(pair[1], wanted[parts == 0]))
    )
    others = range(1, FOLDS) if len(wanted) <= MOST_CROSS_FITTED else ()
    odds = [first, *(_odds_of_part(features, wanted, parts == part, classes, penalty=penalty) for part in others)]
    order = [np.flatnonzero(parts == part) for part in (0, *others)]
    return _Trial(penalty, np.concatenate(odds), wanted[np.concatenate(order)])


def _parts(wanted: Integers) -> Integers:
    """A part for each example, every label spread evenly over the parts."""
    seen: defaultdict[int, int] = defaultdict(int)
    parts = np.zeros(len(wanted), np.int64)
    for place in np.random.default_rng(0).permutation(len(wanted)):
        label = int(wanted[place])
        parts[place] = (seen[label] + label) % FOLDS  # a label's only example is not always in the first part
        seen[label] += 1
    return parts


def _odds_of_part(
    features: Features,
    wanted: Integers,
    held_out: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    classes: int,
    *,
    penalty: float,
) -> Floats:
    learned, other = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    weights = fit(features.chosen(learned), wanted[learned], classes, penalty=penalty / len(learned))
    return weights.odds(features.chosen(other))


def _shares(odds: Floats, temperature: float) -> Floats:
    scaled = odds / np.float32(temperature)
    shares: Floats = np.exp(scaled - scaled.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    return shares


def _loss(odds: Floats, wanted: Integers, temperature: float) -> float:
    shares = _shares(odds, temperature)[np.arange(len(wanted)), wanted]
    return -float(np.log(np.maximum(shares, 1e-12)).mean())


def _temperature(odds: Floats, wanted: Integers) -> float:
    """What to divide the odds by, so that they are as likely as they say (https://arxiv.org/abs/1706.04599)."""
    if not len(wanted):
        return 1.0
    return float(min(TEMPERATURES, key=lambda temperature: _loss(odds, wanted, temperature)))


def _sure_above(shares: Floats, wanted: Integers) -> float:
    """The lowest confidence above which enough of the held-out guesses were right; infinite where none is."""
    confidence = shares.max(1)
    order = np.argsort(-confidence, kind="stable")
    right = shares.argmax(1)[order] == wanted[order]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(precision >= PRECISION_WANTED + PRECISION_MARGIN)
    return float(confidence[order[enough[-1]]]) if len(enough) else float("inf")
