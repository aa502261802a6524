"""The index inside this process: Qdrant's own engine as a library (https://qdrant.tech/edge/).

One process owns a folder. Each takes the first free slot below `DATA_DIR/index`, held by a file lock for as long as it
lives, and finds there what an earlier owner left. What cannot be opened is thrown away: it can be rebuilt from SQL.
"""

import asyncio
import fcntl
import json
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import structlog
from qdrant_edge import (
    CountRequest,
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    FieldCondition,
    Filter,
    HasIdCondition,
    IdfParams,
    MatchValue,
    Modifier,
    PayloadSchemaType,
    Point,
    Query,
    QueryRequest,
    RangeFloat,
    SearchParams,
    SparseVector,
    UpdateOperation,
)

from core.errors import TryAgainLaterError
from core.search.legs import joined_candidates
from core.search.values import Candidate, IndexEntry, IndexQuery, TicketVectors

Result = TypeVar("Result")

FORMAT = 2  # of what is written into a slot; another number means rebuild
DESCRIPTION, POSITION = "description.json", "position"
SLOTS = 64
FILTERED = {"organization_id": PayloadSchemaType.Integer, "created_at": PayloadSchemaType.Float}
"""Without an index of its own a field is read from every ticket's payload: ten times slower at 10,000 tickets."""
NOT_OPEN = "The search index is not open."
UPSERTS_AT_ONCE = 8
"""The library lets no other Python code run during a call: each is kept to a millisecond."""
SECONDS_BETWEEN_FLUSHES = 60.0
"""A flush waits for the disk. What is not yet flushed after a crash is followed again from the table."""

_log = structlog.get_logger(__name__)


