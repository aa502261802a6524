"""The browser of these tests, and what each sees of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage

from tests.web.web_desk import WebDesk

CHROMIUM = Path("/usr/bin/chromium")
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="a browser: install Chromium (apt-get install chromium)"),
    pytest.mark.asyncio(loop_scope="session"),
]


@asynccontextmanager
async def window(chromium: Browser, site: WebDesk) -> AsyncIterator[BrowserContext]:
    """A fresh browser window in Berlin; a blocked resource or script error fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            complaints.append(message.text)

    opened = await chromium.new_context(
        base_url=str(site.server.make_url("/")), timezone_id="Europe/Berlin", locale="en-GB"
    )
    opened.on("console", note)
    opened.on("weberror", lambda error: complaints.append(str(error.error)))
    try:
        yield opened
    finally:
        await opened.close()
    assert complaints == []
