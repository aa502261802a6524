"""Time as a thing that tests can hold in their hand."""

import time
from datetime import UTC, datetime


class Clock:
    """The wall clock, always in UTC, and a monotonic one for durations in seconds."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
