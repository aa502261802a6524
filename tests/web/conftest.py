"""A desk with its web for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.settings import Settings
from tests.web.web_desk import Client, Outbox, WebDesk, web_desk, web_settings


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return web_settings(sqlite_url, tmp_path)


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[WebDesk]:
    async with web_desk(settings, Outbox()) as built:
        yield built


@pytest.fixture
async def browser(site: WebDesk) -> Client:
    """Somebody who is not signed in."""
    return site.browser()
