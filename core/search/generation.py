"""One model's search: its embedder, the index of its vectors, and what was learned with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.db.engine import Database
from core.search.follower import Follower
from core.search.learned import LearnedSearches
from core.search.ports import Embedder, VectorIndex


class Generation:
    """While a new model embeds every ticket, the one before it still answers; then it is retired."""

    def __init__(
        self, database: Database, embedder: Embedder, index: VectorIndex, *, precision: float | None = None
    ) -> None:
        self.embedder = embedder
        self.index = index
        self.follower = Follower(database, index, model=embedder.model, dimension=embedder.dimension)
        self.learned = LearnedSearches(model=embedder.model, precision=precision)
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator["Generation"]:
        """Keeps it open for a search that has begun."""
        self._users += 1
        self._unused.clear()
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                self._unused.set()

    async def retire(self) -> None:
        """Close it when the last search has ended."""
        await self.follower.stop()
        await self._unused.wait()
        await self.close()

    async def close(self) -> None:
        """Let go of index and embedder at once."""
        await self.follower.stop()
        await self.index.close()
        await self.embedder.close()
