"""Where tests keep their files: in memory where there is room, because a durable commit waits for a disk."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 (only a place; the folders in it are made with names of their own)
ROOM = 2**30


def folder_in_memory() -> Path | None:
    """A place of its own size in memory, from which programs can be started; None where there is no such place."""
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC or not os.access(MEMORY, os.W_OK):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM else None
