"""Bringing the table of ticket vectors into this process's index."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.db.engine import Database, translating_faults
from core.errors import TryAgainLaterError
from core.search.models import SearchProgress, TicketVectorsRow
from core.search.ports import VectorIndex
from core.search.stored import index_entry
from core.search.values import REBUILD, position_of

ROWS_AT_ONCE = 256
POLL_SECONDS = 5.0

_PROGRESS = select(SearchProgress.revision, SearchProgress.rebuilds)  # made once: it is asked for with each search

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some rows in their order, and where the index stands when it has them."""

    rows: Sequence[TicketVectorsRow]
    position: int
    is_last: bool
    is_news: bool = False


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
        self.position = 0
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def catch_up(self) -> int:
        """Apply everything that is committed. Returns how many rows that were.

        Raises:
            TryAgainLaterError: the index or the database is away.
        """
        applied = 0
        async with self._turn:
            while True:
                batch = await self._next_batch()
                await self._apply(batch)
                applied += len(batch.rows)
                if batch.is_last:
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

    async def _next_batch(self) -> _Batch:
        followed = self.position = await self._index.position()
        with translating_faults():
            async with AsyncSession(self._database.reader, expire_on_commit=False) as session:
                progress = (await session.execute(_PROGRESS)).one_or_none()
                if progress is None or followed == position_of(progress.rebuilds, progress.revision):
                    return _Batch([], followed, is_last=True)
                rebuilds, revision = divmod(followed, REBUILD)
                if followed and (rebuilds != progress.rebuilds or revision > progress.revision):
                    # A rebuild was asked for, or the index is of another database (or of one restored from a backup).
                    await self._index.clear()
                    followed = revision = 0
                found = await session.scalars(
                    select(TicketVectorsRow)
                    .where(TicketVectorsRow.revision > revision, self._is_for_us())
                    .order_by(TicketVectorsRow.revision)
                    .limit(ROWS_AT_ONCE)
                )
                rows = list(found)
        is_last = len(rows) < ROWS_AT_ONCE
        reached = max([revision, *(row.revision for row in rows), *((progress.revision,) if is_last else ())])
        position = position_of(progress.rebuilds, reached)
        return _Batch(rows, position, is_last=is_last, is_news=position != followed)

    def _is_for_us(self) -> ColumnElement[bool]:
        """Our model's rows; of tickets that it has not yet embedded those of any other, for their words."""
        own = aliased(TicketVectorsRow)
        embedded = select(own.ticket_id).where(
            own.ticket_id == TicketVectorsRow.ticket_id, own.model == self._model, own.is_removed.is_(False)
        )
        return or_(TicketVectorsRow.model == self._model, not_(embedded.exists()))

    async def _apply(self, batch: _Batch) -> None:
        present = [row for row in batch.rows if not row.is_removed]
        await self._index.upsert([index_entry(row, model=self._model, dimension=self._dimension) for row in present])
        await self._index.delete([row.ticket_id for row in batch.rows if row.is_removed])
        if batch.is_news:
            await self._index.set_position(batch.position)
            self.position = batch.position
