"""Lines and bars over time as geometry for inline SVG, which the template draws beside the same numbers in a table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

WIDTH, HEIGHT = 640.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 72.0, 140.0, 16.0, 36.0  # room for letters that are still legible on a phone
NAME_GAP = 24.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
BAR_SHARE = 0.7
"""How much of its room a bar takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One measure: `runs` are polylines ("x,y x,y"), broken where there was nothing to measure; `dots` its points.

    `name_y` is where its name stands, beside its last point or as near as other names let it.
    """

    name: str
    style: str
    runs: Sequence[str]
    dots: Sequence[tuple[float, float]]
    name_y: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """What was kept, from the bottom, and what was broken, upon it; heights and places in the picture's units."""

    x: float
    width: float
    kept_y: float
    kept_height: float
    broken_y: float
    broken_height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """One bar a week, or none where nothing was counted; `ticks` are (count, y)."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[int, float]]


def kept_bars(weeks: Sequence[tuple[int, int]]) -> Bars:
    """Of (kept, broken) each week, evenly spaced from left to right, on a scale of whole numbers."""
    top = _round_top(max((kept + broken for kept, broken in weeks), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(len(weeks), 1)
    bars = []
    for n, (kept, broken) in enumerate(weeks):
        if kept + broken:
            kept_y, broken_y = height_of(kept / top), height_of((kept + broken) / top)
            bars.append(
                Bar(
                    x=round(LEFT + room * (n + (1 - BAR_SHARE) / 2), 1),
                    width=round(room * BAR_SHARE, 1),
                    kept_y=kept_y,
                    kept_height=round(height_of(0) - kept_y, 1),
                    broken_y=broken_y,
                    broken_height=round(kept_y - broken_y, 1),
                )
            )
    return Bars(bars=bars, ticks=[(count, height_of(count / top)) for count in (0, top // 2, top)])


def _round_top(most: int) -> int:
    """A round even number that is no less."""
    power = 10 ** max(len(str(most)) - 1, 0)
    return int(next(top for step in (2, 3, 4, 5, 6, 8, 10) if (top := step * power) >= most and top % 2 == 0))


def share_line(name: str, style: str, shares: Sequence[float | None]) -> Line:
    """A line of shares between 0 and 1, evenly spaced from left to right."""
    runs: list[list[tuple[float, float]]] = [[]]
    for n, share in enumerate(shares):
        if share is None:
            runs.append([])
        else:
            runs[-1].append((_x(n, len(shares)), height_of(share)))
    return Line(
        name=name,
        style=style,
        runs=[" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in runs if len(run) > 1],
        dots=[(round(x, 1), round(y, 1)) for run in runs for x, y in run],
    )


def named(lines: Sequence[Line]) -> list[Line]:
    """The lines that have points, with their names apart from each other and within the picture."""
    placed: list[Line] = []
    lowest = 0.0
    for line in sorted((line for line in lines if line.dots), key=lambda line: line.dots[-1][1]):
        lowest = max(line.dots[-1][1], lowest + NAME_GAP if placed else TOP)
        placed.append(replace(line, name_y=lowest))
    highest = HEIGHT - BOTTOM
    for index in reversed(range(len(placed))):
        highest = min(placed[index].name_y, highest)
        placed[index] = replace(placed[index], name_y=highest)
        highest -= NAME_GAP
    return placed


def height_of(share: float) -> float:
    """The y of a share: 0 at the bottom, 1 at the top."""
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _x(n: int, count: int) -> float:
    return LEFT + (n / max(count - 1, 1)) * (WIDTH - LEFT - RIGHT)
