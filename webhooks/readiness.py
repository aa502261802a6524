"""How ready the desk is, looked at no more than once a second however often it is asked."""

import asyncio
from collections.abc import Mapping, Sequence

from core.clock import Clock
from core.desk import Check, Desk, PartState

FRESH_SECONDS = 1.0


class Readiness:
    """Remembers the last look: probes are open to everybody, and each look asks the database and the index."""

    def __init__(self, desk: Desk, checks: Mapping[str, Check], clock: Clock) -> None:
        self._desk = desk
        self._checks = checks
        self._clock = clock
        self._looking = asyncio.Lock()
        self._states: Sequence[PartState] = ()
        self._looked_at = float("-inf")

    async def states(self) -> Sequence[PartState]:
        """One state a part; those who ask meanwhile wait for the same look."""
        async with self._looking:
            if self._clock.monotonic() - self._looked_at >= FRESH_SECONDS:
                self._states = await self._desk.readiness(self._checks)
                self._looked_at = self._clock.monotonic()
            return self._states
