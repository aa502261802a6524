"""A desk with its web for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright

from config.settings import Settings
from tests.web.chromium import CHROMIUM
from tests.web.web_desk import Client, Outbox, WebDesk, web_desk, web_settings


@pytest.fixture(autouse=True)
def plain_tracebacks() -> Iterator[None]:
    """As in a deployment: structlog's own default draws every local variable, which takes seconds."""
    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    yield
    structlog.configure(**before)


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


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def context(chromium: Browser, site: WebDesk) -> AsyncIterator[BrowserContext]:
    """A fresh browser window in Berlin; a blocked resource or script error fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            complaints.append(message.text)

    window = await chromium.new_context(
        base_url=str(site.server.make_url("/")), timezone_id="Europe/Berlin", locale="en-GB"
    )
    window.on("console", note)
    window.on("weberror", lambda error: complaints.append(str(error.error)))
    yield window
    await window.close()
    assert complaints == []
