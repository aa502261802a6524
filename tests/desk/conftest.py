"""A desk of the core on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders import CoreDesk, core_desk


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[CoreDesk]:
    built = await core_desk(database_url, tmp_path)
    yield built
    await built.database.close()
