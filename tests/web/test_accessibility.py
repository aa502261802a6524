"""Every page against WCAG 2.2 AA, by axe-core in a real browser: light and dark, on a desk and on a phone.

Rules: https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
"""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, expect

from core.people.models import User
from core.people.values import Role
from core.tickets.actions import NewReply, StoredAttachment, add_internal_note, add_reply
from core.tickets.queries import lock_ticket
from tests.web.chromium import IN_CHROMIUM
from tests.web.test_browser import PAGES
from tests.web.web_desk import WebDesk

pytestmark = IN_CHROMIUM

STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = ((1280, "light"), (390, "dark"))
FOR_ANYBODY = ("/login", "/auth/magic-link/no-such-link", "/nowhere")
FOR_REQUESTERS = ("/tickets", "/tickets/1", "/tickets/1/edit", "/tickets/2", "/tickets/new", "/account")
FOR_ADMINS = (*PAGES, "/tickets?due=true", "/tickets?q=printer", "/tickets/2")


async def test_a_page_that_names_no_picture_is_found_out(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=data:,></main>")
    assert [rule for rule, _ in await _violations(page)] == ["image-alt"]


async def test_the_pages_for_anybody_are_accessible(site: WebDesk, context: BrowserContext) -> None:
    await _fill(site)
    assert await _wrong(await context.new_page(), FOR_ANYBODY) == {}


@pytest.mark.parametrize(("name", "paths"), [("ada", FOR_REQUESTERS), ("root", FOR_ADMINS)], ids=["requester", "admin"])
async def test_the_pages_of_whoever_is_signed_in_are_accessible(
    site: WebDesk, context: BrowserContext, name: str, paths: tuple[str, ...]
) -> None:
    people = await _fill(site)
    page = await context.new_page()
    await page.goto(await site.link_of(people[name]))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("h1")).to_contain_text("ickets")
    assert await _wrong(page, paths) == {}


async def _fill(site: WebDesk) -> dict[str, User]:
    """An open ticket with a reply, a note and a file, and a public one; and the people."""
    ada, grace = await site.person("ada"), await site.person("grace", Role.MODERATOR)
    await site.ticket(ada)
    sha256 = await site.desk.blobs.write(b"E42")
    file = StoredAttachment(filename="log.txt", content_type="text/plain", size=3, sha256=sha256)
    async with site.desk.unit_of_work(site.actor_of(grace)) as uow:
        author, ticket = await uow.session.get_one(User, grace.id), await lock_ticket(uow, 1)
        await add_reply(uow, ticket, NewReply(text="Which one?", channel="web", attachments=[file]), author=author)
        await add_internal_note(uow, ticket, NewReply(text="The roller again.", channel="web"), author=author)
        await uow.commit()
    await site.ticket(grace, title="The printer is slow", is_public=True)
    await site.run_jobs("triage.suggest")
    return {"ada": ada, "grace": grace, "root": await site.person("root", Role.ADMIN)}


async def _wrong(page: Page, paths: tuple[str, ...]) -> dict[str, list[tuple[str, list[str]]]]:
    """What is wrong on each page, in each look; nothing of those that are well."""
    wrong = {}
    for path in paths:
        await page.goto(path)
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
