"""A classifier learned from labelled tickets, which knows how sure it is and abstains where it is not.

Two regressions, one on the terms and one on the sentence vectors, whose log odds are mixed: trained as one, the dense
features drown the sparse ones. Held-out examples decide the penalties, the mix, and how far to trust the outcome.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.triage.logistic import Weights, fit
from core.triage.rows import DenseRows, Floats, Integers, Rows
from core.triage.terms import TermColumns, count_terms
from core.triage.values import Example, Guess

TERM_PENALTIES = (0.02, 0.05, 0.15, 0.5)
VECTOR_PENALTIES = (0.05, 0.2, 0.6, 1.7, 5.0)
"""Tried for the whole set; the penalty of the mean loss is one of these divided by the number of examples."""
MIXES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of the vectors' odds that are tried."""
FOLDS = 4
FEWEST_TO_HOLD_OUT = 20
MOST_CROSS_FITTED = 3_000
"""Beyond so many examples one held-out part tells as much as all of them in turn."""
TEMPERATURES = tuple(float(value) for value in np.geomspace(0.2, 4.0, 50))
PRECISION_WANTED = 0.90


@dataclass(frozen=True, slots=True)
class Classifier:
    """Call `learn`, then `guess`. Vectors are of the same embedder throughout, with no columns without one."""

    labels: tuple[str, ...]
    columns: TermColumns
    terms: Weights
    vectors: Weights
    trust: "Trust"

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
        trial = _Trial(wanted, len(labels))
        terms, term_odds = trial.run(columns.rows(counts), TERM_PENALTIES)
        dense, dense_odds = trial.run(DenseRows(vectors), VECTOR_PENALTIES)
        return cls(labels, columns, terms, dense, Trust.of(term_odds, dense_odds, trial.wanted_of_held_out()))

    def guess(self, title: str, text: str, vector: Floats) -> Guess:
        """The label of one ticket."""
        terms = self.terms.odds(self.columns.rows([count_terms(title, text)]))
        shares = self.trust.shares(terms, self.vectors.odds(DenseRows(vector[None, :])))[0]
        best = int(shares.argmax())
        confidence = float(shares[best])
        return Guess(self.labels[best], confidence, confidence >= self.trust.sure_above)


@dataclass(frozen=True, slots=True)
class Trust:
    """How the two kinds of odds are mixed, and what the outcome is worth, as held-out examples showed."""

    mix: float
    temperature: float
    sure_above: float

    @classmethod
    def of(cls, terms: Floats, vectors: Floats, wanted: Integers) -> "Trust":
        """The likeliest mix and temperature (https://arxiv.org/abs/1706.04599); without examples, sure of nothing."""
        if not len(wanted):
            return cls(0.5, 1.0, float("inf"))
        tried = ((mix, temperature) for mix in MIXES for temperature in TEMPERATURES)
        mix, temperature = min(tried, key=lambda pair: _loss(_mixed(terms, vectors, *pair), wanted))
        return cls(mix, temperature, _sure_above(_mixed(terms, vectors, mix, temperature), wanted))

    def shares(self, terms: Floats, vectors: Floats) -> Floats:
        """Probabilities, one row a text."""
        return _mixed(terms, vectors, self.mix, self.temperature)


class _Trial:
    """Fits without a part of the examples and looks at that part: once, or for few examples with each part in turn."""

    def __init__(self, wanted: Integers, classes: int) -> None:
        self._wanted = wanted
        self._classes = classes
        self._parts = _parts(wanted)
        count = len(wanted)
        self._held_out = range(0 if count < FEWEST_TO_HOLD_OUT else FOLDS if count <= MOST_CROSS_FITTED else 1)

    def run(self, rows: Rows, penalties: Sequence[float]) -> tuple[Weights, Floats]:
        """Weights of all examples under the penalty that was best on the first part, and odds of those held out."""
        penalty, odds = penalties[-1], [np.zeros((0, self._classes), np.float32)]
        if self._held_out:
            wanted = self._wanted[self._parts == 0]
            tried = [(penalty, self._odds(rows, 0, penalty)) for penalty in penalties]
            penalty, first = min(tried, key=lambda pair: min(_loss(_softmax(pair[1], t), wanted) for t in TEMPERATURES))
            odds += [first, *(self._odds(rows, part, penalty) for part in self._held_out[1:])]
        weights = fit(rows, self._wanted, self._classes, penalty=penalty / len(self._wanted))
        return weights, np.concatenate(odds)

    def wanted_of_held_out(self) -> Integers:
        """The labels of the rows that `run` gives odds of."""
        order = [np.flatnonzero(self._parts == part) for part in self._held_out]
        wanted: Integers = self._wanted[np.concatenate([np.zeros(0, np.int64), *order])]
        return wanted

    def _odds(self, rows: Rows, part: int, penalty: float) -> Floats:
        learned, other = np.flatnonzero(self._parts != part), np.flatnonzero(self._parts == part)
        weights = fit(rows.chosen(learned), self._wanted[learned], self._classes, penalty=penalty / len(learned))
        return weights.odds(rows.chosen(other))


def _parts(wanted: Integers) -> Integers:
    """A part for each example, every label spread evenly over the parts."""
    seen: defaultdict[int, int] = defaultdict(int)
    parts = np.zeros(len(wanted), np.int64)
    for place in np.random.default_rng(0).permutation(len(wanted)):
        label = int(wanted[place])
        parts[place] = (seen[label] + label) % FOLDS  # a label's only example is not always in the first part
        seen[label] += 1
    return parts


def _mixed(terms: Floats, vectors: Floats, mix: float, temperature: float) -> Floats:
    return _softmax(np.float32(1 - mix) * terms + np.float32(mix) * vectors, temperature)


def _softmax(odds: Floats, temperature: float) -> Floats:
    scaled = odds / np.float32(temperature)
    shares: Floats = np.exp(scaled - scaled.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    return shares


def _loss(shares: Floats, wanted: Integers) -> float:
    return -float(np.log(np.maximum(shares[np.arange(len(wanted)), wanted], 1e-12)).mean())


def _sure_above(shares: Floats, wanted: Integers) -> float:
    """The lowest confidence above which enough of the held-out guesses were right; infinite where none is.

    Enough by the lower end of an interval of one standard error (Wilson): of fewer examples, more is asked.
    """
    confidence = shares.max(1)
    order = np.argsort(-confidence, kind="stable")
    seen = np.arange(1, len(order) + 1)
    right = np.cumsum(shares.argmax(1)[order] == wanted[order]) / seen
    lowest = (right + 0.5 / seen - np.sqrt(right * (1 - right) / seen + 0.25 / seen**2)) / (1 + 1 / seen)
    enough = np.flatnonzero(lowest >= PRECISION_WANTED)
    return float(confidence[order[enough[-1]]]) if len(enough) else float("inf")