class EdgeIndex:
    """A `VectorIndex` in a folder of its own. Every call runs on the one thread that owns the shard."""

    def __init__(self, root: Path, *, model: str, dimension: int) -> None:
        self._root = root
        self._description = {"format": FORMAT, "model": model, "dimension": dimension}
        self._dimension = dimension
        self._lock: IO[str] | None = None
        self._folder = root
        self._shard: EdgeShard | None = None
        self._position = 0
        self._flushed_at = 0.0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="index")

    @property
    def folder(self) -> Path:
        """The slot this process holds."""
        return self._folder

    async def open(self) -> None:
        await self._on_thread(self._open)

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        for start in range(0, len(entries), UPSERTS_AT_ONCE):
            await self._on_thread(partial(self._upsert, entries[start : start + UPSERTS_AT_ONCE]))

    async def delete(self, ticket_ids: Sequence[int]) -> None:
        if ticket_ids:
            await self._on_thread(lambda: self._whole().update(UpdateOperation.delete_points(list(ticket_ids))))

    async def search(self, query: IndexQuery) -> list[Candidate]:
        legs = _legs(query)
        if not legs:
            return []
        # One leg a call: the library lets no other Python code run meanwhile.
        return joined_candidates({leg: await self._on_thread(partial(self._query, one)) for leg, one in legs.items()})

    async def count(self, organization_id: int | None = None, *, exact: bool = True) -> int:
        narrowed = None if organization_id is None else Filter(must=[_organization(organization_id)])
        return await self._on_thread(lambda: self._whole().count(CountRequest(exact=exact, filter=narrowed)))

    async def clear(self) -> None:
        await self._on_thread(self._clear)

    async def position(self) -> int:
        """Also makes the folder anew where somebody has removed it: the table is then followed from its start."""
        return await self._on_thread(self._checked_position)

    async def set_position(self, revision: int) -> None:
        await self._on_thread(partial(self._note_position, revision))

    async def close(self) -> None:
        if self._lock is not None:
            await self._on_thread(self._close)
        self._thread.shutdown(wait=False)

    async def _on_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _whole(self) -> EdgeShard:
        if self._shard is None:
            raise TryAgainLaterError(NOT_OPEN)
        return self._shard

    def _open(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        self._lock, self._folder = _take_slot(self._root)
        if not (self._folder / DESCRIPTION).exists():
            self._clear()
            return
        try:
            self._shard = self._load()
            self._position = int((self._folder / POSITION).read_text())
        except BaseException as error:  # noqa: BLE001 (bare Exception, or a panic of the engine: SQL has everything anyway)
            _log.warning("search.index_made_anew", slot=self._folder.name, reason=str(error))
            self._clear()

    def _load(self) -> EdgeShard:
        written = json.loads((self._folder / DESCRIPTION).read_text())
        if written != self._description:
            raise ValueError(f"made for {written}")
        return EdgeShard.load(str(self._folder / "shard"))

    def _clear(self) -> None:
        if self._lock is None:
            raise TryAgainLaterError(NOT_OPEN)  # the folder is nobody's yet, or another's
        if self._shard is not None:
            self._shard.close()
            self._shard = None
        shutil.rmtree(self._folder, ignore_errors=True)
        self._position = 0
        shard = self._folder / "shard"
        shard.mkdir(parents=True)
        self._shard = EdgeShard.create(str(shard), _config(self._dimension))
        for field, kind in FILTERED.items():
            self._shard.update(UpdateOperation.create_field_index(field, kind))
        self._flush()
        # Last, so that a slot left half made is never taken for a whole one.
        (self._folder / DESCRIPTION).write_text(json.dumps(self._description))

    def _checked_position(self) -> int:
        self._whole()
        if not (self._folder / DESCRIPTION).exists():
            self._clear()
        return self._position

    def _note_position(self, revision: int) -> None:
        self._whole()
        self._position = revision
        if time.monotonic() - self._flushed_at > SECONDS_BETWEEN_FLUSHES:
            self._flush()

    def _flush(self) -> None:
        """Bring everything to the disk, then the position up to which that goes."""
        self._whole().flush()
        draft = self._folder / f"{POSITION}.new"
        draft.write_text(str(self._position))
        draft.replace(self._folder / POSITION)
        self._flushed_at = time.monotonic()

    def _close(self) -> None:
        if self._shard is not None:
            if (self._folder / DESCRIPTION).exists():
                self._flush()
            self._shard.close()
            self._shard = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _query(self, asked: QueryRequest) -> list[tuple[int, float]]:
        return [(int(point.id), point.score) for point in self._whole().query(asked)]

    def _upsert(self, entries: Sequence[IndexEntry]) -> None:
        self._whole().update(UpdateOperation.upsert_points([self._point(entry) for entry in entries]))

    def _point(self, entry: IndexEntry) -> Point:
        vectors = entry.vectors
        named: dict[str, Any] = {"terms": SparseVector(list(vectors.terms.indices), list(vectors.terms.weights))}
        if self._dimension and vectors.title:
            named["title"] = vectors.title
        if self._dimension and vectors.text:
            named["text"] = vectors.text
        payload = {"organization_id": entry.organization_id, "created_at": entry.created_at}
        return Point(entry.ticket_id, named, payload)


def _take_slot(root: Path) -> tuple[IO[str], Path]:
    for slot in range(SLOTS):
        lock = (root / f"{slot}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return lock, root / str(slot)
    raise TryAgainLaterError(f"All {SLOTS} search index slots in {root} are taken by running processes.")


def _config(dimension: int) -> EdgeConfig:
    dense = EdgeVectorParams(size=dimension, distance=Distance.Cosine) if dimension else None
    return EdgeConfig(
        vectors={"title": dense, "text": dense} if dense else {},
        sparse_vectors={"terms": EdgeSparseVectorParams(modifier=Modifier.Idf)},
        max_search_threads=1,
    )


def _organization(organization_id: int) -> FieldCondition:
    return FieldCondition("organization_id", match=MatchValue(organization_id))


def _legs(query: IndexQuery) -> dict[str, QueryRequest]:
    must: list[Any] = [_organization(query.organization_id)]
    if query.created_before is not None:
        must.append(FieldCondition("created_at", range=RangeFloat(lt=query.created_before)))
    narrowed = Filter(must=must, must_not=_excluded(query))
    # Rare means rare within the organization: another's tickets must not shift its scores.
    params = SearchParams(idf=IdfParams(corpus=Filter(must=[_organization(query.organization_id)])))
    return {
        leg: QueryRequest(limit=query.limit, query=Query.Nearest(vector, using=leg), filter=narrowed, params=p)
        for leg, vector, p in _vectors(query.vectors, params)
    }


def _excluded(query: IndexQuery) -> list[Any] | None:
    return [HasIdCondition({query.exclude_ticket_id})] if query.exclude_ticket_id is not None else None


def _vectors(vectors: TicketVectors, terms_params: SearchParams) -> list[tuple[str, Any, SearchParams | None]]:
    legs: list[tuple[str, Any, SearchParams | None]] = []
    if vectors.title:
        legs.append(("title", list(vectors.title), None))
    if vectors.text:
        legs.append(("text", list(vectors.text), None))
    if vectors.terms.indices:
        sparse = SparseVector(list(vectors.terms.indices), list(vectors.terms.weights))
        legs.append(("terms", sparse, terms_params))
    return legs
