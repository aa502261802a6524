"""Tickets as the rows of sentence vectors that the learned classifier compares."""

from collections.abc import Callable, Sequence

import numpy as np

from core.triage.ports import SentenceVectors
from core.triage.rows import Floats
from core.triage.values import Example

TEXTS_AT_ONCE = 64

Progress = Callable[[int], None]
"""Told how many more texts have been embedded."""


async def rows_of(
    embedder: SentenceVectors, examples: Sequence[Example], progress: Progress = lambda _count: None
) -> Floats:
    """The vector of the title beside the vector of the whole; no columns without a model.

    Raises:
        TryAgainLaterError: the embedder's provider did not answer.
    """
    if not embedder.dimension:
        progress(len(examples))
        return np.zeros((len(examples), 0), np.float32)
    rows = np.zeros((len(examples), 2 * embedder.dimension), np.float32)
    for start in range(0, len(examples), TEXTS_AT_ONCE):
        batch = examples[start : start + TEXTS_AT_ONCE]
        titles = [example.title for example in batch]
        wholes = [example.whole for example in batch]
        rows[start : start + len(batch), : embedder.dimension] = await embedder.embed(titles)
        rows[start : start + len(batch), embedder.dimension :] = await embedder.embed(wholes)
        progress(len(batch))
    return rows


def wholes_of(rows: Floats) -> Floats:
    """The vectors of the wholes out of such rows, which tell best what a text is about."""
    return rows[..., rows.shape[-1] // 2 :]
