"""Whether a text is at all like those that a classifier has learned from.

A classifier is sure of whatever lies far on one side, however far. The mean cosine to the nearest texts tells what is
foreign (https://arxiv.org/abs/2204.06507); how near the texts learned from are to each other tells what is usual.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.triage.rows import Floats

NEIGHBOURS = 5
MOST_KEPT = 2_000
FEWEST_TO_TELL = 100
"""Of fewer texts nearly every new subject would be foreign."""
FOREIGN_SHARE = 0.02
"""Of the texts learned from, so many are to be as far from the others as what is foreign."""
FULL = 127
AT_ONCE = 500

Kept = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Nearness:
    """Sentence vectors of texts learned from, each of length 127 in whole numbers, and how near is near enough."""

    kept: Kept
    least: float

    @classmethod
    def of(cls, vectors: Floats) -> "Nearness":
        """From one vector a text; without vectors, or of few texts, nothing is foreign."""
        count, width = vectors.shape
        if not width or count < FEWEST_TO_TELL:
            return cls(np.zeros((0, width), np.int8), -1.0)
        chosen = np.sort(np.random.default_rng(0).permutation(count)[:MOST_KEPT])
        kept = np.rint(_unit(vectors[chosen]) * FULL).astype(np.int8)
        parts = [kept[start : start + AT_ONCE] for start in range(0, len(kept), AT_ONCE)]
        near = np.concatenate(
            [_nearest(kept, part.astype(np.float32) / np.float32(FULL), itself=True) for part in parts]
        )
        return cls(kept, float(np.quantile(near, FOREIGN_SHARE)))

    def is_foreign(self, vector: Floats) -> bool:
        """Whether a text is farther from those learned from than nearly all of them are from each other."""
        if not len(self.kept):
            return False
        return float(_nearest(self.kept, _unit(vector[None, :]))[0]) < self.least


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Floats = vectors / np.maximum(lengths, np.float32(1e-9))
    return units


def _nearest(kept: Kept, units: Floats, *, itself: bool = False) -> Floats:
    """The mean cosine to the nearest of those kept; `itself` leaves the very nearest out, which is the text itself."""
    cosines = units @ (kept.T.astype(np.float32) / np.float32(FULL))
    first = 1 if itself else 0
    nearest: Floats = -np.sort(-cosines, axis=1)[:, first : first + NEIGHBOURS].mean(1)
    return nearest
