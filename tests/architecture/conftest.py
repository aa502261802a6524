"""All the code is read once, by one process, and forgotten."""

from pathlib import Path

import pytest

from tests.architecture.tracked_files import syntax_of

HERE = Path(__file__).parent
READ_THE_CODE = {"test_house_rules.py", "test_repository.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Called with the tests of every folder."""
    for item in items:
        if item.path.parent == HERE and item.path.name in READ_THE_CODE:
            item.add_marker(pytest.mark.xdist_group("architecture"))


def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """A million nodes of syntax would be walked by every later garbage collection."""
    if nextitem is None or nextitem.path.parent != HERE:
        syntax_of.cache_clear()
