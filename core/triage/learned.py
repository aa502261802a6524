"""A classifier learned from labelled tickets, which knows how sure it is and abstains where it is not.

Three regressions, on the terms, on the sentence vectors, and on how near these are to others, whose log odds are mixed:
trained as one, the dense features drown the sparse ones. Held-out examples decide the penalties, the mix, and how far
to trust the outcome.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.triage.landmarks import Landmarks, at_landmarks
from core.triage.logistic import Weights, fit, tellings
from core.triage.nearness import Nearness
from core.triage.rows import DenseRows, Floats, Integers, Rows
from core.triage.sentences import wholes_of
from core.triage.terms import TermColumns, count_terms
from core.triage.trust import Trust, lowest_loss
from core.triage.values import Example, Guess

FOLDS = 8
FEWEST_TO_HOLD_OUT = 20
MOST_CROSS_FITTED = 3_000
FOLDS_OF_MANY = 4
"""Of more examples so many held-out parts tell as much as all of them in turn."""
MOST_TRIED = 1_200
"""Examples on which bounds are compared."""
FEWEST_OF_AN_ORIGIN = 40
MOST_ORIGINS = 12


@dataclass(frozen=True, slots=True)
class Bounds:
    """How weights are held small: the penalty of the whole set's loss, and whether by what their columns tell."""

    penalty: float
    is_eased: bool = False


TERM_BOUNDS = (Bounds(0.5), Bounds(0.15), Bounds(0.05), Bounds(0.02))
EASED_BOUNDS = (Bounds(1.0, is_eased=True), Bounds(0.5, is_eased=True), Bounds(0.2, is_eased=True))
VECTOR_BOUNDS = (Bounds(5.0), Bounds(1.7), Bounds(0.6), Bounds(0.2), Bounds(0.05))
NEARNESS_BOUNDS = (Bounds(2.0), Bounds(0.7), Bounds(0.25), Bounds(0.1), Bounds(0.03))


@dataclass(frozen=True, slots=True)
class Classifier:
    """Call `learn`, then `guess`. Vectors are of the same embedder throughout, with no columns without one."""

    labels: tuple[str, ...]
    origins: tuple[str, ...]
    columns: TermColumns
    terms: Weights
    vectors: Weights
    landmarks: Landmarks
    at_landmarks: Weights
    trust: Trust
    nearness: Nearness

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
        origins = _origins(examples)
        counts = [count_terms(one.title, one.text, _known(one.origin, origins)) for one in examples]
        columns = TermColumns.of(counts)
        trial = _Trial(wanted, len(labels))
        terms, term_odds = trial.run(columns.rows(counts), TERM_BOUNDS, EASED_BOUNDS)
        copied = _with_copies(vectors, [one.origin for one in examples], origins)
        dense, dense_odds = trial.run(DenseRows(copied), VECTOR_BOUNDS)
        landmarks = Landmarks.of(vectors)
        evened = landmarks.evened()
        near, near_odds = trial.run(DenseRows(landmarks.nearness(vectors).values @ evened), NEARNESS_BOUNDS)
        trust = Trust.of((term_odds, dense_odds, near_odds), trial.wanted_of_held_out())
        nearness = Nearness.of(wholes_of(vectors))
        return cls(labels, origins, columns, terms, dense, landmarks, at_landmarks(evened, near), trust, nearness)

    def guess(self, ticket: Example, vector: Floats) -> Guess:
        """The label of one ticket, whose own is left aside. It had better abstain on a text unlike any it knows."""
        counts = count_terms(ticket.title, ticket.text, _known(ticket.origin, self.origins))
        terms = self.terms.odds(self.columns.rows([counts]))
        dense = DenseRows(_with_copies(vector[None, :], [ticket.origin], self.origins))
        near = self.at_landmarks.odds(self.landmarks.nearness(vector[None, :]))
        shares = self.trust.shares((terms, self.vectors.odds(dense), near))[0]
        best = int(shares.argmax())
        share = float(shares[best])
        is_foreign = self.nearness.is_foreign(wholes_of(vector))
        is_sure = share >= self.trust.sure_above and not is_foreign
        return Guess(self.labels[best], self.trust.confidence(share), is_sure, is_foreign)


