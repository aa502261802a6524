"""How well triage learns: trained on labelled tickets, measured on others that it has not seen."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InvalidInputError
from core.triage.learned import Classifier
from core.triage.ports import SentenceVectors
from core.triage.sentences import Progress, rows_of
from core.triage.values import Example, Guess

BINS = 15


def read_examples(path: Path) -> list[Example]:
    """Lines `{id, title, body, label}`; other fields are left aside.

    Raises:
        InvalidInputError: the file cannot be read, has no line, or a line is not such an object.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path.name} cannot be read.") from error
    examples = [_example(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not examples:
        raise InvalidInputError(f"{path.name} has no lines.")
    return examples


def _example(path: Path, number: int, line: str) -> Example:
    try:
        fields = json.loads(line)
        return Example(str(fields["title"]), str(fields.get("body") or ""), str(fields["label"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError(f"{path.name}, line {number}: not an object with title, body and label.") from error


@dataclass(frozen=True, slots=True)
class Measured:
    """What was guessed for each test ticket, and how long one took."""

    wanted: Sequence[str]
    guesses: Sequence[Guess]
    milliseconds: Sequence[float]

    def measures(self) -> dict[str, float]:
        """What `tickmate eval triage` prints.

        `accuracy` and `macro_f1` never abstain, `selective_accuracy` and `coverage` do; `ece` is the expected
        calibration error.
        """
        right = np.array([guess.label == label for guess, label in zip(self.guesses, self.wanted, strict=True)])
        sure = np.array([guess.is_sure for guess in self.guesses])
        confidence = np.array([guess.confidence for guess in self.guesses])
        return {
            "accuracy": round(float(right.mean()), 4),
            "macro_f1": round(_macro_f1(self.wanted, [guess.label for guess in self.guesses]), 4),
            "selective_accuracy": round(float(right[sure].mean()) if sure.any() else 0.0, 4),
            "coverage": round(float(sure.mean()), 4),
            "ece": round(_calibration_error(confidence, right), 4),
            "ms_per_ticket": round(float(np.mean(self.milliseconds)), 2),
        }


async def evaluate(
    train: Sequence[Example],
    test: Sequence[Example],
    embedder: SentenceVectors,
    *,
    progress: Progress = lambda _count: None,
) -> Measured:
    """Learn from `train`, then guess each of `test` by itself as a desk would.

    Raises:
        TryAgainLaterError: the embedder's provider did not answer.
    """
    vectors = await rows_of(embedder, train, progress)
    classifier = await asyncio.to_thread(Classifier.learn, train, vectors)
    guesses: list[Guess] = []
    milliseconds: list[float] = []
    for example in test:
        began = time.perf_counter()
        (vector,) = await rows_of(embedder, [example], progress)
        guesses.append(await asyncio.to_thread(classifier.guess, example.title, example.text, vector))
        milliseconds.append((time.perf_counter() - began) * 1000)
    return Measured([example.label for example in test], guesses, milliseconds)


def _macro_f1(wanted: Sequence[str], guessed: Sequence[str]) -> float:
    """The mean over the labels that occur in the test set."""
    scores = []
    for label in sorted(set(wanted)):
        both = sum(one == label == other for one, other in zip(wanted, guessed, strict=True))
        either = list(wanted).count(label) + list(guessed).count(label)
        scores.append(2 * both / either)
    return float(np.mean(scores))


def _calibration_error(
    confidence: "np.ndarray[tuple[int], np.dtype[np.float64]]", right: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> float:
    """Expected calibration error over equal bins of confidence (https://arxiv.org/abs/1706.04599)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        float((bins == number).mean())
        * abs(float(confidence[bins == number].mean()) - float(right[bins == number].mean()))
        for number in range(BINS)
        if (bins == number).any()
    ]
    return sum(gaps)
