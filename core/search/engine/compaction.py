"""Packing a shard anew: a copy of it is made and optimized in a process of its own, while the shard goes on answering.

`python -m core.search.engine.compaction SHARD COPY` says "copied" as soon as the shard may change again, and ends when
the copy is ready. What it costs is measured in docs/adr/0026-the-engine-apart.md.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

COPIED = b"copied\n"
PRECEDENCE = 10
PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>


class Compaction:
    """One run of it. While `is_copying`, the shard must not change."""

    def __init__(self, shard: Path, copy: Path) -> None:
        self.copy = copy
        self.is_copying = True
        self._process = subprocess.Popen(  # noqa: S603 (ourselves)
            [sys.executable, "-m", "core.search.engine.compaction", str(shard), str(copy)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )

    def fileno(self) -> int:
        """Readable when there is something new to `heed`."""
        return self._output.fileno()

    def heed(self) -> int | None:
        """Take note of what the process says. Its exit code when it has ended: 0 says that the copy is ready."""
        if self._output.read(len(COPIED)):
            self.is_copying = False
            return None
        self._output.close()
        return self._process.wait()

    def give_up(self) -> None:
        """End it, and remove what it made."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._output.close()
        shutil.rmtree(self.copy, ignore_errors=True)

    @property
    def _output(self) -> IO[bytes]:
        if self._process.stdout is None:
            raise RuntimeError("The output of the process was not kept.")
        return self._process.stdout


def _end_with_parent() -> None:
    """A copy that nobody waits for must not fill a slot that has another owner by now."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main(shard: str, copy: str) -> None:
    """Copy and optimize."""
    from qdrant_edge import EdgeShard  # noqa: PLC0415 (the engine's process itself has another shard open)

    _end_with_parent()
    os.nice(PRECEDENCE)
    shutil.copytree(shard, copy)
    sys.stdout.buffer.write(COPIED)
    sys.stdout.buffer.flush()
    packed = EdgeShard.load(copy)
    packed.optimize()
    packed.flush()
    packed.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
