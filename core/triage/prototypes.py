"""How close a ticket is to each category's example texts (`prototypes.toml`), by meaning or by words alone.

Both give cosines to a category's centroid: with an embedder of its sentence vectors, without one of TF-IDF over words
and the four-letter parts of words, which makes `printing` meet `printer`.
"""

import hashlib
import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from core.tickets.values import Category

EXAMPLES = Path(__file__).with_name("prototypes.toml")
SHIPPED = Path(__file__).with_name("centroids.json")
PART = 4
_WORD = re.compile(r"\w+")

Vector = Sequence[float]
Weights = Mapping[str, float]


@cache
def prototypes() -> dict[Category, tuple[str, ...]]:
    """The example texts of every category."""
    entries = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))["category"]
    return {Category(entry["name"]): tuple(entry["examples"]) for entry in entries}


def examples_hash() -> str:
    """Names this set of examples, so that vectors computed from another one are not used."""
    return hashlib.sha256(EXAMPLES.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class DenseCentroids:
    """The mean direction of each category's sentence vectors."""

    centroids: Mapping[Category, Vector]

    @classmethod
    def of(cls, vectors: Mapping[Category, Sequence[Vector]]) -> "DenseCentroids":
        return cls(
            {category: _unit([sum(axis) for axis in zip(*rows, strict=True)]) for category, rows in vectors.items()}
        )

    @classmethod
    def shipped(cls, model: str) -> "DenseCentroids | None":
        """Those computed beforehand for the model that most desks use; None for any other model or other examples."""
        stored = json.loads(SHIPPED.read_text(encoding="utf-8"))
        if stored["model"] != model or stored["examples"] != examples_hash():
            return None
        return cls({Category(name): vector for name, vector in stored["centroids"].items()})

    def closeness(self, vector: Vector) -> dict[Category, float]:
        """The cosine of a vector of length 1 with each centroid, between -1 and 1."""
        return {
            category: sum(a * b for a, b in zip(vector, centroid, strict=True))
            for category, centroid in self.centroids.items()
        }


@dataclass(frozen=True, slots=True)
class LexicalCentroids:
    """The TF-IDF weights of each category's examples, one by one (`weighed`) and their mean."""

    rarity: Weights
    weighed: Mapping[Category, Mapping[str, Weights]]
    centroids: Mapping[Category, Weights]

    @classmethod
    def of(cls, examples: Mapping[Category, Sequence[str]]) -> "LexicalCentroids":
        texts = [text for group in examples.values() for text in group]
        spread = Counter(term for text in texts for term in set(_terms(text)))
        rarity = {term: math.log((1 + len(texts)) / (1 + count)) + 1 for term, count in spread.items()}
        weighed = {category: {text: _weigh(text, rarity) for text in group} for category, group in examples.items()}
        centroids = {category: _mean([*group.values()]) for category, group in weighed.items()}
        return cls(rarity, weighed, centroids)

    def closeness(self, text: str) -> dict[Category, float]:
        """The cosine of a text with each centroid, between 0 and 1."""
        weights = _weigh(text, self.rarity)
        return {
            category: sum(weight * centroid.get(term, 0.0) for term, weight in weights.items())
            for category, centroid in self.centroids.items()
        }

    def closest(self, text: str, category: Category) -> str:
        """The example of a category with the most in common with the text."""
        weights = _weigh(text, self.rarity)

        def shared(example: str) -> float:
            return sum(weight * weights.get(term, 0.0) for term, weight in self.weighed[category][example].items())

        return max(self.weighed[category], key=shared)


def _terms(text: str) -> list[str]:
    words: list[str] = _WORD.findall(text.casefold())
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    parts = [padded[i : i + PART] for padded in (f"<{word}>" for word in words) for i in range(len(padded) - PART + 1)]
    return words + pairs + parts


def _weigh(text: str, rarity: Weights) -> dict[str, float]:
    """TF-IDF weights of length 1 over the known terms."""
    counts = Counter(term for term in _terms(text) if term in rarity)
    weights = {term: (1 + math.log(count)) * rarity[term] for term, count in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items()} if length else {}


def _mean(rows: Sequence[Weights]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for row in rows:
        for term, weight in row.items():
            total[term] += weight  # type: ignore[assignment]  # a Counter adds floats as well
    length = math.sqrt(sum(weight * weight for weight in total.values()))
    return {term: weight / length for term, weight in total.items()}


def _unit(vector: Vector) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
