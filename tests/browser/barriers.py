"""What keeps people from using a page: broken rules of WCAG 2.2 AA, a keyboard that gets lost, a page too wide.

Rules: https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
"""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OF_LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
"""Rules whose verdict may differ in the dark and on a phone; all others read what both looks share."""
OF_SEVERAL_STOPS = ('type="radio', 'type="date')
HEIGHT = 844
PHONE = 390
NARROWEST = 320  # also a desk of 1280 px at 400 %
ZOOMED = 640  # a desk of 1280 px at 200 %
DESK = 1280

RUN = """rules => axe.run({runOnly: rules, resultTypes: ['violations']}).then(
  found => found.violations.map(one => [one.id, one.nodes.map(node => node.html.slice(0, 160))]))"""
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


async def barriers(page: Page) -> list[str]:
    """Of the page that is open, in every look; it is left wide and light."""
    await page.set_viewport_size({"width": DESK, "height": HEIGHT})
    found = await _lost_by_keyboard(page)
    if await page.locator("h1").count() != 1:
        found.append("has not one h1")
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    await page.evaluate(Axe().axe_script)
    found += await broken_rules(page, *STANDARD)
    await page.set_viewport_size({"width": PHONE, "height": HEIGHT})
    await page.emulate_media(color_scheme="dark")
    found += [f"{one} (dark, on a phone)" for one in await broken_rules(page, *OF_LOOKS)]
    await page.emulate_media(color_scheme="light")
    return found + await too_wide(page, NARROWEST, ZOOMED)


async def broken_rules(page: Page, *rules: str) -> list[str]:
    """Each with the beginning of every element that breaks it; axe has been loaded."""
    return [f"{rule}: {nodes}" for rule, nodes in await page.evaluate(RUN, rules)]


async def too_wide(page: Page, *widths: int) -> list[str]:
    """Where the page has to be moved sideways to be read."""
    found = []
    for width in widths:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"scrolls sideways at {width} px")
    return found


async def _lost_by_keyboard(page: Page) -> list[str]:
    """Go through a page by Tab; what is focused unseen, unmarked or out of the order of reading."""
    found: list[str] = []
    before = -1
    while True:
        await page.keyboard.press("Tab")
        focused: dict[str, Any] | None = await page.evaluate(FOCUSED)
        if focused is None or focused["position"] < before:
            break
        if before < 0 and 'class="skip"' not in focused["name"]:
            found.append(f"does not begin with the link to the content: {focused['name']}")
        if focused["position"] != before:  # the browser marks the further stops of a field itself
            found += [f"{word}: {focused['name']}" for word in ("isMarked", "isInView") if not focused[word]]
        if focused["position"] == before and not any(kind in focused["name"] for kind in OF_SEVERAL_STOPS):
            break
        before = focused["position"]
    return found
