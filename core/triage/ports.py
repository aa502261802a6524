"""What the desk needs from a triage engine, and what the engines need."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.triage.values import Guess, Precedents, Taught, TriageRequest, TriageResult


class Triage(Protocol):
    """Suggests how to sort a ticket.

    Raises:
        core.triage.values.TriageFailedError: the engine could not answer; its `calls` still have to be billed.
    """

    model: str

    async def suggest(self, request: TriageRequest) -> TriageResult: ...

    async def close(self) -> None: ...


class SentenceVectors(Protocol):
    """What triage needs of an embedder; `core.search.ports.Embedder` is one. Dimension 0: it has no model."""

    model: str
    dimension: int

    async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]: ...


class OwnExperience(Protocol):
    """What local triage asks before it goes by its prototypes and rules: a guess of each field that was learned."""

    async def guesses(self, request: TriageRequest) -> Mapping[Taught, Guess]: ...


class Memory(Protocol):
    """What the desk knows already of tickets like one. Never fails, and never keeps a ticket waiting for long."""

    async def precedents(self, request: TriageRequest) -> Precedents: ...
