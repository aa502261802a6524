"""Which category, and how sure: closeness to the prototypes and the words found, weighed against each other."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.tickets.values import Category
from core.triage.vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighing:
    """How much a cosine and a word count, in log odds: what makes the prototypes, left out one by one, likeliest."""

    closeness: float
    words: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeliest category with its probability, and the words that spoke for it."""

    category: Category
    confidence: float
    words: tuple[str, ...]


def words_for(text: str, vocabulary: Vocabulary) -> dict[Category, tuple[float, tuple[str, ...]]]:
    """For each category how much its words weigh, and which they are. More words of one list count ever less."""
    found: dict[Category, tuple[float, tuple[str, ...]]] = dict.fromkeys(Category, (0.0, ()))
    for entry in vocabulary.categories:
        words = entry.pattern.found(text)
        weight, earlier = found[entry.category]
        found[entry.category] = (weight + entry.weight * math.sqrt(len(words)), earlier + words)
    return found


def judge(
    closeness: Mapping[Category, float], words: Mapping[Category, tuple[float, tuple[str, ...]]], weighing: Weighing
) -> Verdict:
    """Softmax over both kinds of evidence."""
    odds = {
        category: weighing.closeness * closeness[category] + weighing.words * words[category][0]
        for category in Category
    }
    highest = max(odds.values())
    shares = {category: math.exp(value - highest) for category, value in odds.items()}
    total = sum(shares.values())
    likeliest = max(Category, key=lambda category: shares[category])
    return Verdict(likeliest, shares[likeliest] / total, words[likeliest][1])
