"""How far a model is with the tickets that may be found."""

from dataclasses import dataclass
from datetime import timedelta

from core.db.unit_of_work import Reading
from core.search.queries import StoredVectors, count_vectors, count_written

RATE_OVER = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddingProgress:
    """`seconds_left` goes by the present rate; None where nothing was embedded lately, or nothing is left."""

    stored: StoredVectors
    seconds_left: int | None = None

    @property
    def done(self) -> int:
        """How many of the tickets that may be found have been embedded."""
        return self.stored.findable - self.stored.missing


async def embedding_progress(reading: Reading, *, model: str) -> EmbeddingProgress:
    """Over all organizations."""
    stored = await count_vectors(reading, model=model)
    if not stored.missing:
        return EmbeddingProgress(stored=stored)
    recently = await count_written(reading, model=model, since=reading.clock.now() - RATE_OVER)
    seconds = round(stored.missing / recently * RATE_OVER.total_seconds()) if recently else None
    return EmbeddingProgress(stored=stored, seconds_left=seconds)
