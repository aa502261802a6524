"""How long the event loop was held up, how much of that this process computed itself, and where it was just then."""

import asyncio
import gc
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Self

TICK = 0.002  # seconds
LATE = 0.02  # from here on it is noted where the loop's thread is
ROOT = str(Path(__file__).resolve().parents[1])
OUTSIDE = (f"{ROOT}/.venv", __file__)


class Stalls:
    """`async with Stalls() as stalls:` measures how late the loop comes back to a task that wants to run every tick.

    On a machine that others use too the loop mostly waits for its turn on a core: `computed_ms` leaves that out.
    """

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.computed_ms = 0.0
        self.collected_ms = 0.0  # the longest collection of garbage, during which no thread runs
        self.places: Counter[str] = Counter()
        self._beat = time.perf_counter()
        self._loop_thread = threading.get_ident()
        self._is_over = threading.Event()
        self._began_collecting = 0.0

    async def __aenter__(self) -> Self:
        gc.callbacks.append(self._collect)
        self._task = asyncio.create_task(self._tick())
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        gc.callbacks.remove(self._collect)
        self._task.cancel()
        self._is_over.set()
        await asyncio.to_thread(self._thread.join)

    async def _tick(self) -> None:
        while True:
            computed, self._beat = time.process_time(), time.perf_counter()
            await asyncio.sleep(TICK)
            late = time.perf_counter() - self._beat - TICK
            self.longest_ms = max(self.longest_ms, late * 1000)
            self.computed_ms = max(self.computed_ms, (time.process_time() - computed) * 1000)

    def _look(self) -> None:
        while not self._is_over.wait(TICK):
            if time.perf_counter() - self._beat > LATE:
                self.places[_place(sys._current_frames()[self._loop_thread])] += 1  # noqa: SLF001 (the documented way)

    def _collect(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._began_collecting = time.perf_counter()
        else:
            self.collected_ms = max(self.collected_ms, (time.perf_counter() - self._began_collecting) * 1000)


def _place(frame: FrameType | None) -> str:
    """The innermost function of ours; the loop itself where it is in none."""
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(ROOT) and not path.startswith(OUTSIDE):
            return f"{path.removeprefix(ROOT + '/')}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return "the loop"
