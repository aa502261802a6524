"""Bringing the table of ticket vectors into this process's index."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.engine import Database, translating_faults
from core.errors import TryAgainLaterError
from core.search.models import SearchProgress, TicketVectorsRow
from core.search.ports import VectorIndex
from core.search.stored import index_entry

ROWS_AT_ONCE = 256
POLL_SECONDS = 5.0
REBUILD = 1 << 40  # an index's position counts the rebuilds above this, the revision of the table below

log = structlog.get_logger(__name__)


class Follower:
    """Reads the rows after the index's position and applies them; a lost index begins at 0 and so rebuilds itself."""

    def __init__(
        self, database: Database, index: VectorIndex, *, model: str, dimension: int, poll: float = POLL_SECONDS
    ) -> None:
        self._database = database
        self._index = index
        self._model = model
        self._dimension = dimension
        self._poll = poll
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._rebuilds = 0

    async def catch_up(self) -> int:
        """Apply everything that is committed. Returns how many rows that were.

        Raises:
            TryAgainLaterError: the index or the database is away.
        """
        applied = 0
        async with self._turn:
            while rows := await self._next_rows():
                await self._apply(rows)
                applied += len(rows)
        return applied

    async def start(self, open_index: Callable[[], Awaitable[None]]) -> None:
        """Keep following in the background until `stop`; `open_index` is called first each time, and may be in vain."""
        self._task = asyncio.create_task(self._follow(open_index), name="search index follower")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _follow(self, open_index: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await open_index()
                await self.catch_up()
            except TryAgainLaterError as error:
                log.warning("search.follower_waits", reason=str(error))
            except Exception:  # the index is a cache: the desk goes on, and so does the follower
                log.exception("search.follower_failed")
            await asyncio.sleep(self._poll)

    async def _next_rows(self) -> list[TicketVectorsRow]:
        followed = await self._index.position()
        with translating_faults():
            async with AsyncSession(self._database.reader, expire_on_commit=False) as session:
                progress = await session.scalar(select(SearchProgress))
                if progress is None:
                    return []
                rebuilds, revision = divmod(followed, REBUILD)
                if followed and (rebuilds != progress.rebuilds or revision > progress.revision):
                    # A rebuild was asked for, or the index is of another database (or of one restored from a backup).
                    await self._index.clear()
                    revision = 0
                self._rebuilds = progress.rebuilds
                statement = select(TicketVectorsRow).where(TicketVectorsRow.revision > revision)
                found = await session.scalars(statement.order_by(TicketVectorsRow.revision).limit(ROWS_AT_ONCE))
                return list(found)

    async def _apply(self, rows: list[TicketVectorsRow]) -> None:
        present = [row for row in rows if not row.is_removed]
        await self._index.upsert([index_entry(row, model=self._model, dimension=self._dimension) for row in present])
        await self._index.delete([row.ticket_id for row in rows if row.is_removed])
        await self._index.set_position(self._rebuilds * REBUILD + rows[-1].revision)
