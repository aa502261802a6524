"""The words that tell what a ticket is about, read from `vocabulary.toml`."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.tickets.values import Category, Complexity, Priority

WORDS = Path(__file__).with_name("vocabulary.toml")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Any of a list of words or phrases, at word boundaries and in any case.

    The expression is of small letters and the text is made so: ignoring case takes two and a half times as long.
    """

    expression: re.Pattern[str]

    def found(self, text: str) -> tuple[str, ...]:
        """The different words found, in the order of the text, lower case."""
        return tuple(dict.fromkeys(match.group().casefold() for match in self.expression.finditer(text.lower())))


@dataclass(frozen=True, slots=True)
class CategoryWords:
    category: Category
    weight: float
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Urgency:
    priority: Priority
    because: str
    pattern: Pattern
    is_alarm: bool


@dataclass(frozen=True, slots=True)
class Difficulty:
    complexity: Complexity
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Skill:
    name: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Vocabulary:
    categories: tuple[CategoryWords, ...]
    urgencies: tuple[Urgency, ...]
    difficulties: tuple[Difficulty, ...]
    skills: tuple[Skill, ...]


def pattern_of(words: list[str]) -> Pattern:
    """Of regular expressions in small letters."""
    return Pattern(re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)"))


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with this version."""
    entries = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return Vocabulary(
        categories=tuple(
            CategoryWords(Category(entry["name"]), entry["weight"], pattern_of(entry["words"]))
            for entry in entries["category"]
        ),
        urgencies=tuple(
            Urgency(
                Priority(entry["priority"]), entry["because"], pattern_of(entry["words"]), entry.get("alarm", False)
            )
            for entry in entries["urgency"]
        ),
        difficulties=tuple(
            Difficulty(Complexity(entry["complexity"]), pattern_of(entry["words"])) for entry in entries["difficulty"]
        ),
        skills=tuple(Skill(entry["name"], pattern_of(entry["words"])) for entry in entries["skill"]),
    )
