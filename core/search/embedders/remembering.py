"""Vectors of texts that were just embedded: triage and search ask for the same ticket within seconds."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

from core.search.ports import Embedder
from core.triage.values import AiCall

TEXTS_REMEMBERED = 512


class Remembering:
    """An embedder before another one. Keeps the newest vectors by the hash of their text, never the text."""

    def __init__(self, inner: Embedder, *, texts: int = TEXTS_REMEMBERED) -> None:
        self._inner = inner
        self._most = texts
        self._known: OrderedDict[bytes, Sequence[float]] = OrderedDict()
        self.model = inner.model
        self.dimension = inner.dimension

    async def embed(self, texts: Sequence[str], calls: list[AiCall] | None = None) -> list[Sequence[float]]:
        hashes = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in self._known}
        here = {key: self._known[key] for key in hashes if key in self._known}
        if missing:
            vectors = await self._inner.embed(list(missing.values()), calls)
            here |= dict(zip(missing, vectors, strict=True))
        for key in hashes:
            self._known[key] = here[key]
            self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return [here[key] for key in hashes]

    async def close(self) -> None:
        self._known.clear()
        await self._inner.close()
