"""How well triage learns: trained on labelled tickets, measured on others that it has not seen."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import InvalidInputError
from core.tickets.values import Category
from core.triage.learned import Classifier
from core.triage.local import LocalTriage
from core.triage.ports import SentenceVectors
from core.triage.rows import Floats
from core.triage.sentences import Progress, rows_of
from core.triage.values import Example, Guess

BINS = 15


def read_examples(path: Path, *, may_be_empty: bool = False) -> list[Example]:
    """Lines `{id, title, body, label}`, which may carry `repo`, where it came from; other fields are left aside.

    Raises:
        InvalidInputError: the file cannot be read, has no line, or a line is not such an object.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path.name} cannot be read.") from error
    examples = [_example(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not examples and not may_be_empty:
        raise InvalidInputError(
            f"{path.name} has no lines.", mend='Give it {"id", "title", "body", "label"}, one a line.'
        )
    return examples


def _example(path: Path, number: int, line: str) -> Example:
    try:
        fields = json.loads(line)
        origin = str(fields.get("repo") or "")
        return Example(str(fields["title"]), str(fields.get("body") or ""), str(fields["label"]), origin)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError(f"{path.name}, line {number}: not an object with title, body and label.") from error


@dataclass(frozen=True, slots=True)
class Measured:
    """What was guessed for each test ticket, how long one took, and how long learning took without the vectors.

    `without_origin` is what a classifier guesses that does not know where a ticket came from.
    """

    wanted: Sequence[str]
    guesses: Sequence[Guess]
    milliseconds: Sequence[float]
    seconds_to_learn: float = 0.0
    without_origin: Sequence[Guess] = ()

    def measures(self) -> dict[str, float]:
        """What `tickmate eval triage` prints.

        `accuracy` and `macro_f1` never abstain, `selective_accuracy` and `coverage` do; `ece` is the expected
        calibration error, `foreign` the share that is unlike what was learned from. Where tickets say which repository
        they are of, the same without knowing it comes after.
        """
        measures = _measures(self.wanted, self.guesses)
        measures["ms_per_ticket"] = round(float(np.mean(self.milliseconds)), 2)
        measures["seconds_to_learn"] = round(self.seconds_to_learn, 1)
        if self.without_origin:
            plain = _measures(self.wanted, self.without_origin)
            measures |= {f"{name}_without_repo": value for name, value in plain.items()}
        return measures


def _measures(wanted: Sequence[str], guesses: Sequence[Guess]) -> dict[str, float]:
    right = np.array([guess.label == label for guess, label in zip(guesses, wanted, strict=True)])
    sure = np.array([guess.is_sure for guess in guesses])
    confidence = np.array([guess.confidence for guess in guesses])
    return {
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(_macro_f1(wanted, [guess.label for guess in guesses]), 4),
        "selective_accuracy": round(float(right[sure].mean()) if sure.any() else 0.0, 4),
        "coverage": round(float(sure.mean()), 4),
        "ece": round(calibration_error(confidence, right), 4),
        "foreign": round(float(np.mean([guess.is_foreign for guess in guesses])), 4),
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
    began = time.perf_counter()
    classifier = await asyncio.to_thread(Classifier.learn, train, vectors)
    learned = time.perf_counter() - began
    guesses: list[Guess] = []
    milliseconds: list[float] = []
    rows: list[Floats] = []
    for example in test:
        began = time.perf_counter()
        (vector,) = await rows_of(embedder, [example], progress)
        guesses.append(await asyncio.to_thread(classifier.guess, example, vector))
        milliseconds.append((time.perf_counter() - began) * 1000)
        rows.append(vector)
    measured = Measured([example.label for example in test], guesses, milliseconds, learned)
    if not classifier.origins:
        return measured
    plain = await asyncio.to_thread(Classifier.learn, [replace(one, origin="") for one in train], vectors)
    guessed = [plain.guess(example, vector) for example, vector in zip(test, rows, strict=True)]
    return replace(measured, without_origin=guessed)


async def evaluate_first_day(test: Sequence[Example], embedder: SentenceVectors) -> Measured:
    """Guess each of `test` as a desk does that has no tickets yet. Labels are the four categories.

    Raises:
        InvalidInputError: a label is none of them.
    """
    categories = {category.value.casefold(): category.value for category in Category}
    if unknown := {example.label for example in test if example.label.casefold() not in categories}:
        raise InvalidInputError(
            f"“{min(unknown)[:40]}” is no category.", mend=f"Without --train labels are {', '.join(Category)}."
        )
    engine = LocalTriage(embedder)
    await engine.warm_up()
    guesses: list[Guess] = []
    milliseconds: list[float] = []
    for example in test:
        began = time.perf_counter()
        guesses.append(await engine.first_guess(example.title, example.text))
        milliseconds.append((time.perf_counter() - began) * 1000)
    return Measured([categories[example.label.casefold()] for example in test], guesses, milliseconds)


def _macro_f1(wanted: Sequence[str], guessed: Sequence[str]) -> float:
    """The mean over the labels that occur in the test set."""
    scores = []
    for label in sorted(set(wanted)):
        both = sum(one == label == other for one, other in zip(wanted, guessed, strict=True))
        either = list(wanted).count(label) + list(guessed).count(label)
        scores.append(2 * both / either)
    return float(np.mean(scores))


def calibration_error(
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
