"""One slot's tickets, in the process that owns them. What cannot be opened is thrown away: SQL has everything."""

import json
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
    ScoredPoint,
    UpdateOperation,
)

from core.search.engine.frames import Note
from core.search.engine.messages import DESCRIPTION, POSITION, Asked, Held
from core.search.engine.requests import config, legs, organization, point

SHARD = "shard"
FILTERED = {"organization_id": PayloadSchemaType.Integer, "created_at": PayloadSchemaType.Float}
"""Without an index of its own a field is read from every ticket's payload: ten times slower at 10,000 tickets."""
SECONDS_BETWEEN_FLUSHES = 60.0
"""A flush waits for the disk. What is not yet flushed after a crash is followed again from the table."""
SHARE_SUPERSEDED = 0.02
"""The engine counts words of tickets that were replaced or deleted, too; up to here scores differ as little."""
ORGANIZATIONS_COUNTED = 2
ROOM_TO_OPEN, ROOM_TO_GROW = 16_000_000, 64_000_000
"""Bytes left on the disk. The library writes into files that are mapped: where these find no room the process ends."""


class DiskFullError(OSError):
    """The disk has too little room left."""


class Shard:
    """Tickets in a folder. One call after another, from one thread."""

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        self.notes: list[Note] = []
        self._folder = folder
        self._description = dict(description)
        self._dimension = int(description["dimension"])
        self._engine: EdgeShard | None = None
        self._position = 0
        self._is_flushed = True
        self._flushed_at = 0.0
        self._organizations: set[int] = set()
        self._superseded = 0  # versions of tickets whose words may still be counted

    def open(self) -> None:
        """Begin with what an earlier owner left, where it is whole and was made by the same model.

        Raises:
            DiskFullError: there is no room to write.
        """
        self._require_room(ROOM_TO_OPEN)
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
        self._position = self._superseded = 0
        self._organizations.clear()
        shard = self._folder / SHARD
        shard.mkdir(parents=True)
        self._engine = EdgeShard.create(str(shard), config(self._dimension))
        for field, kind in FILTERED.items():
            self._engine.update(UpdateOperation.create_field_index(field, kind))
        self._flush()
        # Last, so that a slot left half made is never taken for a whole one.
        (self._folder / DESCRIPTION).write_text(json.dumps(self._description))

    def upsert(self, tickets: Sequence[Held]) -> None:
        self._require_room(ROOM_TO_GROW)
        points = [point(ticket, dimension=self._dimension) for ticket in tickets]
        known = Filter(must=[HasIdCondition({ticket.ticket_id for ticket in tickets})])
        self._superseded += self._open_engine.count(CountRequest(exact=True, filter=known))
        self._open_engine.update(UpdateOperation.upsert_points(points))
        self._organizations.update(ticket.organization_id for ticket in tickets)

    def delete(self, ticket_ids: Sequence[int]) -> None:
        self._open_engine.update(UpdateOperation.delete_points(list(ticket_ids)))
        self._superseded += len(ticket_ids)

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
        self._position, self._is_flushed = revision, False
        if self.seconds_to_flush == 0:
            self.flush()

    @property
    def seconds_to_flush(self) -> float | None:
        """None where nothing has changed since the last time."""
        return None if self._is_flushed else max(self._flushed_at + SECONDS_BETWEEN_FLUSHES - time.monotonic(), 0.0)

    def flush(self) -> None:
        """Where the disk takes nothing, what is in memory goes on answering; it is tried again when it is due again."""
        try:
            self._flush()
        except BaseException as error:  # noqa: BLE001 (as in `open`)
            self._flushed_at = time.monotonic()
            self.notes.append(("search.index_not_written", {"slot": self._folder.name, "reason": str(error)}))

    def close(self, *, flushing: bool = True) -> None:
        """Let go of everything; what is not yet on the disk goes there first."""
        if self._engine is not None:
            if flushing and (self._folder / DESCRIPTION).exists():
                self._flush()
            self._engine.close()
            self._engine = None

    @property
    def _open_engine(self) -> EdgeShard:
        if self._engine is None:
            raise RuntimeError("The shard is not open.")
        return self._engine

    def _require_room(self, least: int) -> None:
        left = shutil.disk_usage(self._folder.parent).free
        if left < least:
            raise DiskFullError(f"{left / 1e6:.0f} MB are left on its disk, and {least / 1e6:.0f} are needed.")

    def _load(self) -> None:
        written = json.loads((self._folder / DESCRIPTION).read_text())
        if written != self._description:
            raise ValueError(f"made for {written}")
        state = json.loads((self._folder / POSITION).read_text())
        self._position, self._superseded = int(state["position"]), int(state["superseded"])
        self._engine = EdgeShard.load(str(self._folder / SHARD))
        present = self._engine.facet(FacetRequest("organization_id", ORGANIZATIONS_COUNTED, True, None))  # noqa: FBT003 (positional in the library)
        self._organizations = {int(hit.value) for hit in present.hits}

    def _flush(self) -> None:
        """Bring everything to the disk, then the position up to which that goes."""
        self._open_engine.flush()
        draft = self._folder / f"{POSITION}.new"
        tickets = self.count(None, exact=False)
        state = {"position": self._position, "tickets": tickets, "superseded": self._superseded}
        draft.write_text(json.dumps(state))
        draft.replace(self._folder / POSITION)
        self._is_flushed, self._flushed_at = True, time.monotonic()


def _less(excluded: int | None, found: Sequence[ScoredPoint]) -> list[tuple[int, float]]:
    return [(ticket_id, one.score) for one in found if (ticket_id := int(one.id)) != excluded]
