"""Work on one thing after another, in which the fault of one does not keep the others from theirs."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


async def each_by_itself(items: Iterable[Item], work: Callable[[Item], Awaitable[object]]) -> None:
    """Await `work` of each item in turn; the last fault is raised when every other has had its turn."""
    failed: Exception | None = None
    for item in items:
        try:
            await work(item)
        except Exception as error:  # noqa: BLE001 (raised below)
            failed = error
    if failed is not None:
        raise failed
