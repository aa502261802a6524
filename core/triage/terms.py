"""Texts as weighted terms: words, pairs and triples of words, names, the form, and parts of words, TF-IDF weighted.

Title, text, its beginning and end, questions and code are told apart, as the same word says more in one than another.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from core.triage.form import code_of, form_terms, names_in, prose_of
from core.triage.rows import SparseRows

TEXT_LIMIT = 6_000
WORDS_IN_PARTS = 600
TITLE_PARTS = (3, 4, 5)
TEXT_PARTS = (4,)
MOST_TERMS = 80_000
OPENING = 25
"""Words at the beginning, where people say what it is about; of texts twice as long, or they would only repeat them."""
CLOSING = 250
"""Characters at the end, where people ask for what they want."""
ASKED = 40
"""Words read of one question."""
_ADDRESS = re.compile(r"https?://\S+")
_SENTENCE_END = re.compile(r"(?<=[.!?\n])\s+")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+|[^\w\s]")

Counts = tuple[Counter[str], ...]
"""Groups of terms, each of which gets length 1."""


def count_terms(title: str, text: str, origin: str = "") -> Counts:
    """Words with pairs of words, names and form; parts of words; and with an origin both again as that origin's own.

    Among the words all numbers count as one and all addresses as one; a name with a number in it is a term by itself.
    The copies let a word mean something else in another place (https://aclanthology.org/P07-1033/).
    """
    prose = prose_of(text)
    title_words, text_words = _words(title), _words(prose)
    words: Counter[str] = Counter(form_terms(title, text, prose))
    words.update("x" + name for name in sorted(names_in(f"{title}\n{prose[:TEXT_LIMIT]}")))  # the same in every process
    words.update("c" + word for word in _words(code_of(text)))
    words.update("q" + word for question in _questions(prose) for word in question)
    opening = text_words[:OPENING] if len(text_words) >= 2 * OPENING else []
    closing = _words(prose.rstrip()[-CLOSING:])
    for prefix, found in (("t", title_words), ("b", text_words), ("o", opening), ("e", closing)):
        words.update(prefix + word for word in found)
        words.update(f"{prefix}{first} {second}" for first, second in pairwise(found))
    for prefix, found in (("t", title_words), ("b", text_words)):
        words.update(f"{prefix}{' '.join(three)}" for three in zip(found, found[1:], found[2:], strict=False))
    parts: Counter[str] = Counter("T" + part for part in _parts(title_words, TITLE_PARTS))
    parts.update("B" + part for part in _parts(text_words[:WORDS_IN_PARTS], TEXT_PARTS))
    groups: Counts = (words, parts)
    if origin:
        groups += tuple(Counter({f"{origin}\0{term}": count for term, count in group.items()}) for group in groups)
    return groups


def _words(text: str) -> list[str]:
    plain = _ADDRESS.sub(" _address_ ", text[:TEXT_LIMIT].lower())
    return _WORD.findall(_NUMBER.sub("0", plain))


def _questions(prose: str) -> Iterator[list[str]]:
    for sentence in _SENTENCE_END.split(prose[:TEXT_LIMIT]):
        if sentence.rstrip().endswith("?"):
            yield _words(sentence)[:ASKED]


def _parts(words: Iterable[str], lengths: Sequence[int]) -> Iterable[str]:
    for word in words:
        marked = f"<{word}>"
        for length in lengths:
            for start in range(len(marked) - length + 1):
                yield marked[start : start + length]


@dataclass(frozen=True, slots=True)
class TermColumns:
    """The columns of known terms and how rare each is, group by group."""

    columns: tuple[dict[str, int], ...]
    rarity: tuple[list[float], ...]

    @classmethod
    def of(cls, texts: Sequence[Counts]) -> "TermColumns":
        """Learn the terms that occur in two texts at least."""
        columns: list[dict[str, int]] = []
        rarity: list[list[float]] = []
        for place in range(max((len(groups) for groups in texts), default=0)):
            spread = Counter(chain.from_iterable(groups[place] for groups in texts if len(groups) > place))
            kept = [(term, count) for term, count in spread.most_common(MOST_TERMS) if count > 1]
            columns.append({term: column for column, (term, _) in enumerate(kept)})
            rarity.append([math.log((1 + len(texts)) / (1 + count)) + 1 for _, count in kept])
        return cls(tuple(columns), tuple(rarity))

    @property
    def width(self) -> int:
        return sum(map(len, self.columns))

    def rows(self, texts: Sequence[Counts]) -> SparseRows:
        """TF-IDF rows; terms never seen are left out."""
        return SparseRows.of([self._row(counts) for counts in texts], self.width)

    def _row(self, groups: Counts) -> tuple[list[int], list[float]]:
        columns: list[int] = []
        values: list[float] = []
        offset = 0
        for known, rarity, group in zip(self.columns, self.rarity, groups, strict=False):  # no origin, no copies
            found = [(known[term], count) for term, count in group.items() if term in known]
            weights = [(1 + math.log(count)) * rarity[column] for column, count in found]
            length = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
            columns += [offset + column for column, _ in found]
            values += [weight / length for weight in weights]
            offset += len(known)
        return columns, values
