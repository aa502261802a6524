"""Texts as sparse vectors of words, computed once and given to every index.

The engine multiplies a document's weights with the inverse document frequency when it searches, which makes the score
BM25 (https://qdrant.tech/documentation/concepts/indexing/#idf-modifier).
"""

import zlib
from functools import lru_cache
from typing import Any

from core.search.exact import camel_parts, exact_tokens
from core.search.unspaced import pairs
from core.search.values import TermWeights

TERMS_REVISION = 3
"""Grows with every change of what this file makes of a text: stored vectors of another revision are made anew."""
AVERAGE_WORDS = 256.0
READ_CLOSELY = 20_000  # characters of a text that are looked through for more than its words
EXACT_WEIGHT = 4.0
"""Of all exact tokens of a question together, in words: one that quotes a whole log is still about something."""


@lru_cache(maxsize=1)
def _bm25() -> Any:
    from qdrant_edge import Bm25, Bm25Config  # noqa: PLC0415 (a native library, loaded when first needed)

    return Bm25(Bm25Config(avg_len=AVERAGE_WORDS, language="english", ascii_folding=True))


def document_terms(text: str) -> TermWeights:
    """Stemmed English words without stop words, each weighing its saturated frequency, and exact tokens as a whole."""
    vector = _bm25().embed_document(_printable(" ".join((_words(text), *_whole(text)))))
    return TermWeights(indices=tuple(vector.indices), weights=tuple(vector.values))


def query_terms(text: str) -> TermWeights:
    """The same words, each weighing 1, then exact tokens, which share a weight of their own."""
    words = _bm25().embed_query(_printable(_words(text))).indices
    exact = _bm25().embed_query(" ".join(_whole(text))).indices
    weight = EXACT_WEIGHT / max(len(exact), 1)
    return TermWeights(indices=(*words, *exact), weights=(*([1.0] * len(words)), *([weight] * len(exact))))


def _words(text: str) -> str:
    """The text, names in camel case in their parts, too, and pairs of characters where words have no spaces."""
    beginning = text[:READ_CLOSELY]
    return " ".join((text, *camel_parts(beginning), *(text[start:end] for start, end in pairs(beginning))))


def _whole(text: str) -> list[str]:
    """Each exact token as one word that nothing splits or stems."""
    return [f"x{zlib.crc32(token.encode('utf-8', 'replace'))}" for token in exact_tokens(text[:READ_CLOSELY])]


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # lone surrogates cannot cross into the native library
