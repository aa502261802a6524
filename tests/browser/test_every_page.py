"""Every page in a real browser: against WCAG 2.2 AA, by keyboard alone, light and dark, on a desk and on a phone."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext

from tests.browser.barriers import STANDARD, barriers, broken_rules
from tests.browser.chromium import IN_CHROMIUM, window
from tests.browser.every_page import Walk, sign_in
from tests.web.web_desk import WebDesk
from webhooks.routes import PAGES

NOT_OURS = ("/attachments/", "/formatted", "/raw")  # files, and a sender's own mail in a locked frame

pytestmark = IN_CHROMIUM


async def test_a_page_that_names_no_picture_is_found_out(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=data:,></main>")
    await page.evaluate(Axe().axe_script)
    assert [one.partition(":")[0] for one in await broken_rules(page, *STANDARD)] == ["image-alt"]


@pytest.mark.parametrize("place", range(4), ids=["anybody", "requester", "moderator", "admin"])
async def test_no_page_has_a_barrier(filled: tuple[WebDesk, Walk], chromium: Browser, place: int) -> None:
    site, walk = filled
    user, paths = walk[place]
    found: list[str] = []
    async with window(chromium, site) as opened:
        page = await opened.new_page()
        if user is not None:
            await sign_in(site, page, user)
        for path in paths:
            await page.goto(path)
            found += [f"{path}: {one}" for one in await barriers(page)]
    assert found == []


async def test_no_page_is_left_out(filled: tuple[WebDesk, Walk]) -> None:
    read = [path.partition("?")[0] for _, paths in filled[1] for path in paths]
    for route in PAGES:
        if route.method == "GET" and route.path != "/" and not any(part in route.path for part in NOT_OURS):
            pattern = re.sub(r"{\w+:((?:[^{}]|{[^{}]*})*)}", r"(?:\1)", route.path)
            pattern = re.sub(r"{\w+}", "[^/]+", pattern)
            assert any(re.fullmatch(pattern, path) for path in read), route.path
