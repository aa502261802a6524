"""How much one person counts where many have said something: nobody steers an organization alone."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

LARGEST_SHARE = 1 / 3
"""Of all weight in the learning of the threshold, what was measured beforehand included, that one person may have."""


def one_voice_each(said: Iterable[tuple[Hashable, float]]) -> float:
    """The sum of (person, weight), where whoever repeats themselves counts as much as the strongest they said once."""
    sums: dict[Hashable, float] = defaultdict(float)
    strongest: dict[Hashable, float] = defaultdict(float)
    for person, weight in said:
        sums[person] += weight
        strongest[person] = max(strongest[person], abs(weight))
    return sum(max(-strongest[person], min(total, strongest[person])) for person, total in sums.items())


def shared_out(said: Sequence[tuple[Hashable, float]], *, measured: float) -> list[float]:
    """The weights of (person, weight), nobody's being more than their share of all; `measured` weighs beside them."""
    totals: dict[Hashable, float] = defaultdict(float)
    for person, weight in said:
        totals[person] += weight
    most = _largest_allowed(sorted(totals.values()), measured)
    return [weight * min(1.0, most / totals[person]) if weight else 0.0 for person, weight in said]


def _largest_allowed(totals: Sequence[float], measured: float) -> float:
    """The `most` for which most = share · (measured + the sum of every total, none above `most`). Totals ascend."""
    below = measured
    for i, total in enumerate(totals):
        above = len(totals) - i
        room = 1 - LARGEST_SHARE * above
        if room > 0 and LARGEST_SHARE * below / room <= total:
            return LARGEST_SHARE * below / room
        below += total
    return float("inf")
