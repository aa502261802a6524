"""The weights of `pressing.py`, learned from its examples. Takes a second, without what the embedder takes."""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.triage.logistic import fit
from core.triage.ports import SentenceVectors
from core.triage.pressing import ASKS, TITLE_ASKS, WISHES, Pressing, Reason, pressing_examples, signs_of
from core.triage.rows import DenseRows, Floats, Integers
from core.triage.vocabulary import vocabulary

PENALTY = 0.1
SIGN_LENGTH = np.float32(0.5)
"""Signs are shorter than vectors, whose length is 1, and so held smaller."""


def ticket_of(example: str) -> str:
    """An example as a ticket: its first sentence is the title."""
    return example.replace(". ", ".\n", 1)


async def fitted(embedder: SentenceVectors) -> Pressing:
    """Learn from all examples.

    Raises:
        TryAgainLaterError: the embedder's provider did not answer.
    """
    examples = pressing_examples()
    texts = [ticket_of(text) for group in examples.values() for text in group]
    vectors = np.array(await embedder.embed(texts), np.float32)
    places = np.repeat(np.arange(len(examples)), [len(group) for group in examples.values()])
    return await asyncio.to_thread(pressing_from, texts, vectors, places, tuple(examples))


def pressing_from(texts: Sequence[str], vectors: Floats, places: Integers, reasons: tuple[Reason, ...]) -> Pressing:
    """From texts, one row of `vectors` each, and the place of each one's reason among `reasons`."""
    words = vocabulary()
    names = [*dict.fromkeys(entry.because for entry in words.urgencies), ASKS, TITLE_ASKS, WISHES]
    found = [signs_of(text, words) for text in texts]
    signs = np.array([[signs.get(name, 0.0) for name in names] for signs in found], np.float32)
    rows = DenseRows(np.hstack([signs * SIGN_LENGTH, vectors]))
    weights = fit(rows, places, len(reasons), penalty=PENALTY / len(texts)).values
    weights[: len(names)] *= SIGN_LENGTH
    weights[-1] -= _share_of_priority(places, reasons)
    of_signs = {name: row.tolist() for name, row in zip(names, weights[: len(names)], strict=True)}
    return Pressing(reasons, weights[-1].tolist(), of_signs, weights[len(names) : -1].tolist())


def _share_of_priority(places: Integers, reasons: tuple[Reason, ...]) -> Floats:
    """For each reason the log share of its priority's examples: how many there are says nothing of how many come."""
    counts = Counter(reasons[place].priority for place in places)
    return np.array([math.log(counts[reason.priority] / len(places)) for reason in reasons], np.float32)
