"""Sentence vectors by how near they are to some of those learned from, so that labels need not be apart by planes.

A Gaussian kernel, approximated by its values at landmarks (Nyström, https://papers.nips.cc/paper/1866).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.triage.logistic import Weights
from core.triage.rows import DenseRows, Floats

MOST_LANDMARKS = 600
NARROWNESS = 2.0
"""How far the kernel reaches: this over the median squared distance."""
LEAST_SPREAD = 1e-5
"""Of directions in which landmarks hardly differ nothing can be learned."""

Points = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Some of the vectors learned from, and how steeply nearness falls with squared distance."""

    points: Points
    steepness: float

    @classmethod
    def of(cls, vectors: Floats) -> "Landmarks":
        """From one vector a text; without vectors there are none."""
        if not vectors.shape[1]:
            return cls(np.zeros((0, 0), np.float16), 1.0)
        chosen = np.sort(np.random.default_rng(0).permutation(len(vectors))[:MOST_LANDMARKS])
        points = vectors[chosen].astype(np.float16)
        usual = float(np.median(_squared_distances(vectors, points)))
        return cls(points, NARROWNESS / max(usual, 1e-6))

    def nearness(self, vectors: Floats) -> DenseRows:
        """The kernel's value at each landmark, between 0 and 1, one row a vector."""
        if not len(self.points):
            return DenseRows(np.zeros((len(vectors), 0), np.float32))
        values: Floats = np.exp(np.float32(-self.steepness) * _squared_distances(vectors, self.points))
        return DenseRows(values)

    def evened(self) -> Floats:
        """By which nearness is multiplied so that its columns' products are the kernel's, whatever the landmarks."""
        if not len(self.points):
            return np.zeros((0, 0), np.float32)
        spread, directions = np.linalg.eigh(self.nearness(self.points.astype(np.float32)).values.astype(np.float64))
        kept = spread > LEAST_SPREAD
        evened: Floats = (directions[:, kept] / np.sqrt(spread[kept])).astype(np.float32)
        return evened


def at_landmarks(evened: Floats, weights: Weights) -> Weights:
    """Weights of evened columns as weights of nearness itself."""
    return Weights(np.concatenate([evened @ weights.values[:-1], weights.values[-1:]]))


def _squared_distances(vectors: Floats, points: Points) -> Floats:
    others = points.astype(np.float32)
    squares = (vectors**2).sum(1)[:, None] + (others**2).sum(1)[None]
    distances: Floats = np.maximum(squares - 2 * vectors @ others.T, 0)
    return distances
