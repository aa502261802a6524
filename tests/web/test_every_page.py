"""Every page in a real browser, used by keyboard alone, on the narrowest screen and at twice its size."""

import re
from typing import Any

from playwright.async_api import BrowserContext, Page

from tests.web.chromium import IN_CHROMIUM
from tests.web.every_page import every_page, sign_in
from tests.web.web_desk import WebDesk
from webhooks.routes import PAGES

NARROWEST = 320  # also a desk of 1280 px at 400 %
ZOOMED = 640  # a desk of 1280 px at 200 %
NOT_OURS = ("/attachments/", "/formatted", "/raw")  # files, and a sender's own mail in a locked frame

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return {
    name: one.outerHTML.slice(0, 120),
    position: [...document.querySelectorAll('*')].indexOf(one),
    isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    isInView: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


pytestmark = IN_CHROMIUM


async def test_every_page_is_used_by_keyboard_alone_and_fits_when_narrow(
    site: WebDesk, context: BrowserContext
) -> None:
    page = await context.new_page()
    barriers: list[str] = []
    for user, paths in await every_page(site):
        if user is not None:
            await sign_in(site, page, user)
        for path in paths:
            await page.goto(path)
            barriers += [f"{path}: {one}" for one in await _tabbed(page)]
            for width in (NARROWEST, ZOOMED):
                await page.set_viewport_size({"width": width, "height": 844})
                if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                    barriers.append(f"{path}: scrolls sideways at {width} px")
    assert barriers == []


async def _tabbed(page: Page) -> list[str]:
    """Go through a page by Tab; what is focused unseen, unmarked or out of the order of reading."""
    barriers: list[str] = []
    before = -1
    while True:
        await page.keyboard.press("Tab")
        focused: dict[str, Any] | None = await page.evaluate(FOCUSED)
        if focused is None or focused["position"] < before:
            break
        if before < 0 and 'class="skip"' not in focused["name"]:
            barriers.append(f"does not begin with the link to the content: {focused['name']}")
        barriers += [f"{word}: {focused['name']}" for word in ("isMarked", "isInView") if not focused[word]]
        if focused["position"] == before and 'type="radio' not in focused["name"]:
            break
        before = focused["position"]
    return barriers


async def test_no_page_is_left_out(site: WebDesk) -> None:
    read = [path.partition("?")[0] for _, paths in await every_page(site) for path in paths]
    for route in PAGES:
        if route.method == "GET" and route.path != "/" and not any(part in route.path for part in NOT_OURS):
            pattern = re.sub(r"{\w+:((?:[^{}]|{[^{}]*})*)}", r"(?:\1)", route.path)
            pattern = re.sub(r"{\w+}", "[^/]+", pattern)
            assert any(re.fullmatch(pattern, path) for path in read), route.path
