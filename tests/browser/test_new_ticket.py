"""The form of a new ticket in a real browser, with its script and without."""

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from tests.browser.chromium import IN_CHROMIUM
from tests.web.web_desk import WebDesk
from webhooks.uploads import MOST_FILES

pytestmark = IN_CHROMIUM
TITLE = "Printer jams on both sides"


@pytest_asyncio.fixture(loop_scope="session")
async def without_scripts(chromium: Browser, site: WebDesk) -> AsyncIterator[BrowserContext]:
    window = await chromium.new_context(base_url=str(site.server.make_url("/")), java_script_enabled=False)
    yield window
    await window.close()


async def _open(site: WebDesk, window: BrowserContext) -> Page:
    page = await window.new_page()
    await page.goto(await site.link_of(await site.person("ada")))
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="New ticket").first.click()
    return page


async def test_similar_tickets_show_while_somebody_types(site: WebDesk, context: BrowserContext) -> None:
    await site.solved(TITLE)
    page = await _open(site, context)
    await page.get_by_label("What is it about?").press_sequentially(TITLE)
    await expect(page.get_by_text("Clean the rollers.")).to_be_visible()
    await expect(page.get_by_role("status")).to_have_text("Solved before, perhaps the same:")
    await page.get_by_role("button", name="This solved it").click()
    await expect(page.get_by_role("heading", name="Good to hear")).to_be_visible()


async def test_typing_on_does_not_undo_the_choice_of_a_kind(site: WebDesk, context: BrowserContext) -> None:
    """The network is slow: the answer about the kind comes after the next search was asked for."""
    await site.solved(TITLE)
    page = await _open(site, context)
    go_on = asyncio.Event()
    asked: list[str] = []

    async def hold(route: Route) -> None:
        step = dict(parse_qsl(route.request.post_data or ""))["step"]
        asked.append(step)
        if step == "kind:bug":
            await go_on.wait()
        await route.continue_()

    await page.route("**/tickets/new", hold)
    await page.clock.install()
    await page.get_by_role("button", name="Bug report").click()
    await page.get_by_label("What is it about?").press_sequentially(TITLE)
    await page.clock.run_for(1_000)  # the keys rest: the search is asked for
    assert asked == ["kind:bug"]
    go_on.set()
    await expect(page.get_by_label("Steps to see it again")).to_be_visible()
    await expect(page.get_by_text("Clean the rollers.")).to_be_visible()
    assert asked == ["kind:bug", "similar"]


async def test_another_kind_keeps_words_files_and_focus(site: WebDesk, context: BrowserContext) -> None:
    page = await _open(site, context)
    await page.get_by_label("What is it about?").fill("It fails")
    await page.get_by_label("Files").set_input_files({"name": "log.txt", "mimeType": "text/plain", "buffer": b"E42"})
    bug = page.get_by_role("button", name="Bug report")
    await bug.focus()
    await page.keyboard.press("Enter")
    await expect(bug).to_have_attribute("aria-pressed", "true")
    await expect(bug).to_be_focused()
    await page.get_by_label("Steps to see it again").fill("Press it.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("heading", name="It fails")).to_be_visible()
    await expect(page.get_by_text("Steps to see it again: Press it.")).to_be_visible()
    await expect(page.get_by_role("link", name="log.txt")).to_be_visible()


async def test_enter_in_a_field_sends_the_ticket_and_presses_no_other_button(
    site: WebDesk, without_scripts: BrowserContext
) -> None:
    page = await _open(site, without_scripts)
    await page.get_by_role("button", name="Bug report").click()
    await page.get_by_label("What is it about?").fill("It fails")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="It fails")).to_be_visible()


async def test_every_step_works_without_scripts(site: WebDesk, without_scripts: BrowserContext) -> None:
    await site.solved(TITLE)
    page = await _open(site, without_scripts)
    await page.get_by_label("What is it about?").fill(TITLE)
    await page.get_by_role("button", name="Bug report").click()
    await page.get_by_label("Steps to see it again").fill("Press it.")
    await page.get_by_role("button", name="Look for similar tickets first").click()
    await expect(page.get_by_text("Clean the rollers.")).to_be_visible()
    await expect(page.get_by_label("Steps to see it again")).to_have_value("Press it.")
    await page.get_by_role("button", name="Not helpful").click()
    await expect(page.get_by_text("Clean the rollers.")).to_be_hidden()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Steps to see it again: Press it.")).to_be_visible()


async def test_files_that_would_be_refused_are_told_before_anything_is_sent(
    site: WebDesk, context: BrowserContext
) -> None:
    page = await _open(site, context)
    await page.get_by_label("What is it about?").fill(TITLE)
    files = [FilePayload(name=f"{n}.txt", mimeType="text/plain", buffer=b"E42") for n in range(MOST_FILES + 1)]
    await page.get_by_label("Files").set_input_files(files)
    told = page.get_by_text(f"At most {MOST_FILES} files at once.")
    await expect(told).to_be_visible()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page).to_have_url(re.compile("/tickets/new$"))
    await page.get_by_label("Files").set_input_files(files[1:])
    await expect(told).to_be_hidden()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page).to_have_url(re.compile("/tickets/1$"))
