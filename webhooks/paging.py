"""A page of a list, and where the next one begins."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class HasId(Protocol):
    """A row whose id can be the cursor."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=HasId)


def page_of(found: Sequence[Row], length: int) -> tuple[Sequence[Row], int | None]:
    """The first `length` of rows that were asked for with one more, and the next cursor: None on the last page."""
    rows = found[:length]
    return rows, rows[-1].id if len(found) > length else None
