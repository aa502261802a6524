"""Does a text consist of known words only, of which at least one matters? A single unknown one makes the answer no.

Besides the listed words only a name may stand there, after a word that people are named after or as the last line.
"""

import re
import unicodedata
from collections.abc import Sequence

# ruff: noqa: RUF001 (the marks of other scripts are meant)

LONGEST = 300  # characters
_MOST_NAMES = 3
_QUESTION_MARKS = "?？؟;՞፧"  # the semicolon is the Greek one (U+037E becomes it in NFKC)
_DECORATION = re.compile(r"(?::-?[)DPp]|;-?\)|<3|\^\^|[:;]-?\)|:[a-z0-9_+-]{2,40}:)")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")  # kana and Han run on; Hangul has spaces
_SEPARATOR = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"[.!;:。！]")  # no name follows one


class KnownWords:
    """One list of `telling` phrases, of which a text must have one, and those that may stand `around` them.

    `names_after`: only after these phrases a name may stand; None: after any. `asks`: whether it may be a question.
    """

    def __init__(
        self,
        telling: Sequence[str],
        around: Sequence[str],
        *,
        names_after: Sequence[str] | None = None,
        asks: bool = False,
    ) -> None:
        self._known = re.compile(f"(?P<telling>{_alternation(telling)})|(?P<around>{_alternation(around)})")
        self._names_after = None if names_after is None else frozenset(map(_folded, names_after))
        self._asks = asks

    def are_all_of(self, text: str) -> bool:
        """Whether `text` has a telling phrase and nothing that is not known. Unsure means no."""
        if not text.strip() or len(text) > LONGEST:
            return False
        plain = _DECORATION.sub(" ", text)
        asks = not self._asks and any(mark in plain for mark in _QUESTION_MARKS)
        if asks or any(character.isdigit() for character in plain):
            return False
        lines = [line for line in plain.splitlines() if _WORD.search(line)]
        if not lines:
            return False
        told = [self._tells(line) for line in lines]
        if None in told[:-1] or not any(told):
            return False
        return told[-1] is not None or _is_name(lines[-1])

    def _tells(self, line: str) -> bool | None:
        """Whether a line has a telling phrase; None where it has words that are not known."""
        written = unicodedata.normalize("NFKC", line).replace("’", "'")
        folded = _folded(line)
        if len(folded) != len(written):  # a letter that folds to two: then no name can be told by its capital
            written = folded
        at, tells, names = 0, False, 0
        while at < len(folded):
            if separator := _SEPARATOR.match(folded, at):
                at = separator.end()
                names = _MOST_NAMES if _SENTENCE_END.search(separator[0]) else names
            elif known := self._known.match(folded, at):
                tells = tells or known["telling"] is not None
                at = known.end()
                names = 0 if self._names_after is None or known[0] in self._names_after else _MOST_NAMES
            elif at and names < _MOST_NAMES and (name := _WORD.match(written, at)) and name[0][:1].isupper():
                at, names = name.end(), names + 1
            else:
                return None
        return tells


def _alternation(phrases: Sequence[str]) -> str:
    ordered = sorted({_folded(phrase) for phrase in phrases}, key=len, reverse=True)
    return "|".join(
        re.escape(phrase) + ("" if _WITHOUT_SPACES.search(phrase[-1]) else r"(?![^\W_])") for phrase in ordered
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _is_name(line: str) -> bool:
    words = _WORD.findall(line)
    return len(words) <= _MOST_NAMES and all(word[:1].isupper() for word in words)
