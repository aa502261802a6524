"""Why a ticket was found: the words it shares with the question, its most telling sentence, its resolution in one line.

Words are compared by their stems, as the search does. Computed when it is shown, from what is shown: nothing is stored.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.search.exact import CODE
from core.search.terms import query_terms
from core.search.values import Excerpt, SimilarTicket

TERMS_SHOWN = 5
EXCERPT_LENGTH = 200
LINE_LENGTH = 140
READ_LENGTH = 4000  # characters of a text that are looked through

_WORD = re.compile(CODE.pattern + r"|[^\W_][\w.:/@\\-]*[^\W_]|[^\W_]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_GREETING = re.compile(
    r"(hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|guten (tag|morgen)|thanks|thank you|thx)\b"
    r"[^.!?\n]{0,40}[.!?,:\n]+\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    stems: frozenset[int]

    @property
    def weight(self) -> float:
        """Names with digits or marks (hosts, versions, error codes) and abbreviations tell most, then long words."""
        is_name = len(self.text) > 2 and not self.text.isalpha()  # noqa: PLR2004 (not "5.")
        return 3.0 if is_name or (len(self.text) > 1 and self.text.isupper()) else 1.0 + len(self.text) / 20


def explained(title: str, description: str, found: Iterable[SimilarTicket]) -> list[SimilarTicket]:
    """The tickets with why they match the question."""
    asked = _words(f"{title}\n{description}"[:READ_LENGTH])
    stems = frozenset(stem for word in asked for stem in word.stems)
    return [_explained(asked, stems, ticket) for ticket in found]


def _explained(asked: Sequence[_Word], stems: frozenset[int], ticket: SimilarTicket) -> SimilarTicket:
    words = _words(f"{ticket.title}\n{ticket.description}\n{ticket.resolution}"[: 2 * READ_LENGTH])
    held = frozenset(stem for word in words for stem in word.stems)
    return replace(
        ticket,
        shared_terms=_shared(asked, held),
        excerpt=_excerpt(f"{ticket.description}\n{ticket.resolution}", stems),
    )


def resolution_line(resolution: str, limit: int = LINE_LENGTH) -> str:
    """What solved it in one line: the first words that are no greeting."""
    text = resolution[:READ_LENGTH].strip()
    while greeting := _GREETING.match(text):
        text = text[greeting.end() :].strip()
    line = ""
    for sentence in _SENTENCE_END.split(text or resolution.strip()):
        joined = " ".join(f"{line} {sentence}".split())
        if line and len(joined) > limit:
            break
        line = joined
    return line if len(line) <= limit else f"{line[: limit - 1].rsplit(' ', 1)[0].rstrip(' ,;:')}…"


def _shared(asked: Sequence[_Word], held: frozenset[int]) -> tuple[str, ...]:
    """The words of the question that the ticket has, the most telling first, each once."""
    shared: dict[frozenset[int], _Word] = {}
    for word in asked:
        if word.stems and word.stems <= held:
            shared.setdefault(word.stems, word)
    ordered = sorted(shared.values(), key=lambda word: (-word.weight, word.start))
    return tuple(word.text for word in ordered[:TERMS_SHOWN])


def _excerpt(text: str, stems: frozenset[int]) -> Excerpt:
    """The sentence that shares most with the question, and where in it the shared words are."""
    best, most = Excerpt(), 0.0
    for sentence in _SENTENCE_END.split(text[:READ_LENGTH]):
        line = " ".join(sentence.split())
        marked = [word for word in _words(line) if word.stems & stems]
        shared = sum({word.stems: word.weight for word in marked}.values())
        if shared > most:
            best, most = _cut(line, marked), shared
    return best


def _cut(line: str, marked: Sequence[_Word]) -> Excerpt:
    """Around the first shared word, where the sentence is too long."""
    start = 0
    if len(line) > EXCERPT_LENGTH and marked[0].start > EXCERPT_LENGTH // 2:
        start = line.rfind(" ", 0, marked[0].start - EXCERPT_LENGTH // 4) + 1
    kept = line[start : start + EXCERPT_LENGTH]
    if start + EXCERPT_LENGTH < len(line) and " " in kept:
        kept = kept.rsplit(" ", 1)[0]
    before, after = ("… " if start else ""), (" …" if start + len(kept) < len(line) else "")
    moved = len(before) - start
    inside = [one for one in marked if start <= one.start and one.end <= start + len(kept)]
    marks = tuple((one.start + moved, one.end + moved) for one in inside)
    return Excerpt(text=f"{before}{kept}{after}", marks=marks)


def _words(text: str) -> list[_Word]:
    return [
        _Word(text=found.group(), start=found.start(), end=found.end(), stems=stems)
        for found in _WORD.finditer(text)
        if (stems := _stems(found.group().lower()))
    ]


@lru_cache(maxsize=20_000)
def _stems(word: str) -> frozenset[int]:
    """What the search makes of one word; nothing of one that is too common to tell anything."""
    return frozenset(query_terms(word[:100]).indices)
