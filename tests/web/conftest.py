"""A desk with its web for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright

from config.bootstrap import Replacements, build_desk
from config.doors import web_options
from config.settings import Settings
from tests.fakes.clock import FakeClock
from tests.web.chromium import CHROMIUM
from tests.web.web_desk import Client, Outbox, WebDesk, web_settings
from webhooks.app import build_web


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
    clock, outbox = FakeClock(), Outbox()
    desk = await build_desk(settings, Replacements(clock=clock, transport=outbox, strict_audit=True))
    server = TestServer(build_web(desk, web_options(settings)))
    await server.start_server()
    built = WebDesk(desk=desk, server=server, clock=clock, outbox=outbox)
    yield built
    for browser in built.browsers:
        await browser.session.close()
    await server.close()
    await desk.close()


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
