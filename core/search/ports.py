"""What the search needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from core.errors import TryAgainLaterError
from core.search.values import Candidate, IndexCopy, IndexEntry, IndexQuery
from core.triage.values import AiCall


class Embedder(Protocol):
    """Turns texts into vectors of `dimension` floats and length 1, which `model` made; other models' do not compare.

    The embedder without a model has dimension 0 and gives empty vectors: the search is then lexical.
    What was billed on the way, failed calls included, is appended to `calls`.

    Raises:
        TryAgainLaterError: the provider did not answer.
    """

    model: str
    dimension: int

    async def embed(self, texts: Sequence[str], calls: list[AiCall] | None = None) -> list[Sequence[float]]: ...

    async def close(self) -> None: ...


class IndexEndedError(TryAgainLaterError):
    """What answered has ended; the next call starts it again, with what was on the disk."""


class IndexFullError(TryAgainLaterError):
    """There is no room for what is new; what the index holds still answers."""


class VectorIndex(Protocol):
    """A cache of the table of ticket vectors, which can answer what is near. It may be lost at any time.

    `position` is how far the index has followed the table, a `position_of`; 0 for a new one. `look` tells, without
    opening or making anything, of every copy that there is, those in use first.

    Raises:
        TryAgainLaterError: the index cannot be reached or is being rebuilt.
    """

    async def open(self) -> None: ...

    async def upsert(self, entries: Sequence[IndexEntry]) -> None: ...

    async def delete(self, ticket_ids: Sequence[int]) -> None: ...

    async def search(self, query: IndexQuery) -> list[Candidate]: ...

    async def count(self, organization_id: int | None = None, *, exact: bool = True) -> int: ...

    async def clear(self) -> None: ...

    async def position(self) -> int: ...

    async def look(self) -> list[IndexCopy]: ...

    async def set_position(self, revision: int) -> None: ...

    async def close(self) -> None: ...
