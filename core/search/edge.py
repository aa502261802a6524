"""The index beside this process: Qdrant's own engine as a library (https://qdrant.tech/edge/), in a process of its own.

One process owns a folder. Each desk takes the first free slot below `DATA_DIR/index`, held by a file lock for as long
as it and its engine live, and finds there what an earlier owner left.
"""

import asyncio
import time
from array import array
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, Any

import structlog

from core.errors import TryAgainLaterError
from core.search.engine.messages import DESCRIPTION, Asked, Floats, Held
from core.search.engine.process import EngineProcess
from core.search.legs import joined_candidates
from core.search.ports import IndexEndedError
from core.search.slots import copies, drop_left_over, take_slot
from core.search.values import Candidate, IndexCopy, IndexEntry, IndexQuery

FORMAT = 5  # of what is written into a slot; another number means rebuild
NOT_OPEN = "The search index is not open."
ENDS_AGAIN = "The process of the search index ends again and again; it is started again in a minute."
STARTED_ANEW = "The search index was started anew: it is to be followed from its position."
CRASHES_BORNE = 2
"""After so many what is in the slot is held to be the reason: it is made anew from the table."""
ENDS_BORNE, SECONDS_OF_THEM = 5, 60.0
"""After so many ends in so short a time it is not started again until the first is longer ago: it may lack memory."""
UPSERTS_AT_ONCE = 32
"""A search waits for at most so many; packing them holds the loop for less than a millisecond."""

log = structlog.get_logger(__name__)


class EdgeIndex:
    """A `VectorIndex` in a folder of its own. An engine that ended is started again by the next call."""

    def __init__(self, root: Path, *, model: str, dimension: int) -> None:
        self._root = root
        self._description = {"format": FORMAT, "model": model, "dimension": dimension}
        self._lock: IO[str] | None = None
        self._folder = root
        self._engine: EngineProcess | None = None
        self._crashes = 0
        self._ends: deque[float] = deque(maxlen=ENDS_BORNE)
        self._is_set_back = False  # to what was flushed, and nobody has asked yet how far that goes
        self._starting = asyncio.Lock()

    @property
    def folder(self) -> Path:
        """The slot this process holds."""
        return self._folder

    @property
    def engine_pid(self) -> int:
        """The process of the engine; 0 where none runs."""
        return self._engine.pid if self._engine is not None and not self._engine.has_ended else 0

    async def open(self) -> None:
        if self._lock is None:
            self._root.mkdir(parents=True, exist_ok=True)
            self._lock, self._folder = take_slot(self._root, self._description)
            self._is_set_back = False
            await asyncio.to_thread(drop_left_over, self._root, self._description)
        await self._running()

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        for start in range(0, len(entries), UPSERTS_AT_ONCE):
            await self._change("upsert", [_held(entry) for entry in entries[start : start + UPSERTS_AT_ONCE]])

    async def delete(self, ticket_ids: Sequence[int]) -> None:
        if ticket_ids:
            await self._change("delete", list(ticket_ids))

    async def search(self, query: IndexQuery) -> list[Candidate]:
        return joined_candidates(await self._ask("search", _asked(query)))

    async def count(self, organization_id: int | None = None, *, exact: bool = True) -> int:
        return int(await self._ask("count", organization_id, exact))

    async def clear(self) -> None:
        await self._ask("clear")

    async def position(self) -> int:
        """Also makes the folder anew where somebody has removed it: the table is then followed from its start."""
        engine = await self._running()
        position = int(await engine.ask("position"))
        if engine is self._engine:
            self._is_set_back = False
        return position

    async def look(self) -> list[IndexCopy]:
        return await asyncio.to_thread(copies, self._root)

    async def set_position(self, revision: int) -> None:
        await self._change("note_position", revision)

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.close()
            self._engine = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _ask(self, name: str, *arguments: Any) -> Any:
        return await (await self._running()).ask(name, *arguments)

    async def _change(self, name: str, *arguments: Any) -> None:
        """Refused where the engine was started again meanwhile: changes that it had not flushed would seem done."""
        engine = await self._running()
        if self._is_set_back:
            raise IndexEndedError(STARTED_ANEW)
        await engine.ask(name, *arguments)

    async def _running(self) -> EngineProcess:
        async with self._starting:
            if self._lock is None:
                raise TryAgainLaterError(NOT_OPEN)  # the folder is nobody's yet, or another's
            if self._engine is not None and self._engine.has_ended:
                self._note_end_of(self._engine)
                self._engine = None
            if self._engine is None:
                self._require_calm()
                self._engine = await self._started(self._lock)
            return self._engine

    async def _started(self, lock: IO[str]) -> EngineProcess:
        engine = await EngineProcess.start(self._folder, self._description, lock=lock.fileno())
        async with AsyncExitStack() as unless_open:  # never two of them in one folder
            unless_open.push_async_callback(engine.kill)
            try:
                await engine.ask("open")
            except IndexEndedError:
                self._note_end_of(engine)
                raise
            unless_open.pop_all()
        return engine

    def _require_calm(self) -> None:
        if len(self._ends) == ENDS_BORNE and time.monotonic() - self._ends[0] < SECONDS_OF_THEM:
            raise TryAgainLaterError(ENDS_AGAIN)

    def _note_end_of(self, engine: EngineProcess) -> None:
        self._is_set_back = True
        self._ends.append(time.monotonic())
        self._crashes += engine.has_crashed
        if self._crashes >= CRASHES_BORNE:
            self._crashes = 0
            (self._folder / DESCRIPTION).unlink(missing_ok=True)
            log.warning("search.index_made_anew", slot=self._folder.name, reason=f"crashed {CRASHES_BORNE} times")


def _held(entry: IndexEntry) -> Held:
    vectors = entry.vectors
    return Held(
        ticket_id=entry.ticket_id,
        organization_id=entry.organization_id,
        created_at=entry.created_at,
        title=_packed(vectors.title),
        text=_packed(vectors.text),
        indices=vectors.terms.indices,
        weights=_packed(vectors.terms.weights),
    )


def _asked(query: IndexQuery) -> Asked:
    vectors = query.vectors
    return Asked(
        organization_id=query.organization_id,
        title=_packed(vectors.title),
        text=_packed(vectors.text),
        indices=vectors.terms.indices,
        weights=_packed(vectors.terms.weights),
        limit=query.limit,
        exclude_ticket_id=query.exclude_ticket_id,
        created_before=query.created_before,
    )


def _packed(values: Floats) -> Floats:
    """Numbers as they are sent: a list of them takes ten times as long."""
    return values if isinstance(values, array) else array("f", values)
