"""One slot's tickets, in the process that owns them. What cannot be opened is thrown away: SQL has everything."""

import json
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qdrant_edge import (
    CountRequest,
    EdgeShard,
    FacetRequest,
    Filter,
    HasIdCondition,
    PayloadSchemaType,
    Point,
    ScoredPoint,
    UpdateOperation,
)

from core.search.engine.compaction import Compaction
from core.search.engine.frames import Note
from core.search.engine.messages import DESCRIPTION, Asked, Held
from core.search.engine.requests import config, legs, organization, point

POSITION = "position.json"
FILTERED = {"organization_id": PayloadSchemaType.Integer, "created_at": PayloadSchemaType.Float}
"""Without an index of its own a field is read from every ticket's payload: ten times slower at 10,000 tickets."""
SECONDS_BETWEEN_FLUSHES = 60.0
"""A flush waits for the disk. What is not yet flushed after a crash is followed again from the table."""
CHANGES_COMPACTED = 10_000
SHARE_COMPACTED = 0.1
REPLAYED_AT_ONCE = 32
SHARE_SUPERSEDED = 0.02
"""The engine counts words of tickets that were replaced or deleted, too; up to here scores differ as little."""
ORGANIZATIONS_COUNTED = 2


class Shard:
    """Tickets in a folder. One call after another, from one thread."""

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        self.notes: list[Note] = []
        self._folder = folder
        self._description = dict(description)
        self._dimension = int(description["dimension"])
        self._engine: EdgeShard | None = None
        self._name = ""
        self._position = 0
        self._flushed_at = 0.0
        self._organizations: set[int] = set()
        self._superseded = 0  # versions of tickets whose words may still be counted
        self._changes = 0  # since everything was packed
        self._began_at = 0.0
        self._replayed: EdgeShard | None = None  # the packed copy, being brought up to date
        self._copy_name = ""
        self._changed: set[int] = set()  # since it was copied
        self.compaction: Compaction | None = None

    def open(self) -> None:
        """Begin with what an earlier owner left, where it is whole and was made by the same model."""
        if not (self._folder / DESCRIPTION).exists():
            self.clear()
            return
        try:
            self._load()
        except BaseException as error:  # noqa: BLE001 (bare Exception, or a panic of the engine)
            self.notes.append(("search.index_made_anew", {"slot": self._folder.name, "reason": str(error)}))
            self.clear()

    def clear(self) -> None:
        """An empty shard, in place of all that the slot holds."""
        self.close(flushing=False)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._position = self._changes = self._superseded = 0
        self._organizations.clear()
        self._name = _new_name()
        shard = self._folder / self._name
        shard.mkdir(parents=True)
        self._engine = EdgeShard.create(str(shard), config(self._dimension))
        for field, kind in FILTERED.items():
            self._engine.update(UpdateOperation.create_field_index(field, kind))
        self._flush()
        # Last, so that a slot left half made is never taken for a whole one.
        (self._folder / DESCRIPTION).write_text(json.dumps(self._description))

    def upsert(self, tickets: Sequence[Held]) -> None:
        points = [point(ticket, dimension=self._dimension) for ticket in tickets]
        known = Filter(must=[HasIdCondition({ticket.ticket_id for ticket in tickets})])
        self._superseded += self._open_engine.count(CountRequest(exact=True, filter=known))
        self._open_engine.update(UpdateOperation.upsert_points(points))
        self._organizations.update(ticket.organization_id for ticket in tickets)
        self._note_changed([ticket.ticket_id for ticket in tickets])

    def delete(self, ticket_ids: Sequence[int]) -> None:
        self._open_engine.update(UpdateOperation.delete_points(list(ticket_ids)))
        self._superseded += len(ticket_ids)
        self._note_changed(ticket_ids)

    def search(self, asked: Asked) -> dict[str, list[tuple[int, float]]]:
        """(Ticket id, score) by each vector."""
        engine = self._open_engine
        is_alone = self._organizations <= {asked.organization_id}
        counts_own = not is_alone or self._superseded > SHARE_SUPERSEDED * self.count(None, exact=False)
        return {
            leg: _less(asked.exclude_ticket_id, engine.query(request))[: asked.limit]
            for leg, request in legs(asked, is_alone=is_alone, counts_own=counts_own).items()
        }

    def count(self, organization_id: int | None, exact: bool) -> int:
        narrowed = None if organization_id is None else Filter(must=[organization(organization_id)])
        return self._open_engine.count(CountRequest(exact=exact, filter=narrowed))

    def position(self) -> int:
        """Also makes the folder anew where somebody has removed it: the table is then followed from its start."""
        if not (self._folder / DESCRIPTION).exists():
            self.clear()
        return self._position

    def note_position(self, revision: int) -> None:
        self._position = revision
        if time.monotonic() - self._flushed_at > SECONDS_BETWEEN_FLUSHES:
            self._flush()

    def close(self, *, flushing: bool = True) -> None:
        """Let go of everything; what is not yet on the disk goes there first."""
        self._give_up_compaction()
        if self._engine is not None:
            if flushing and (self._folder / DESCRIPTION).exists():
                self._flush()
            self._engine.close()
            self._engine = None

    @property
    def is_copied(self) -> bool:
        """Whether a copy is being made just now: nothing may change meanwhile."""
        return self.compaction is not None and self.compaction.is_copying

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being packed, nor should be."""
        return self.compaction is None and self._replayed is None and not self._wants_compaction()

    def go_on(self) -> bool:
        """One small step of whatever is under way between two calls. False where there is nothing to do but wait.

        Where a step fails, as on a full disk, what answers goes on answering.
        """
        try:
            return self._step()
        except BaseException as error:  # noqa: BLE001 (as in `open`)
            self._not_compacted(str(error))
            return False

    def _step(self) -> bool:
        if self._replayed is not None:
            if self._changed:
                self._replay(self._replayed)
            else:
                self._switch(self._replayed)
            return True
        if self.compaction is None and self._wants_compaction():
            self._changes = 0  # also where it fails: it is tried again after as many changes
            self._flush()
            self._changed.clear()
            self._began_at = time.monotonic()
            self._copy_name = _new_name()
            self.compaction = Compaction(self._folder / self._name, self._folder / self._copy_name)
        return False

    def heed_compaction(self) -> None:
        """The process that packs has something to say."""
        if self.compaction is None or (code := self.compaction.heed()) is None:
            return
        if code:
            self._not_compacted(f"the process that packs it ended with code {code}")
            return
        try:
            self._replayed = EdgeShard.load(str(self.compaction.copy))
            self.compaction = None
        except BaseException as error:  # noqa: BLE001 (as in `open`)
            self._not_compacted(str(error))

    @property
    def _open_engine(self) -> EdgeShard:
        if self._engine is None:
            raise RuntimeError("The shard is not open.")
        return self._engine

    def _load(self) -> None:
        written = json.loads((self._folder / DESCRIPTION).read_text())
        if written != self._description:
            raise ValueError(f"made for {written}")
        state = json.loads((self._folder / POSITION).read_text())
        self._name, self._position = str(state["shard"]), int(state["position"])
        self._superseded = int(state["superseded"])
        for beside in self._folder.iterdir():
            if beside.is_dir() and beside.name != self._name:
                shutil.rmtree(beside, ignore_errors=True)  # of a compaction that never ended
        self._engine = EdgeShard.load(str(self._folder / self._name))
        present = self._engine.facet(FacetRequest("organization_id", ORGANIZATIONS_COUNTED, True, None))  # noqa: FBT003 (positional in the library)
        self._organizations = {int(hit.value) for hit in present.hits}
        held = self._engine.info()
        self._changes = max(held.points_count - held.indexed_vectors_count // 3, 0)

    def _note_changed(self, ticket_ids: Sequence[int]) -> None:
        self._changes += len(ticket_ids)
        if self.compaction is not None or self._replayed is not None:
            self._changed.update(ticket_ids)

    def _wants_compaction(self) -> bool:
        """Without dense vectors there is nothing to pack."""
        if not self._dimension or self._changes < CHANGES_COMPACTED:
            return False
        return self._changes >= SHARE_COMPACTED * self.count(None, exact=False)

    def _replay(self, copy: EdgeShard) -> None:
        """Bring some of what has changed since into the copy; it is read back from what answers meanwhile."""
        some: list[int] = [self._changed.pop() for _ in range(min(REPLAYED_AT_ONCE, len(self._changed)))]
        held = self._open_engine.retrieve([*some], True, True)  # noqa: FBT003 (positional in the library: payload, vectors)
        points = [Point(found.id, found.vector or {}, found.payload) for found in held]
        if points:
            copy.update(UpdateOperation.upsert_points(points))
        if gone := set(some) - {int(found.id) for found in held}:
            copy.update(UpdateOperation.delete_points(list(gone)))

    def _switch(self, copy: EdgeShard) -> None:
        """From here on the copy answers. A crash on the way finds the one or the other, each whole."""
        old, old_name = self._open_engine, self._name
        self._engine, self._name, self._replayed = copy, self._copy_name, None
        try:
            self._flush()
        finally:
            old.close()
        shutil.rmtree(self._folder / old_name, ignore_errors=True)
        seconds = round(time.monotonic() - self._began_at, 1)
        tickets = self.count(None, exact=False)
        self.notes.append(("search.index_compacted", {"tickets": tickets, "seconds": seconds}))

    def _not_compacted(self, reason: str) -> None:
        """What is there goes on answering; it is tried again after as many changes."""
        self.notes.append(("search.index_not_compacted", {"slot": self._folder.name, "reason": reason}))
        self._give_up_compaction()

    def _give_up_compaction(self) -> None:
        if self.compaction is not None:
            self.compaction.give_up()
            self.compaction = None
        if self._replayed is not None:
            self._replayed.close()
            self._replayed = None
        self._changed.clear()

    def _flush(self) -> None:
        """Bring everything to the disk, then the position up to which that goes."""
        self._open_engine.flush()
        draft = self._folder / f"{POSITION}.new"
        draft.write_text(json.dumps({"position": self._position, "shard": self._name, "superseded": self._superseded}))
        draft.replace(self._folder / POSITION)
        self._flushed_at = time.monotonic()


def _less(excluded: int | None, found: Sequence[ScoredPoint]) -> list[tuple[int, float]]:
    return [(ticket_id, one.score) for one in found if (ticket_id := int(one.id)) != excluded]


def _new_name() -> str:
    return f"shard-{secrets.token_hex(4)}"
