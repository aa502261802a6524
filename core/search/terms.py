"""Texts as sparse vectors of words, computed once and given to every index.

The engine multiplies a document's weights with the inverse document frequency when it searches, which makes the score
BM25 (https://qdrant.tech/documentation/concepts/indexing/#idf-modifier).
"""

from functools import lru_cache
from typing import Any

from core.search.values import TermWeights

AVERAGE_WORDS = 256.0


@lru_cache(maxsize=1)
def _bm25() -> Any:
    from qdrant_edge import Bm25, Bm25Config  # noqa: PLC0415 (a native library, loaded when first needed)

    return Bm25(Bm25Config(avg_len=AVERAGE_WORDS, language="english", ascii_folding=True))


def document_terms(text: str) -> TermWeights:
    """Stemmed English words without stop words, each weighing its saturated frequency."""
    vector = _bm25().embed_document(_printable(text))
    return TermWeights(indices=tuple(vector.indices), weights=tuple(vector.values))


def query_terms(text: str) -> TermWeights:
    """The same words, each weighing 1."""
    vector = _bm25().embed_query(_printable(text))
    return TermWeights(indices=tuple(vector.indices), weights=tuple(vector.values))


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # lone surrogates cannot cross into the native library
