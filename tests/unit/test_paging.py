"""A list whose last page is full leads to no further, empty one."""

from types import SimpleNamespace

import pytest

from webhooks.paging import page_of


@pytest.mark.parametrize(
    ("there", "shown", "cursor"), [(0, [], None), (2, [1, 2], None), (3, [1, 2, 3], None), (4, [1, 2, 3], 3)]
)
def test_only_a_page_with_more_behind_it_has_a_cursor(there: int, shown: list[int], cursor: int | None) -> None:
    rows, following = page_of([SimpleNamespace(id=number) for number in range(1, there + 1)], 3)

    assert ([row.id for row in rows], following) == (shown, cursor)
