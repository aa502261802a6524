"""A desk of the core on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders import CoreDesk, core_desk
from tests.desk.searching import SearchDesk, search_desk


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[CoreDesk]:
    built = await core_desk(database_url, tmp_path)
    yield built
    await built.database.close()


@pytest.fixture
def searching(desk: CoreDesk) -> SearchDesk:
    return search_desk(desk)
