"""Is an answer nothing but a thank-you? Such a one need not bring a solved ticket back to work.

Every word must be known: `Thanks, but it still fails` has words that are not, and whoever is unsure reopens. Besides
the listed words only a name may stand there, after the greeting, after the thanks or as the last line.
"""

import re
import unicodedata

from core.intake.thanks_words import AROUND, THANKS

# ruff: noqa: RUF001 (the marks of other scripts are meant)

LONGEST = 300  # characters
_MOST_NAMES = 3
_QUESTION_MARKS = "?？؟;՞፧"  # the semicolon is the Greek one (U+037E becomes it in NFKC)
_DECORATION = re.compile(r"(?::-?[)DPp]|;-?\)|<3|\^\^|[:;]-?\))")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")  # kana and Han run on; Hangul has spaces


def _alternation(phrases: tuple[str, ...]) -> str:
    ordered = sorted({_folded(phrase) for phrase in phrases}, key=len, reverse=True)
    return "|".join(
        re.escape(phrase) + ("" if _WITHOUT_SPACES.search(phrase[-1]) else r"(?![^\W_])") for phrase in ordered
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


_KNOWN = re.compile(f"(?P<thanks>{_alternation(THANKS)})|(?P<around>{_alternation(AROUND)})")
_SEPARATOR = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"[.!;:。！]")  # no name follows one


def is_thanks_only(text: str) -> bool:
    """Whether `text` (only what was newly written) thanks and says nothing else. Unsure means no."""
    if not text.strip() or len(text) > LONGEST:
        return False
    plain = _DECORATION.sub(" ", text)
    if any(mark in plain for mark in _QUESTION_MARKS) or any(character.isdigit() for character in plain):
        return False
    lines = [line for line in plain.splitlines() if _WORD.search(line)]
    if not lines:
        return False
    thanked = [_says_thanks(line) for line in lines]
    if None in thanked[:-1] or not any(thanked):
        return False
    return thanked[-1] is not None or _is_name(lines[-1])


def _says_thanks(line: str) -> bool | None:
    """Whether a line has words of thanks; None where it has words that are none of ours."""
    written = unicodedata.normalize("NFKC", line).replace("’", "'")
    folded = _folded(line)
    if len(folded) != len(written):  # a letter that folds to two: then no name can be told by its capital
        written = folded
    at, thanks, names = 0, False, 0
    while at < len(folded):
        if separator := _SEPARATOR.match(folded, at):
            at = separator.end()
            names = _MOST_NAMES if _SENTENCE_END.search(separator[0]) else names
        elif known := _KNOWN.match(folded, at):
            thanks = thanks or known["thanks"] is not None
            at, names = known.end(), 0
        elif at and names < _MOST_NAMES and (name := _WORD.match(written, at)) and name[0][:1].isupper():
            at, names = name.end(), names + 1
        else:
            return None
    return thanks


def _is_name(line: str) -> bool:
    words = _WORD.findall(line)
    return len(words) <= _MOST_NAMES and all(word[:1].isupper() for word in words)
