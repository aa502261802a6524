"""One browser for all tests of a process, and desks that it comes to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.browser.chromium import CHROMIUM, window
from tests.browser.every_page import Walk, every_page
from tests.builders import copy_of
from tests.web.web_desk import Outbox, WebDesk, web_desk, web_settings


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[WebDesk]:
    """A desk of this test's own, in the event loop of the browser."""
    async with web_desk(web_settings(sqlite_url, tmp_path), Outbox()) as built:
        yield built


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser, site: WebDesk) -> AsyncIterator[BrowserContext]:
    async with window(chromium, site) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def filled(template_file: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[WebDesk, Walk]]:
    """A desk that has something on every page, for tests that only read, and who reads which of them."""
    folder = tmp_path_factory.mktemp("filled")
    async with web_desk(web_settings(copy_of(template_file, folder), folder), Outbox()) as built:
        yield built, await every_page(built)
