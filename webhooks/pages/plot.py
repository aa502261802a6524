"""Lines over time as geometry for an inline SVG; the template draws them and shows the same numbers in a table."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 96.0, 12.0, 26.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One measure: `runs` are polylines ("x,y x,y"), broken where there was nothing to measure; `dots` its points."""

    name: str
    style: str
    runs: Sequence[str]
    dots: Sequence[tuple[float, float]]


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


def height_of(share: float) -> float:
    """The y of a share: 0 at the bottom, 1 at the top."""
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _x(n: int, count: int) -> float:
    return LEFT + (n / max(count - 1, 1)) * (WIDTH - LEFT - RIGHT)
