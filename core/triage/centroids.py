"""Recomputes `centroids.json` and `pressing.json`: `python -m core.triage.centroids MODEL_FOLDER`.

Needed after a change of `prototypes.toml`, `pressing.toml` or `vocabulary.toml`. With them a desk starts without
embedding some hundred examples, which takes seconds.
"""

import asyncio
import json
import sys
from pathlib import Path

from core.triage.ports import SentenceVectors
from core.triage.pressing import SHIPPED as SHIPPED_PRESSING
from core.triage.pressing import Row, pressing_hash
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
    from core.triage.pressing_fit import fitted  # noqa: PLC0415 (as above)

    embedder = MiniLm(folder)
    centroids = (await compute(embedder)).centroids
    pressing = await fitted(embedder)
    await embedder.close()
    stored = {
        "model": embedder.model,
        "examples": examples_hash(),
        "centroids": {name.value: _rounded(vector) for name, vector in centroids.items()},
    }
    SHIPPED.write_text(json.dumps(stored) + "\n", encoding="utf-8")
    weights = {"bias": _rounded(pressing.bias), "signs": {name: _rounded(row) for name, row in pressing.signs.items()}}
    weights["axes"] = [_rounded(row) for row in pressing.axes]
    described = {"model": embedder.model, "examples": pressing_hash()} | weights
    SHIPPED_PRESSING.write_text(json.dumps(described) + "\n", encoding="utf-8")


def _rounded(row: Row) -> list[float]:
    return [round(value, DECIMALS) for value in row]


if __name__ == "__main__":
    asyncio.run(_write(Path(sys.argv[1])))
