"""The fault of one does not keep the others from theirs."""

import pytest

from core.jobs.isolation import each_by_itself


async def test_every_item_has_its_turn_and_the_fault_is_told() -> None:
    done: list[int] = []

    async def work(item: int) -> None:
        if item == 1:
            raise OSError("away")
        done.append(item)

    with pytest.raises(OSError, match="away"):
        await each_by_itself([1, 2, 3], work)
    assert done == [2, 3]
