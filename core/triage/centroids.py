"""Recomputes `centroids.json` after a change of `prototypes.toml`: `python -m core.triage.centroids MODEL_FOLDER`.

With it a desk starts without embedding two hundred examples, which takes seconds.
"""

import asyncio
import json
import sys
from pathlib import Path

from core.triage.ports import SentenceVectors
from core.triage.prototypes import SHIPPED, DenseCentroids, examples_hash, prototypes

DECIMALS = 5


async def compute(embedder: SentenceVectors) -> DenseCentroids:
    """The centroids of the examples by an embedder.

    Raises:
        TryAgainLaterError: the embedder's provider did not answer.
    """
    return DenseCentroids.of({category: await embedder.embed(texts) for category, texts in prototypes().items()})


async def _write(folder: Path) -> None:
    from core.search.embedders.minilm import MiniLm  # noqa: PLC0415 (numpy and tokenizers, only for this command)

    embedder = MiniLm(folder)
    centroids = (await compute(embedder)).centroids
    await embedder.close()
    stored = {
        "model": embedder.model,
        "examples": examples_hash(),
        "centroids": {name.value: [round(value, DECIMALS) for value in vector] for name, vector in centroids.items()},
    }
    SHIPPED.write_text(json.dumps(stored) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write(Path(sys.argv[1])))
