"""What only the embedded index has: slots, locks, and folders that were lost or spoiled."""

import asyncio
import fcntl
import multiprocessing
import shutil
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

import pytest

from core.errors import TryAgainLaterError
from core.search import slots
from core.search.edge import EdgeIndex
from core.search.terms import document_terms
from core.search.values import IndexEntry, IndexQuery, TicketVectors
from tests.fakes.waiting import eventually

ENTRY = IndexEntry(
    ticket_id=1,
    organization_id=1,
    created_at=0,
    vectors=TicketVectors(title=(1.0, 0.0), text=(1.0, 0.0), terms=document_terms("printer")),
)


def made(root: Path, *, model: str = "test", dimension: int = 2) -> EdgeIndex:
    return EdgeIndex(root, model=model, dimension=dimension)


async def filled(root: Path) -> Path:
    """The slot of an index with one ticket, closed."""
    index = made(root)
    await index.open()
    await index.upsert([ENTRY])
    await index.set_position(7)
    await index.close()
    return index.folder


async def state(index: EdgeIndex) -> tuple[int, int]:
    await index.open()
    found = (await index.count(), await index.position())
    await index.close()
    return found


async def test_a_closed_index_opens_with_what_it_had(tmp_path: Path) -> None:
    await filled(tmp_path)
    assert await state(made(tmp_path)) == (1, 7)


async def test_each_index_of_a_deployment_has_a_slot_of_its_own(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path)
    await first.open()
    await second.open()
    assert first.folder != second.folder
    await first.close()
    third = made(tmp_path)
    await third.open()
    assert third.folder == first.folder
    await second.close()
    await third.close()


async def test_a_look_opens_and_makes_nothing(tmp_path: Path) -> None:
    index = made(tmp_path / "index")
    assert await index.look() == []
    assert not index.folder.exists()
    folder = await filled(tmp_path / "index")
    (folder.parent / "1").mkdir()
    (folder.parent / "1" / "description.json").write_text("{oops")
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.parent.rglob("*"))
    (seen,) = await made(tmp_path / "index", model="another").look()
    assert (seen.model, seen.tickets, seen.position, seen.is_in_use) == ("test", 1, 7, False)
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.parent.rglob("*")) == before


async def test_a_lock_file_that_was_left_behind_stops_no_restart(tmp_path: Path) -> None:
    """Measured on roundup and django-helpdesk: a stale lock file does. Only a living process holds a lock here."""
    folder = await filled(tmp_path)
    lock = folder.with_name(f"{folder.name}.lock")
    lock.write_text("4194304\n")
    index = made(tmp_path)
    assert await state(index) == (1, 7)
    assert index.folder == folder


def _is_lockable(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _hold_slot(root: str, pipe: Connection) -> None:
    async def hold() -> None:
        index = made(Path(root))
        await index.open()
        await index.upsert([ENTRY])
        pipe.send(str(index.folder))
        await asyncio.to_thread(pipe.recv)

    asyncio.run(hold())


async def test_a_killed_process_leaves_its_slot_to_the_next(tmp_path: Path) -> None:
    """Kill -9 of the service: the lock goes with the process, and what was written opens again or is made anew."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_hold_slot, args=(str(tmp_path), theirs))
    process.start()
    folder = Path(ours.recv())
    beside = made(tmp_path)
    await beside.open()
    assert beside.folder != folder
    await beside.close()
    process.kill()
    process.join()

    async def is_free() -> bool:  # its engine ends when it hears nothing more
        with folder.with_name(f"{folder.name}.lock").open("a") as lock:
            return _is_lockable(lock)

    await eventually(is_free)
    after = made(tmp_path)
    await after.open()
    assert after.folder == folder
    assert await after.count() in {0, 1}
    assert await after.position() == 0
    await after.close()


async def test_no_slot_left_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOTS", 1)
    first = made(tmp_path)
    await first.open()
    with pytest.raises(TryAgainLaterError, match="slots"):
        await made(tmp_path).open()
    await first.close()


@pytest.mark.parametrize("spoil", ["truncate", "garbage", "half removed", "description", "removed"])
async def test_a_spoiled_or_lost_folder_is_made_anew(tmp_path: Path, spoil: str) -> None:
    folder = await filled(tmp_path)
    match spoil:
        case "truncate":
            for path in folder.rglob("*.json"):
                path.write_bytes(path.read_bytes()[:10])
        case "garbage":
            for path in folder.rglob("segment.json"):
                path.write_bytes(b"\xff" * 100)
        case "half removed":
            shard = folder / "shard"
            for path in (shard / "segments").iterdir():
                shutil.rmtree(path)
            (shard / "edge_config.json").unlink()
        case "description":
            (folder / "description.json").write_text("{oops")
        case _:
            shutil.rmtree(folder)
    index = made(tmp_path)
    await index.open()
    assert (await index.count(), await index.position()) == (0, 0)
    await index.upsert([ENTRY])
    query = IndexQuery(organization_id=1, vectors=TicketVectors(text=(1.0, 0.0)))
    assert [found.ticket_id for found in await index.search(query)] == [1]
    await index.close()


async def test_a_folder_removed_under_a_running_index_is_noticed(tmp_path: Path) -> None:
    index = made(tmp_path)
    await index.open()
    await index.upsert([ENTRY])
    await index.set_position(7)
    shutil.rmtree(index.folder)
    assert await index.position() == 0
    await index.upsert([ENTRY])
    await index.set_position(8)
    assert (await index.count(), await index.position()) == (1, 8)
    await index.close()


@pytest.mark.parametrize(("model", "dimension"), [("other", 2), ("test", 3), ("lexical", 0)])
async def test_another_model_never_meets_old_vectors(tmp_path: Path, model: str, dimension: int) -> None:
    await filled(tmp_path)
    assert await state(made(tmp_path, model=model, dimension=dimension)) == (0, 0)


async def test_an_index_that_is_not_open_touches_nothing(tmp_path: Path) -> None:
    folder = await filled(tmp_path)
    index = made(tmp_path)
    for call in (index.position(), index.clear(), index.count(), index.upsert([ENTRY]), index.set_position(1)):
        with pytest.raises(TryAgainLaterError, match="not open"):
            await call
    await index.close()
    assert (folder / "description.json").exists()


async def test_a_changed_model_fills_a_slot_beside_and_comes_back_to_it(tmp_path: Path) -> None:
    """The earlier model's index is opened first, and answers until the new one is filled."""
    earlier_folder = await filled(tmp_path)
    earlier, changed = made(tmp_path), made(tmp_path, model="changed")
    await earlier.open()
    await changed.open()
    assert (await earlier.count(), await changed.count()) == (1, 0)
    await changed.upsert([ENTRY])
    await changed.set_position(9)
    await changed.close()
    await earlier.close()

    assert await state(made(tmp_path, model="changed")) == (1, 9)
    assert not earlier_folder.exists()  # held by nobody, and of no use to this model


async def test_a_slot_of_another_model_that_is_held_is_left_alone(tmp_path: Path) -> None:
    await filled(tmp_path)
    earlier, changed = made(tmp_path), made(tmp_path, model="changed")
    await earlier.open()
    await changed.open()
    await changed.close()
    assert await state(made(tmp_path, model="changed")) == (0, 0)
    assert await earlier.count() == 1
    await earlier.close()
