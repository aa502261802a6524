"""Why a ticket was found: the words it shares with the question, its most telling sentence, its resolution in one line.

Words are compared by their stems, as the search does. Computed when it is shown, from what is shown: nothing is stored.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.search.exact import CODE
from core.search.readable import cut_clean, readable
from core.search.terms import query_terms
from core.search.unspaced import UNSPACED, pairs
from core.search.values import Excerpt, SimilarTicket

TERMS_SHOWN = 5
EXCERPT_LENGTH = 200
LINE_LENGTH = 140
READ_LENGTH = 4000  # characters of a text that are looked through

LONGEST_TERM = 80  # what is longer is data, and no line to show

_SPACED = f"(?![{UNSPACED}])[^\\W_]"
_WORD = re.compile(rf"{CODE.pattern}|{_SPACED}(?:(?![{UNSPACED}])[\w.:/@\\-])*{_SPACED}|{_SPACED}")
_WIDE_END = "\u3002\uff01\uff1f"  # full stop, exclamation and question mark of East Asia
_WIDE_COMMA = "\uff0c\u3001\u060c"
_SENTENCE_END = re.compile(rf"(?<=[.!?\u061f])\s+|(?<=[{_WIDE_END}])|\n+")
_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|thanks|thank you|thx|hallo|guten (?:tag|morgen|abend)|"
    r"sehr geehrte[rs]?|bonjour|bonsoir|hola|buenos d[ií]as|buenas tardes|estimad[oa]s?|buongiorno|gentile|ol[aá]|"
    r"bom dia|prezad[oa]s?|здравствуйте|добрый день|привет|مرحبا|您好|你好|こんにちは|お世話になっております)\b"
    rf"[^.!?\n{_WIDE_END}]{{0,40}}?[.!?,:\n{_WIDE_END}{_WIDE_COMMA}]+\s*",
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
    """The tickets with why they match the question, and what solved each in one line."""
    asked = _words(readable(f"{title}\n{description}"[:READ_LENGTH]))
    stems = frozenset(stem for word in asked for stem in word.stems)
    return [_explained(asked, stems, ticket) for ticket in found]


def _explained(asked: Sequence[_Word], stems: frozenset[int], ticket: SimilarTicket) -> SimilarTicket:
    text = readable(f"{ticket.description[:READ_LENGTH]}\n{ticket.resolution[:READ_LENGTH]}")
    words = _words(f"{ticket.title}\n{text}")
    held = frozenset(stem for word in words for stem in word.stems)
    return replace(
        ticket,
        resolution_line=resolution_line(ticket.resolution),
        shared_terms=_shared(asked, held),
        excerpt=_excerpt(text, stems),
    )


def resolution_line(resolution: str, limit: int = LINE_LENGTH) -> str:
    """What solved it in one line: the first words that are no greeting."""
    whole = readable(resolution[:READ_LENGTH]).strip()
    text = whole
    while greeting := _GREETING.match(text):
        text = text[greeting.end() :].strip()
    line = ""
    for sentence in _SENTENCE_END.split(text or whole):
        joined = " ".join(f"{line} {sentence}".split())
        if line and len(joined) > limit:
            break
        line = joined
    return line if len(line) <= limit else f"{cut_clean(line[: limit - 1].rsplit(' ', 1)[0].rstrip(' ,;:'))}…"


def _shared(asked: Sequence[_Word], held: frozenset[int]) -> tuple[str, ...]:
    """The words of the question that the ticket has, the most telling first, each once."""
    shared: dict[frozenset[int], _Word] = {}
    for word in _joined([word for word in asked if word.stems and word.stems <= held]):
        if len(word.text) <= LONGEST_TERM:
            shared.setdefault(word.stems, word)
    ordered = sorted(shared.values(), key=lambda word: (-word.weight, word.start))
    return tuple(word.text for word in ordered[:TERMS_SHOWN])


def _excerpt(text: str, stems: frozenset[int]) -> Excerpt:
    """The sentence that shares most with the question, and where in it the shared words are."""
    best, most = Excerpt(), 0.0
    for sentence in _SENTENCE_END.split(text):
        line = " ".join(sentence.split())
        marked = _joined([word for word in _words(line) if word.stems & stems])
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
    spans = sorted([*(found.span() for found in _WORD.finditer(text)), *pairs(text)])
    return [
        _Word(text=text[start:end], start=start, end=end, stems=stems)
        for start, end in spans
        if (stems := _stems(text[start:end].lower()))
    ]


def _joined(words: Sequence[_Word]) -> list[_Word]:
    """Pairs of characters that overlap made one word again."""
    joined: list[_Word] = []
    for word in words:
        last = joined[-1] if joined else None
        if last is not None and word.start < last.end:
            text = last.text + word.text[last.end - word.start :]
            joined[-1] = _Word(text, last.start, word.end, last.stems | word.stems)
        else:
            joined.append(word)
    return joined


@lru_cache(maxsize=20_000)
def _stems(word: str) -> frozenset[int]:
    """What the search makes of one word; nothing of one that is too common to tell anything."""
    return frozenset(query_terms(word[:100]).indices)