def _origins(examples: Sequence[Example]) -> tuple[str, ...]:
    """Those with enough examples to have habits of their own; none where all come from one."""
    counts = Counter(example.origin for example in examples if example.origin)
    frequent = [origin for origin, count in counts.most_common(MOST_ORIGINS) if count >= FEWEST_OF_AN_ORIGIN]
    return tuple(sorted(frequent)) if len(frequent) > 1 else ()


def _known(origin: str, origins: Sequence[str]) -> str:
    return origin if origin in origins else ""


def _with_copies(vectors: Floats, origin_of: Sequence[str], origins: Sequence[str]) -> Floats:
    """Each vector beside a copy in the columns of its origin, as terms have them."""
    width = vectors.shape[1]
    copied = np.zeros((len(vectors), width * (1 + len(origins))), np.float32)
    copied[:, :width] = vectors
    for place, origin in enumerate(origins, start=1):
        rows = np.array([one == origin for one in origin_of], bool)
        copied[rows, place * width : (place + 1) * width] = vectors[rows]
    return copied


class _Trial:
    """Fits without a part of the examples and looks at that part: each in turn, or of many examples some of them."""

    def __init__(self, wanted: Integers, classes: int) -> None:
        self._wanted = wanted
        self._classes = classes
        self._parts = _parts(wanted)
        count = len(wanted)
        self._held_out = range(
            0 if count < FEWEST_TO_HOLD_OUT else FOLDS if count <= MOST_CROSS_FITTED else FOLDS_OF_MANY
        )

    def run(self, rows: Rows, *kinds: Sequence[Bounds]) -> tuple[Weights, Floats]:
        """Weights under the bounds that are best, and odds of those held out.

        The weights are the mean of what each fit learned: weights of all examples at once would be surer of themselves
        than those that were looked at.
        """
        if not self._held_out:
            return self._fitted(rows, self._wanted, kinds[0][0]), np.zeros((0, self._classes), np.float32)
        bounds, _ = min((self._best(rows, kind) for kind in kinds), key=lambda found: found[1])
        odds, values = [], []
        for part in self._held_out:
            learned, other = np.flatnonzero(self._parts != part), np.flatnonzero(self._parts == part)
            weights = self._fitted(rows.chosen(learned), self._wanted[learned], bounds)
            odds.append(weights.odds(rows.chosen(other)))
            values.append(weights.values)
        mean: Floats = np.mean(values, axis=0)
        return Weights(mean), np.concatenate(odds)

    def wanted_of_held_out(self) -> Integers:
        """The labels of the rows that `run` gives odds of."""
        order = [np.flatnonzero(self._parts == part) for part in self._held_out]
        wanted: Integers = self._wanted[np.concatenate([np.zeros(0, np.int64), *order])]
        return wanted

    def _best(self, rows: Rows, kind: Sequence[Bounds]) -> tuple[Bounds, float]:
        """Tried in order, as long as they help, on so many examples as are enough to tell them apart."""
        seen = np.sort(np.random.default_rng(1).permutation(len(self._wanted))[:MOST_TRIED])
        learned, other = seen[self._parts[seen] != 0], seen[self._parts[seen] == 0]
        rows_learned, rows_other = rows.chosen(learned), rows.chosen(other)
        best = kind[0], float("inf")
        for bounds in kind:
            weights = self._fitted(rows_learned, self._wanted[learned], bounds)
            loss = lowest_loss(weights.odds(rows_other), self._wanted[other])
            if loss > best[1]:
                break
            best = bounds, loss
        return best

    def _fitted(self, rows: Rows, wanted: Integers, bounds: Bounds) -> Weights:
        ease = tellings(rows, wanted, self._classes) if bounds.is_eased else None
        return fit(rows, wanted, self._classes, penalty=bounds.penalty / len(wanted), ease=ease)


def _parts(wanted: Integers) -> Integers:
    """A part for each example, every label spread evenly over the parts."""
    seen: defaultdict[int, int] = defaultdict(int)
    parts = np.zeros(len(wanted), np.int64)
    for place in np.random.default_rng(0).permutation(len(wanted)):
        label = int(wanted[place])
        parts[place] = (seen[label] + label) % FOLDS  # a label's only example is not always in the first part
        seen[label] += 1
    return parts
