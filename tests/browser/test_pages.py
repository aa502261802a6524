"""The pages in a real browser: signing in, working a ticket, reading the audit log, on a desk and on a phone."""

from playwright.async_api import BrowserContext, Page, expect

from core.people.values import Role
from tests.browser.barriers import too_wide
from tests.browser.chromium import IN_CHROMIUM
from tests.web.test_formatted import formatted_ticket
from tests.web.web_desk import PASSWORD, WebDesk

PAGES = (
    *("/tickets", "/tickets/1", "/tickets/1/edit", "/tickets/new", "/tickets/new?kind=bug", "/account"),
    *("/admin", "/admin/audit", "/admin/users", "/admin/similar", "/admin/jobs", "/admin/quarantine"),
)

pytestmark = IN_CHROMIUM


async def _sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    await page.get_by_label("Username or mail address").fill(login)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_an_admin_signs_in_and_reads_who_did_what(site: WebDesk, context: BrowserContext) -> None:
    await site.person("root", Role.ADMIN, password=PASSWORD)
    await site.ticket(await site.person("ada"), title="The <b>printer</b> jams")
    page = await context.new_page()
    await page.goto("/admin/audit")
    await _sign_in(page, "root", "a wrong password")
    await expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    await _sign_in(page, "root")
    await expect(page).to_have_url(f"{site.server.make_url('/')}admin/audit")
    records = page.get_by_role("article")
    await expect(records.first).to_contain_text("user signed in")
    await expect(records.first).to_contain_text("127.0.0.1")
    await expect(records.nth(1)).to_contain_text("user sign in failed")
    await page.get_by_label("What").select_option("ticket")
    await page.get_by_role("button", name="Filter").click()
    await expect(records).to_have_count(1)
    await expect(records.first).to_contain_text("The <b>printer</b> jams")
    await expect(records.first.locator("time")).to_have_text("2 Mar 2026, 10:00")
    await page.get_by_label("Since").fill("2026-03-02T10:30")  # in Berlin; it was filed at 10:00
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_text("No record fits these filters.")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.goto("/admin/audit")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_signing_in_needs_no_mouse(site: WebDesk, context: BrowserContext) -> None:
    await site.person("ada", password=PASSWORD)
    page = await context.new_page()
    await page.goto("/login")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.type("ada")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="My tickets")).to_be_visible()


async def test_a_one_time_link_signs_in_by_its_button(site: WebDesk, context: BrowserContext) -> None:
    path = await site.link_of(await site.person("ada"))
    page = await context.new_page()
    await page.goto(path)
    await page.reload()
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="My tickets")).to_be_visible()
    await page.goto(path)
    await expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()


async def test_a_link_followed_from_a_mail_finds_the_signed_in_person(site: WebDesk, context: BrowserContext) -> None:
    """The cookie is SameSite=Strict: it comes along with the refresh from our own page."""
    ada = await site.person("ada")
    await site.ticket(ada)
    page = await context.new_page()
    await page.goto(await site.link_of(ada))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="My tickets")).to_be_visible()
    mail = f'<a href="{site.server.make_url("/tickets/1")}">your ticket</a>'
    await context.route("http://mail.example/", lambda route: route.fulfill(body=mail, content_type="text/html"))
    await page.goto("http://mail.example/")
    await page.get_by_role("link", name="your ticket").click()
    await expect(page.get_by_role("heading", name="The printer jams")).to_be_visible()


async def test_a_moderator_answers_and_resolves(site: WebDesk, context: BrowserContext) -> None:
    grace = await site.person("grace", Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    page = await context.new_page()
    await page.goto(await site.link_of(grace))
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="The printer jams").click()
    await page.get_by_role("button", name="Take it").click()
    await expect(page.get_by_label("Assigned to")).to_have_value(str(grace.id))
    await page.get_by_label("Text", exact=True).fill("Again the roller.")
    await page.get_by_label("Internal note").check()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".message.note")).to_contain_text("Again the roller.")
    await page.get_by_label("What solved it?").fill("Cleaned the rollers.")
    await page.get_by_label("Public: anybody may read").check()
    await page.get_by_role("button", name="Resolve").click()
    await expect(page.get_by_text("Cleaned the rollers.")).to_be_visible()
    await expect(page.get_by_role("button", name="Reopen")).to_be_visible()


async def test_words_of_somebody_who_was_signed_out_stand_in_the_form_again(
    site: WebDesk, context: BrowserContext
) -> None:
    ada = await site.person("ada", password=PASSWORD)
    await site.ticket(ada)
    page = await context.new_page()
    await page.goto(await site.link_of(ada))
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="The printer jams").click()
    await page.get_by_label("Text", exact=True).fill("Twenty minutes of <words>.")
    await context.clear_cookies()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await page.get_by_role("link", name="Sign in").click()
    await _sign_in(page, "ada")
    field = page.get_by_label("Text", exact=True)
    await expect(field).to_have_value("Twenty minutes of <words>.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#latest")).to_contain_text("Twenty minutes of <words>.")
    await expect(field).to_have_value("")


async def test_a_formatted_mail_shows_its_own_picture_and_fetches_nothing(
    site: WebDesk, context: BrowserContext
) -> None:
    grace = await site.person("grace", Role.MODERATOR)
    await formatted_ticket(site, '<p>See <b>here</b></p><img alt="shot" src="cid:shot@mail">')
    asked: list[str] = []
    page = await context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(await site.link_of(grace))
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="The printer jams").click()
    await page.get_by_text("As the sender formatted it").click()
    frame = page.frame_locator("iframe.formatted")
    await expect(frame.locator("b")).to_have_text("here")
    picture = frame.get_by_alt_text("shot")
    await expect(picture).to_have_js_property("naturalWidth", 2)
    assert [url for url in asked if not url.startswith(("http://127.0.0.1", "data:"))] == []


async def test_one_long_word_widens_no_page(site: WebDesk, context: BrowserContext) -> None:
    root = await site.person("root", Role.ADMIN, full_name="r" * 150)
    await site.ticket(root, title="x" * 290, description="y" * 500)
    page = await context.new_page()
    await page.goto(await site.link_of(root))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Tickets")).to_be_visible()
    wide: list[str] = []
    for path in PAGES:
        await page.goto(path)
        wide += [f"{path}: {one}" for one in await too_wide(page, 390, 800, 1200)]
    assert wide == []


async def test_pages_are_light_or_dark_as_the_system_says(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/login")
    shades: list[int] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        background: str = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        shades.append(sum(int(part) for part in background[4:-1].split(",")))
    light, dark = shades
    assert dark < 384 < light
