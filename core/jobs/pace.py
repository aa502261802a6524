"""How many jobs of each lane may start just now.

A burst of messages is first taken in, then read, and only then triaged, compared and answered: whoever hands in a
message waits for it, whoever reads the desk's tickets wants them all there, and the rest catches up.
"""

from collections.abc import Callable, Collection, Mapping

from core.jobs.values import Lane

DEFAULT_LANES: Mapping[Lane, int] = {
    Lane.INTAKE: 64,  # one transaction decides them all
    Lane.DELIVERY: 8,
    Lane.REFRESH: 4,  # apart, so that what nobody has seen yet never waits for what only changes
    Lane.FETCH: 2,
    Lane.AI: 6,  # mostly waiting: for a provider, for the model's one thread, to write
    Lane.INDEX: 1,
    Lane.UPKEEP: 1,
}
HOLD_RATE = 40.0  # messages a second at which nothing starts
LONGEST_HOLD = 2.0  # seconds for which nothing may start; then the jobs have a turn as long
THROTTLE_RATE = 16.0  # messages a second at which only reading them goes on undisturbed, as it does in a backlog
THROTTLE_PAUSE = 0.5  # seconds between two jobs of another lane meanwhile

_FIRST = frozenset({Lane.INTAKE, Lane.FETCH})


class Pace:
    """Counts places by lane.

    Args:
        lanes: how many jobs of a lane may run at once.
        arriving: how many messages a second come in just now.
        monotonic: the clock, in seconds.
    """

    def __init__(
        self, lanes: Mapping[Lane, int], arriving: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self._lanes = dict(lanes)
        self._arriving = arriving
        self._monotonic = monotonic
        self._held_since: float | None = None
        self._has_backlog = False
        self._started: dict[Lane, float] = {}

    @property
    def lanes(self) -> Collection[Lane]:
        return self._lanes

    def holds_back(self) -> bool:
        """Whether nothing at all should start now, nor the database be asked what waits."""
        now = self._monotonic()
        if self._held_since is not None and now - self._held_since >= 2 * LONGEST_HOLD:
            self._held_since = None
        if self._arriving() < HOLD_RATE:
            return False
        if self._held_since is None:
            self._held_since = now
        return now - self._held_since < LONGEST_HOLD

    def places(self, running: Mapping[Lane, int], due: Collection[Lane]) -> dict[Lane, int]:
        """Places in the lanes in which something is due, given what runs in each."""
        free = {lane: self._free(lane, running.get(lane, 0)) for lane in self._lanes if lane in due}
        return {lane: count for lane, count in free.items() if count > 0}

    def started(self, due: Collection[Lane], places: Mapping[Lane, int], claimed: Mapping[Lane, int]) -> None:
        """Tell what was due, and how many jobs were claimed of the places there were."""
        now = self._monotonic()
        self._started |= {lane: now for lane, count in claimed.items() if count}
        is_full = claimed.get(Lane.INTAKE, 0) == places.get(Lane.INTAKE, 0)
        self._has_backlog = Lane.INTAKE in self._lanes and Lane.INTAKE in due and is_full

    def _free(self, lane: Lane, running: int) -> int:
        free = self._lanes[lane] - running
        if lane in _FIRST or not (self._has_backlog or self._arriving() >= THROTTLE_RATE):
            return free
        is_too_soon = self._monotonic() - self._started.get(lane, float("-inf")) < THROTTLE_PAUSE
        return 0 if is_too_soon else min(free, 1)
