"""When a shard goes to the disk, and what a disk that takes nothing costs."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.search.engine import shard as engine
from core.search.engine.messages import POSITION, Asked, Held
from core.search.engine.shard import DiskFullError, Shard
from core.search.terms import document_terms, query_terms

TERMS, QUERY = document_terms("printer"), query_terms("printer")


def held(number: int) -> Held:
    return Held(number, 1, 0.0, (1.0, 0.0), (1.0, 0.0), TERMS.indices, TERMS.weights)


def asked(*, limit: int = 5, without: int | None = None) -> Asked:
    return Asked(1, (1.0, 0.0), (1.0, 0.0), QUERY.indices, QUERY.weights, limit, without, None)


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    made = Shard(tmp_path, {"format": 0, "model": "test", "dimension": 2})
    made.open()
    return made


def written(folder: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((folder / POSITION).read_text())
    return state


def test_what_has_changed_is_due_for_the_disk_within_a_minute(
    shard: Shard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a crash costs a minute of changes, and who looks from outside sees at most as much too little."""
    assert shard.seconds_to_flush is None
    shard.upsert([held(1), held(2)])
    shard.note_position(7)
    assert written(tmp_path)["position"] == 0
    assert shard.seconds_to_flush is not None
    assert 0 < shard.seconds_to_flush <= 60
    monkeypatch.setattr(engine, "SECONDS_BETWEEN_FLUSHES", 0.0)
    assert shard.seconds_to_flush == 0
    shard.flush()
    assert (written(tmp_path), shard.seconds_to_flush) == ({"position": 7, "tickets": 2, "superseded": 0}, None)
    shard.note_position(8)
    assert written(tmp_path)["position"] == 8
    shard.close()


def test_a_disk_that_takes_nothing_is_tried_again_and_stops_no_search(
    shard: Shard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard.upsert([held(1)])
    in_the_way = tmp_path / f"{POSITION}.new"
    in_the_way.mkdir()  # nobody can write there, root neither
    monkeypatch.setattr(engine, "SECONDS_BETWEEN_FLUSHES", 0.0)
    shard.note_position(7)
    assert [event for event, _ in shard.notes] == ["search.index_not_written"]
    assert (shard.position(), len(shard.search(asked())["terms"])) == (7, 1)
    assert shard.seconds_to_flush is not None
    in_the_way.rmdir()
    shard.flush()
    assert written(tmp_path)["position"] == 7
    shard.close()


def test_a_full_disk_is_refused_before_it_ends_the_process(
    shard: Shard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: a mapped file that finds no room ends the process by a bus error, in the middle of an upsert."""
    shard.upsert([held(1)])
    shard.note_position(7)
    left = SimpleNamespace(free=engine.ROOM_TO_GROW - 1)
    monkeypatch.setattr(engine.shutil, "disk_usage", lambda _folder: left)
    with pytest.raises(DiskFullError, match="64 MB are left on its disk, and 64 are needed"):
        shard.upsert([held(2)])
    assert len(shard.search(asked())["terms"]) == 1
    shard.delete([1])
    shard.close()
    again = Shard(tmp_path, {"format": 0, "model": "test", "dimension": 2})
    again.open()
    again.close()
    left.free = engine.ROOM_TO_OPEN - 1
    with pytest.raises(DiskFullError):
        again.open()
    assert written(tmp_path)["position"] == 7  # and nothing was thrown away


def test_the_ticket_that_asks_is_left_out_and_the_limit_kept(shard: Shard) -> None:
    shard.upsert([held(number) for number in range(1, 8)])
    for without in (None, 3, 99):
        found = shard.search(asked(limit=4, without=without))
        assert {leg: len(hits) for leg, hits in found.items()} == {"title": 4, "text": 4, "terms": 4}
        assert without not in {ticket_id for hits in found.values() for ticket_id, _ in hits}
    assert len(shard.search(asked(limit=7, without=3))["text"]) == 6
    shard.close()
