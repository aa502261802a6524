"""Multinomial logistic regression with numpy alone."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.triage.rows import Floats, Integers, Rows

ITERATIONS = 60
MEMORY = 8
ENOUGH_DECREASE = 1e-4
FLAT = 0.01
"""The slope at which to stop, as a share of the slope at the start."""
HALVINGS = 20
LEAST_EASE = 0.1
"""For columns that tell nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One column a class; the last row is the bias."""

    values: Floats

    def odds(self, rows: Rows) -> Floats:
        """Log odds up to a constant, one row a text."""
        odds: Floats = rows.times(self.values[:-1]) + self.values[-1]
        return odds


def fit(rows: Rows, labels: Integers, classes: int, *, penalty: float, ease: Floats | None = None) -> Weights:
    """Minimise the mean log loss plus `penalty` / 2 times the squared weights, the bias excepted.

    A weight is divided by its `ease` before it is squared.
    """
    count = len(labels)
    wanted = np.eye(classes, dtype=np.float32)[labels]
    columns = rows.transposed()
    eased = np.float32(1) if ease is None else ease

    def loss(values: Floats) -> tuple[float, Floats]:
        odds = rows.times(values[:-1] * eased) + values[-1]
        logs = odds - odds.max(1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(1, keepdims=True))
        value = -float(logs[np.arange(count), labels].mean()) + penalty / 2 * float((values[:-1] ** 2).sum())
        error = (np.exp(logs) - wanted) / np.float32(count)
        slope = np.concatenate([columns.times(error) * eased, error.sum(0, keepdims=True)])
        slope[:-1] += np.float32(penalty) * values[:-1]
        return value, slope

    found = _minimise(loss, np.zeros((rows.width + 1, classes), np.float32))
    found[:-1] *= eased
    return Weights(found)


def tellings(rows: Rows, labels: Integers, classes: int) -> Floats:
    """How much a column's presence tells for or against each class: log ratios of how often it is seen there.

    As the ease of weights it makes what naive Bayes sees cheap to use (https://aclanthology.org/P12-2018/).
    """
    of_class = np.eye(classes, dtype=np.float32)[labels]
    count = of_class.sum(0)
    seen = rows.present().transposed().times(of_class)
    unseen = seen.sum(1, keepdims=True) - seen
    ratios = np.log((seen + 1) / (count + 2)) - np.log((unseen + 1) / (len(labels) - count + 2))
    eased: Floats = (np.sign(ratios) * (np.abs(ratios) + LEAST_EASE)).astype(np.float32)
    return eased


def _minimise(function: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    """L-BFGS with a backtracking line search (Nocedal and Wright, Numerical Optimization, algorithm 7.5)."""
    point, (value, slope) = start, function(start)
    flat = FLAT * float(np.linalg.norm(slope))
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
        value, slope = next_value, next_slope
        if float(np.linalg.norm(slope)) < flat:
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
        direction /= np.float32(max(float(np.linalg.norm(slope)), 1e-8))
    for (step, change, inverse), share in zip(steps, reversed(shares), strict=True):
        direction += step * np.float32(share - inverse * float((change * direction).sum()))
    return direction
