"""No dense vectors: the search goes by words alone."""

from collections.abc import Sequence


class LexicalOnly:
    """Stands where no model is at hand."""

    model = "lexical"
    dimension = 0

    async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        return [() for _ in texts]

    async def close(self) -> None:
        """Nothing to release."""
