"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from core.clock import Clock

MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeClock(Clock):
    def __init__(self, start: datetime = MONDAY_MORNING) -> None:
        self._now = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, **by: float) -> None:
        """Move on by what `timedelta` takes: `clock.advance(minutes=5)`."""
        step = timedelta(**by)
        self._now += step
        self._elapsed += step.total_seconds()
