"""Multinomial logistic regression on sparse and dense features, with numpy alone."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.triage.sparse import Floats, Integers, SparseRows

ITERATIONS = 60
MEMORY = 8
ENOUGH_DECREASE = 1e-4
SMALL_CHANGE = 1e-5
HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of each text: terms, and a sentence vector (no columns without an embedder)."""

    terms: SparseRows
    vectors: Floats

    def chosen(self, rows: Integers) -> "Features":
        return Features(self.terms.chosen(rows), self.vectors[rows])


@dataclass(frozen=True, slots=True)
class Weights:
    """One column a class; the rows of `both` are the terms', the vector's and the bias."""

    both: Floats
    terms: int

    def odds(self, features: Features) -> Floats:
        """Log odds up to a constant, one row a text."""
        dense = features.vectors @ self.both[self.terms : -1]
        odds: Floats = features.terms.times(self.both[: self.terms]) + dense + self.both[-1]
        return odds


def fit(features: Features, labels: Integers, classes: int, *, penalty: float) -> Weights:
    """Minimise the mean log loss plus `penalty` / 2 times the squared weights, the bias excepted."""
    count, terms = len(labels), features.terms.width
    wanted = np.eye(classes, dtype=np.float32)[labels]
    by_term = features.terms.transposed()

    def loss(both: Floats) -> tuple[float, Floats]:
        odds = Weights(both, terms).odds(features)
        logs = odds - odds.max(1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(1, keepdims=True))
        value = -float(logs[np.arange(count), labels].mean()) + penalty / 2 * float((both[:-1] ** 2).sum())
        error = (np.exp(logs) - wanted) / np.float32(count)
        slope = np.concatenate([by_term.times(error), features.vectors.T @ error, error.sum(0, keepdims=True)])
        slope[:-1] += np.float32(penalty) * both[:-1]
        return value, slope

    start = np.zeros((terms + features.vectors.shape[1] + 1, classes), np.float32)
    return Weights(_minimise(loss, start), terms)


def _minimise(function: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """L-BFGS with a backtracking line search (Nocedal and Wright, Numerical Optimization, algorithm 7.5)."""
    point, (value, slope) = start, function(start)
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=MEMORY)
    for _ in range(ITERATIONS):
        direction = _direction(slope, steps)
        decrease = float((slope * direction).sum())
        length = 1.0
        for _ in range(HALVINGS):
            next_value, next_slope = function(point - length * direction)
            if next_value <= value - ENOUGH_DECREASE * length * decrease:
                break
            length /= 2
        step, change = -length * direction, next_slope - slope
        curvature = float((step * change).sum())
        if curvature > 0:
            steps.append((step, change, 1 / curvature))
        point = point + step
        is_flat = abs(value - next_value) < SMALL_CHANGE * abs(value)
        value, slope = next_value, next_slope
        if is_flat:
            break
    return point


def _direction(slope: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The slope times the inverse curvature as the last steps showed it (the two-loop recursion)."""
    direction = slope.copy()
    shares = []
    for step, change, inverse in reversed(steps):
        share = inverse * float((step * direction).sum())
        direction -= np.float32(share) * change
        shares.append(share)
    if steps:
        _, change, inverse = steps[-1]
        direction *= np.float32(1 / (inverse * float((change**2).sum())))
    else:
        direction /= np.float32(max(float(np.abs(slope).sum()), 1e-8))
    for (step, change, inverse), share in zip(steps, reversed(shares), strict=True):
        direction += step * np.float32(share - inverse * float((change * direction).sum()))
    return direction
