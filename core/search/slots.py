"""The folders of embedded indexes below one root: each belongs to one process at a time, which holds its lock."""

import fcntl
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from core.errors import TryAgainLaterError
from core.search.engine.messages import DESCRIPTION, POSITION
from core.search.values import IndexCopy

SLOTS = 64


def take_slot(root: Path, description: Mapping[str, Any]) -> tuple[IO[str], Path]:
    """The first free slot that was made for the same model, else the first free one."""
    for slot in sorted(range(SLOTS), key=lambda slot: not _is_made_for(root / str(slot), description)):
        if (lock := _locked(root, slot)) is not None:
            return lock, root / str(slot)
    raise TryAgainLaterError(f"All {SLOTS} search index slots in {root} are taken by running processes.")


def _locked(root: Path, slot: int) -> IO[str] | None:
    lock = (root / f"{slot}.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def drop_left_over(root: Path, description: Mapping[str, Any]) -> None:
    """Remove slots that nobody holds and that were made for a model that was changed since."""
    for written in root.glob(f"*/{DESCRIPTION}"):
        if written.parent.name.isdigit() and not _is_made_for(written.parent, description):
            lock = _locked(root, int(written.parent.name))
            if lock is not None:
                with lock:
                    shutil.rmtree(written.parent, ignore_errors=True)


def _is_made_for(folder: Path, description: Mapping[str, Any]) -> bool:
    try:
        return bool(json.loads((folder / DESCRIPTION).read_text()) == description)
    except (OSError, ValueError):
        return False


def copies(root: Path) -> list[IndexCopy]:
    """What is on the disk, those of running processes first. Nothing is opened, made or changed."""
    found = [_copy(written.parent) for written in sorted(root.glob(f"*/{DESCRIPTION}"))]
    return sorted((copy for copy in found if copy is not None), key=lambda copy: not copy.is_in_use)


def _copy(folder: Path) -> IndexCopy | None:
    try:
        description = json.loads((folder / DESCRIPTION).read_text())
        state = json.loads((folder / POSITION).read_text())
        return IndexCopy(
            model=str(description["model"]),
            tickets=int(state["tickets"]),
            position=int(state["position"]),
            is_in_use=_is_in_use(folder.with_name(f"{folder.name}.lock")),
            megabytes=_megabytes(folder),
        )
    except (OSError, ValueError, KeyError, TypeError):  # made by an earlier version, or just being made
        return None


def _is_in_use(lock: Path) -> bool:
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # let go of at once
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _megabytes(folder: Path) -> float:
    """On disk; files of the engine are sparse."""
    blocks = sum(path.stat().st_blocks for path in folder.rglob("*") if path.is_file())
    return round(blocks * 512 / 1e6, 1)
