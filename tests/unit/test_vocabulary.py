"""The words of the vocabulary are found in any case, at the cost of none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.triage.vocabulary import Pattern, vocabulary

WORDS = vocabulary()
PATTERNS: list[Pattern] = [
    *(one.pattern for one in WORDS.categories),
    *(one.pattern for one in WORDS.urgencies),
    *(one.pattern for one in WORDS.difficulties),
    *(one.pattern for one in WORDS.skills),
]
SAMPLES = ("It CRASHES", "Wie Kann ich", "Stürzt Ab", "VPN", "error 500", "Não Funciona", "SLOW", "urgent", "É lento")


def _ignoring_case(pattern: Pattern, text: str) -> tuple[str, ...]:
    found = re.finditer(pattern.expression.pattern, text, re.IGNORECASE)
    return tuple(dict.fromkeys(match.group().casefold() for match in found))


def test_every_expression_is_of_small_letters() -> None:
    for pattern in PATTERNS:
        assert pattern.expression.pattern == pattern.expression.pattern.lower()


@given(st.lists(st.sampled_from(SAMPLES) | st.text(st.characters(max_codepoint=0xFF), max_size=8), max_size=6))
def test_small_letters_find_what_ignoring_case_does(parts: list[str]) -> None:
    text = " ".join(parts)
    for pattern in PATTERNS:
        assert pattern.found(text) == _ignoring_case(pattern, text)


@pytest.mark.parametrize("text", ["It does NOT work", "ES IST KAPUTT", "Quelle Est"])
def test_words_are_found_in_any_case(text: str) -> None:
    assert any(pattern.found(text) for pattern in PATTERNS)
