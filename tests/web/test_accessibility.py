"""Every page against WCAG 2.2 AA, by axe-core in a real browser: light and dark, on a desk and on a phone.

Rules: https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
"""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page

from tests.web.chromium import IN_CHROMIUM
from tests.web.every_page import every_page, sign_in
from tests.web.web_desk import WebDesk

pytestmark = IN_CHROMIUM

STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = ((1280, "light"), (390, "dark"))


async def test_a_page_that_names_no_picture_is_found_out(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=data:,></main>")
    assert [rule for rule, _ in await _violations(page)] == ["image-alt"]


@pytest.mark.parametrize("place", range(4), ids=["anybody", "requester", "moderator", "admin"])
async def test_every_page_is_accessible(site: WebDesk, context: BrowserContext, place: int) -> None:
    user, paths = (await every_page(site))[place]
    page = await context.new_page()
    if user is not None:
        await sign_in(site, page, user)
    assert await _wrong(page, paths) == {}


async def _wrong(page: Page, paths: tuple[str, ...]) -> dict[str, list[tuple[str, list[str]]]]:
    """What is wrong on each page, in each look; nothing of those that are well."""
    wrong = {}
    for path in paths:
        await page.goto(path)
        await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for width, scheme in LOOKS:
            await page.set_viewport_size({"width": width, "height": 844})
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            if found := await _violations(page):
                wrong[f"{path} {width} {scheme}"] = found
    return wrong


async def _violations(page: Page) -> list[tuple[str, list[str]]]:
    """Broken rules, each with the beginning of every element that breaks it."""
    found = (await Axe().run(page, options=STANDARD)).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
