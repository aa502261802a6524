"""How pressing a ticket is: by its meaning and by the words of `vocabulary.toml`, as `pressing.toml` shows.

The weights of both are computed beforehand (`pressing_fit.py`), so that judging a ticket needs no numeric library.
"""

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.tickets.values import Category, Priority
from core.triage.vocabulary import WORDS, Vocabulary

EXAMPLES = Path(__file__).with_name("pressing.toml")
SHIPPED = Path(__file__).with_name("pressing.json")
ASKS, TITLE_ASKS, WISHES = "asks", "title asks", "wishes"

Row = Sequence[float]


@dataclass(frozen=True, slots=True)
class Reason:
    """What makes tickets pressing, or not, and which priority they get."""

    priority: Priority
    because: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """The probability of each priority, and the likeliest reason of each."""

    shares: Mapping[Priority, float]
    reasons: Mapping[Priority, str]

    @property
    def priority(self) -> Priority:
        return max(Priority, key=lambda priority: self.shares[priority])

    @property
    def confidence(self) -> float:
        return self.shares[self.priority]


@cache
def pressing_examples() -> dict[Reason, tuple[str, ...]]:
    """The example texts of every reason."""
    entries = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))["reason"]
    return {Reason(Priority(entry["priority"]), entry["because"]): tuple(entry["examples"]) for entry in entries}


def pressing_hash() -> str:
    """Names the examples and the words that the weights were computed from."""
    return hashlib.sha256(EXAMPLES.read_bytes() + WORDS.read_bytes()).hexdigest()


def signs_of(text: str, vocabulary: Vocabulary) -> dict[str, float]:
    """What words, and the form of a question, tell; more words of one kind count ever less."""
    signs: dict[str, float] = {}
    for entry in vocabulary.urgencies:
        if words := entry.pattern.found(text):
            signs[entry.because] = max(signs.get(entry.because, 0.0), math.sqrt(len(words)))
    wishes = (entry for entry in vocabulary.categories if entry.category is Category.FEATURE_REQUEST)
    if any(entry.pattern.found(text) for entry in wishes):
        signs[WISHES] = 1.0
    if "?" in text:
        signs[ASKS] = 1.0
    if "?" in text.partition("\n")[0]:
        signs[TITLE_ASKS] = 1.0
    return signs


@dataclass(frozen=True, slots=True)
class Pressing:
    """Weights in log odds, one number a reason: of nothing, of each sign, and of each axis of a sentence vector."""

    reasons: tuple[Reason, ...]
    bias: Row
    signs: Mapping[str, Row]
    axes: Sequence[Row]

    @classmethod
    def shipped(cls, model: str) -> "Pressing | None":
        """Those for the model that most desks use; None for any other model or other examples."""
        stored = json.loads(SHIPPED.read_text(encoding="utf-8"))
        if stored["model"] != model or stored["examples"] != pressing_hash():
            return None
        return cls(tuple(pressing_examples()), stored["bias"], stored["signs"], stored["axes"])

    def judge(self, text: str, vector: Row, vocabulary: Vocabulary) -> Pressed:
        """A text, and its sentence vector of length 1."""
        odds = list(self.bias)
        evidence = [(value, self.signs[name]) for name, value in signs_of(text, vocabulary).items()]
        for value, weights in (*evidence, *zip(vector, self.axes, strict=True)):
            for place, weight in enumerate(weights):
                odds[place] += value * weight
        highest = max(odds)
        shares = [math.exp(value - highest) for value in odds]
        total = sum(shares)
        of_priority = dict.fromkeys(Priority, 0.0)
        likeliest: dict[Priority, tuple[float, str]] = dict.fromkeys(Priority, (-1.0, ""))
        for reason, share in zip(self.reasons, shares, strict=True):
            of_priority[reason.priority] += share / total
            likeliest[reason.priority] = max(likeliest[reason.priority], (share, reason.because))
        return Pressed(of_priority, {priority: because for priority, (_, because) in likeliest.items()})
