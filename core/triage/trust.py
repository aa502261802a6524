"""What the odds of a learned classifier are worth, as examples show that it has not learned from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from core.triage.rows import Floats, Integers

PARTS_MIXED = 10
"""The shares that are tried are tenths."""
TEMPERATURES = tuple(float(value) for value in np.geomspace(0.2, 4.0, 50))
PRECISION_WANTED = 0.90
CAUTIONS = (1.96, 1.64)
"""Standard errors: how far the share of right guesses may be chance, one time in forty, or one in twenty."""
COVERAGE_WANTED = 0.6
"""Where a more cautious limit lets it speak of fewer, the less cautious one is taken."""
STEPS = 15
FEWEST_IN_A_STEP = 30
BELIEF = 10
"""Examples that the probability itself counts for in each step of the curve."""

Mix = tuple[float, ...]
"""How much each kind of odds counts."""
Curve = tuple[tuple[float, ...], tuple[float, ...]]
"""Probabilities that were given, rising, and how often those guesses were right."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How the kinds of odds are mixed, how often such guesses are right, and from where on it may speak."""

    mix: Mix
    temperature: float
    sure_above: float
    curve: Curve = ((0.0, 1.0), (0.0, 1.0))

    @classmethod
    def of(cls, kinds: Sequence[Floats], wanted: Integers) -> "Trust":
        """The likeliest mix and temperature (https://arxiv.org/abs/1706.04599); without examples, sure of nothing."""
        if not len(wanted):
            return cls((1 / len(kinds),) * len(kinds), 1.0, float("inf"))
        mix = min(mixes(len(kinds)), key=lambda tried: lowest_loss(_mixed(kinds, tried), wanted, TEMPERATURES[::4]))
        odds = _mixed(kinds, mix)
        temperature = min(TEMPERATURES, key=lambda tried: loss(softmax(odds, tried), wanted))
        shares = softmax(odds, temperature)
        highest, right = shares.max(1), shares.argmax(1) == wanted
        return cls(mix, temperature, _sure_above(highest, right), curve_of(highest, right))

    def shares(self, kinds: Sequence[Floats]) -> Floats:
        """Probabilities, one row a text."""
        return softmax(_mixed(kinds, self.mix), self.temperature)

    def confidence(self, share: float) -> float:
        """How often a guess of this probability is right."""
        return float(np.interp(share, *self.curve))


def softmax(odds: Floats, temperature: float) -> Floats:
    """Probabilities out of odds."""
    scaled = odds / np.float32(temperature)
    shares: Floats = np.exp(scaled - scaled.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    return shares


def loss(shares: Floats, wanted: Integers) -> float:
    """The mean of minus the logarithm of the right labels' probabilities."""
    return -float(np.log(np.maximum(shares[np.arange(len(wanted)), wanted], 1e-12)).mean())


def lowest_loss(odds: Floats, wanted: Integers, temperatures: Sequence[float] = TEMPERATURES) -> float:
    """The loss at the temperature that suits the odds best."""
    return min(loss(softmax(odds, temperature), wanted) for temperature in temperatures)


def mixes(kinds: int) -> Iterator[Mix]:
    """Every way to share out tenths among so many kinds."""
    for parts in product(range(PARTS_MIXED + 1), repeat=kinds):
        if sum(parts) == PARTS_MIXED:
            yield tuple(part / PARTS_MIXED for part in parts)


def curve_of(highest: Floats, right: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> Curve:
    """How often guesses are right, by their probability: means of steps that never fall.

    One temperature cannot tell of labels that are noisy alike however clear the text is; a curve can.
    """
    order = np.argsort(highest, kind="stable")
    steps = max(1, min(STEPS, len(order) // FEWEST_IN_A_STEP))
    parts = [part for part in np.array_split(order, steps) if len(part)]
    given = [float(highest[part].mean()) for part in parts]
    seen = [
        (float(right[part].sum()) + BELIEF * at) / (len(part) + BELIEF) for part, at in zip(parts, given, strict=True)
    ]
    rising = _never_falling(seen, [len(part) for part in parts])
    return (0.0, *given, 1.0), (0.0, *rising, rising[-1])


def _never_falling(values: list[float], weights: list[int]) -> list[float]:
    """The nearest values that never fall (pool adjacent violators)."""
    pools: list[tuple[float, int, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, left, many), (other, right, more) = pools[-2:]
            pools[-2:] = [((one * left + other * right) / (left + right), left + right, many + more)]
    return [value for value, _, many in pools for _ in range(many)]


def _mixed(kinds: Sequence[Floats], mix: Mix) -> Floats:
    mixed: Floats = np.zeros_like(kinds[0])
    for part, odds in zip(mix, kinds, strict=True):
        mixed += np.float32(part) * odds
    return mixed


def _sure_above(highest: Floats, right: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> float:
    """The lowest probability above which enough of the held-out guesses were right; infinite where none is."""
    limit = float("inf")
    for caution in CAUTIONS:
        limit = _limit(highest, right, caution)
        if float((highest >= limit).mean()) >= COVERAGE_WANTED:
            break
    return limit


def _limit(highest: Floats, right: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", caution: float) -> float:
    """Enough is by the lower end of an interval (Wilson): of fewer examples, more is asked."""
    order = np.argsort(-highest, kind="stable")
    seen = np.arange(1, len(order) + 1)
    share = np.cumsum(right[order]) / seen
    spread = caution * np.sqrt(share * (1 - share) / seen + caution**2 / (4 * seen**2))
    lowest = (share + caution**2 / (2 * seen) - spread) / (1 + caution**2 / seen)
    enough = np.flatnonzero(lowest >= PRECISION_WANTED)
    return float(highest[order[enough[-1]]]) if len(enough) else float("inf")
