"""What people chose on tickets nearly like one: a correction counts for the next of its kind, before it is learned."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.people.values import Actor, system_actor
from core.tickets.models import Ticket
from core.triage.examples import label_of
from core.triage.models import TriageChoice
from core.triage.ports import SentenceVectors
from core.triage.values import Example, Guess, Taught, TriageRequest

NEAR = 0.85
"""The cosine from which on four in five of the nearest tickets bear the same label, on labels as noisy as a desk's."""
RIGHT_SO_NEAR = 0.8
CHOICES_READ = 300
EMBEDDED_AT_ONCE = 16
"""Tickets of earlier choices that one new ticket waits for; the others follow with the next."""
FIELDS = {
    "category": Taught.CATEGORY,
    "priority": Taught.PRIORITY,
    "related_skills": Taught.SKILL,
    "complexity": Taught.COMPLEXITY,
}

Vector = Sequence[float]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A ticket on which somebody chose, and the label of each field; `key` changes with the text."""

    key: bytes
    text: str
    labels: Mapping[Taught, str]


@dataclass(frozen=True, slots=True)
class Recalled:
    """The newest choices of an organization's people, each with the sentence vector of its ticket."""

    reading: Callable[[Actor], Reading]
    embedder: SentenceVectors
    _vectors: dict[int, dict[bytes, Vector]] = field(default_factory=dict)

    async def guesses(self, request: TriageRequest) -> Mapping[Taught, Guess]:
        """For each field what was chosen on the nearest ticket, where one is near enough.

        Raises:
            TryAgainLaterError: the database or the embedder is away.
        """
        if not self.embedder.dimension:
            return {}
        chosen = await self._newest(request.organization_id)
        if not chosen:
            return {}
        known = await self._embedded(request.organization_id, chosen)
        (vector,) = await self.embedder.embed([Example(request.title, request.description, "").whole])
        return await asyncio.to_thread(_nearest, chosen, known, vector)

    async def _newest(self, organization_id: int) -> list[_Chosen]:
        statement = (
            select(TriageChoice.ticket_id, TriageChoice.field, TriageChoice.chosen, Ticket.title, Ticket.description)
            .join(Ticket, Ticket.id == TriageChoice.ticket_id)
            .where(TriageChoice.organization_id == organization_id, Ticket.deleted_at.is_(None))
            .order_by(TriageChoice.chosen_at.desc(), TriageChoice.id.desc())
            .limit(CHOICES_READ)
        )
        async with self.reading(system_actor(organization_id)) as reading:
            rows = (await reading.session.execute(statement)).all()
        labels: dict[int, dict[Taught, str]] = {}
        texts: dict[int, str] = {}
        for ticket_id, name, value, title, description in rows:
            if label := label_of(value):
                labels.setdefault(ticket_id, {})[FIELDS[name]] = label
                texts[ticket_id] = Example(title, description, "").whole
        return [_Chosen(_key(texts[ticket_id]), texts[ticket_id], labels[ticket_id]) for ticket_id in labels]

    async def _embedded(self, organization_id: int, chosen: Sequence[_Chosen]) -> Mapping[bytes, Vector]:
        """Vectors of the newest, a few more with every call; what is not among them any more is forgotten."""
        before = self._vectors.get(organization_id, {})
        known = {one.key: before[one.key] for one in chosen if one.key in before}
        missing = {one.key: one.text for one in chosen if one.key not in known}
        some = list(missing.items())[:EMBEDDED_AT_ONCE]
        if some:
            vectors = await self.embedder.embed([text for _, text in some])
            known |= {key: tuple(vector) for (key, _), vector in zip(some, vectors, strict=True)}
        self._vectors[organization_id] = known
        return known


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _nearest(chosen: Sequence[_Chosen], known: Mapping[bytes, Vector], vector: Vector) -> dict[Taught, Guess]:
    """Of tickets equally near the newest, which comes first."""
    near: list[tuple[float, _Chosen]] = []
    for one in chosen:
        cosine = _cosine(known[one.key], vector) if one.key in known else 0.0
        if cosine >= NEAR:
            near.append((cosine, one))
    found: dict[Taught, Guess] = {}
    for _, one in sorted(near, key=lambda pair: -round(pair[0], 2)):
        for name, label in one.labels.items():
            found.setdefault(name, Guess(label, RIGHT_SO_NEAR, is_sure=True, is_recalled=True))
    return found


def _cosine(one: Vector, other: Vector) -> float:
    """Of vectors of length 1."""
    total: float = sum(a * b for a, b in zip(one, other, strict=True))
    return total
