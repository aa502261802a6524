"""No dense vectors: the search goes by words alone."""

from collections.abc import Sequence

from core.search.values import LEXICAL
from core.triage.values import AiCall


class LexicalOnly:
    """Stands where no model is at hand."""

    model = LEXICAL
    dimension = 0

    async def embed(self, texts: Sequence[str], calls: list[AiCall] | None = None) -> list[Sequence[float]]:  # noqa: ARG002 (nothing is billed)
        return [() for _ in texts]

    async def close(self) -> None:
        """Nothing to release."""
