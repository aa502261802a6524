"""In-memory stand-ins for the search ports, exact and small."""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence

from core.errors import TryAgainLaterError
from core.search.legs import joined_candidates
from core.search.ports import IndexEndedError, IndexFullError
from core.search.values import (
    Candidate,
    Findings,
    Found,
    IndexCopy,
    IndexEntry,
    IndexQuery,
    Ranked,
    SimilarTicket,
    TermWeights,
    TicketVectors,
)
from core.triage.values import AiCall


def found_of(*tickets: SimilarTicket) -> list[Found]:
    """Tickets as a search finds them, each as near as the others."""
    return [
        Found(
            ticket=ticket,
            ranked=Ranked(ticket_id=ticket.ticket_id, order=1.0, score=0.9, chance=0.9, closeness=0.8, match=0.2),
        )
        for ticket in tickets
    ]


def findings_of(*tickets: SimilarTicket) -> Findings:
    """What a search answers that found these."""
    return Findings(question_hash="of a question", model="a model", vectors=TicketVectors(), found=found_of(*tickets))


class MemoryIndex:
    """A `VectorIndex` in a dict."""

    def __init__(self) -> None:
        self.entries: dict[int, IndexEntry] = {}
        self.followed_to = 0
        self.broken = False
        self.ends = 0  # so many searches find that it has ended
        self.is_made = False
        self.is_full = False

    async def open(self) -> None:
        self._require_whole()
        self.is_made = True

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        self._require_whole()
        if self.is_full and entries:
            raise IndexFullError("There is no room.")
        self.entries.update({entry.ticket_id: entry for entry in entries})

    async def delete(self, ticket_ids: Sequence[int]) -> None:
        self._require_whole()
        for ticket_id in ticket_ids:
            self.entries.pop(ticket_id, None)

    async def search(self, query: IndexQuery) -> list[Candidate]:
        self._require_whole()
        if self.ends:
            self.ends -= 1
            await self.clear()
            raise IndexEndedError("It has ended.")
        population = [e for e in self.entries.values() if e.organization_id == query.organization_id]
        within = [
            entry
            for entry in population
            if entry.ticket_id != query.exclude_ticket_id
            and (query.created_before is None or entry.created_at < query.created_before)
        ]
        asked = query.vectors
        legs: dict[str, list[tuple[int, float]]] = {"title": [], "text": [], "terms": []}
        for entry in within:
            held = entry.vectors
            if asked.title and held.title:
                legs["title"].append((entry.ticket_id, _dot(asked.title, held.title)))
            if asked.text and held.text:
                legs["text"].append((entry.ticket_id, _dot(asked.text, held.text)))
            if score := _bm25(asked.terms, held.terms, [e.vectors.terms for e in population]):
                legs["terms"].append((entry.ticket_id, score))
        return joined_candidates(
            {leg: sorted(hits, key=lambda hit: -hit[1])[: query.limit] for leg, hits in legs.items()}
        )

    async def count(self, organization_id: int | None = None, *, exact: bool = True) -> int:
        self._require_whole()
        return sum(organization_id in (None, entry.organization_id) for entry in self.entries.values())

    async def clear(self) -> None:
        self._require_whole()
        self.entries.clear()
        self.followed_to = 0

    async def position(self) -> int:
        self._require_whole()
        return self.followed_to

    async def look(self) -> list[IndexCopy]:
        self._require_whole()
        position, tickets = self.followed_to, len(self.entries)
        return [IndexCopy(model="test", tickets=tickets, position=position, is_in_use=True)] if self.is_made else []

    async def set_position(self, revision: int) -> None:
        self._require_whole()
        self.followed_to = revision

    async def close(self) -> None:
        return None

    def _require_whole(self) -> None:
        if self.broken:
            raise TryAgainLaterError("The index is away.")


class WordEmbedder:
    """An `Embedder` whose vectors are hashed words: texts with common words are near each other."""

    model = "words"
    dimension = 64

    def __init__(self) -> None:
        self.broken = False
        self.embedded: list[str] = []
        self.billed: list[AiCall] = []

    async def embed(self, texts: Sequence[str], calls: list[AiCall] | None = None) -> list[Sequence[float]]:
        if self.broken:
            raise TryAgainLaterError("The embedder is away.")
        self.embedded.extend(texts)
        if calls is not None:
            calls.extend(self.billed)
        return [self._vector(text) for text in texts]

    async def close(self) -> None:
        return None

    def _vector(self, text: str) -> list[float]:
        counts = Counter(
            hashlib.blake2b(word.encode("utf-8", "replace")).digest()[0] % self.dimension
            for word in text.lower().split()
        )
        vector = [float(counts[i]) for i in range(self.dimension)] if counts else [1.0] * self.dimension
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector]


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _bm25(query: TermWeights, document: TermWeights, population: Sequence[TermWeights]) -> float:
    weights = dict(zip(document.indices, document.weights, strict=True))
    score = 0.0
    for term, asked in zip(query.indices, query.weights, strict=True):
        if term not in weights:
            continue
        holders = sum(term in other.indices for other in population)
        score += asked * weights[term] * math.log((len(population) - holders + 0.5) / (holders + 0.5) + 1)
    return score
