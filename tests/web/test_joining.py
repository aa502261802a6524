"""How somebody new comes in by the pages: registering, a forgotten password, or added by an admin."""

from core.people.values import Role
from tests.web.web_desk import PASSWORD, WebDesk, send_form

NEW = {"full_name": "Nora New", "email": "Nora@People.example", "password": PASSWORD}


async def test_somebody_new_registers_confirms_and_signs_in(site: WebDesk) -> None:
    browser = site.browser()
    assert 'href="/register"' in await (await browser.get("/login")).text()
    answer = await send_form(browser, "/register", **NEW)
    assert answer.status == 200
    assert "A link to confirm it is on its way" in await answer.text()
    link = await site.mailed_link("nora@people.example")
    assert "did you register as <strong>nora</strong>" in await (await browser.get(link)).text()
    assert (await send_form(browser, link)).status == 200
    signed = await send_form(browser, "/login", login="nora@people.example", password=PASSWORD)
    assert signed.headers["Location"] == "/tickets"
    assert (await browser.get("/register", allow_redirects=False)).headers["Location"] == "/tickets"
    me = await (await browser.get("/api/v1/auth/me")).json()
    assert (me["full_name"], me["role"], me["email_verified"]) == ("Nora New", "user", True)


async def test_a_refused_registration_keeps_what_was_typed_but_the_password(site: WebDesk) -> None:
    browser = site.browser()
    for wrong, field in (({"password": "short"}, "password"), ({"email": "nobody"}, "email")):
        answer = await send_form(browser, "/register", **NEW | wrong)
        page = await answer.text()
        assert answer.status == 422
        assert 'value="Nora New"' in page
        assert f'name="{field}"' in page.partition('aria-invalid="true"')[0].rpartition("<input")[2]
        assert PASSWORD not in page


async def test_an_address_that_is_somebodys_is_told_to_nobody_but_its_owner(site: WebDesk) -> None:
    await site.person("nora", full_name="The real Nora")
    answer = await send_form(site.browser(), "/register", **NEW)
    assert answer.status == 200
    assert "A link to confirm it is on its way" in await answer.text()
    page = await (await site.browser().get(await site.mailed_link("nora@people.example"))).text()
    assert "You are about to sign in as <strong>nora</strong>" in page


async def test_a_forgotten_password_is_set_anew_by_a_mailed_link(site: WebDesk) -> None:
    await site.person("ada", password="another " + PASSWORD)
    browser = site.browser()
    fields = {"email": "ada@people.example", "purpose": "reset_password"}
    answer = await send_form(browser, "/login/link", page="/login", **fields)
    assert "to set a new password" in await answer.text()
    assert (await send_form(browser, await site.mailed_link("ada@people.example"), password=PASSWORD)).status == 200
    signed = await send_form(browser, "/login", login="ada", password=PASSWORD)
    assert signed.status == 303


async def test_an_admin_adds_somebody_who_signs_in_by_a_link(site: WebDesk) -> None:
    root = await site.signed_in_as(Role.ADMIN, "root")
    await site.person("mo")
    fields = {"email": "Mo@other.example", "full_name": "Mo Two", "role": "moderator"}
    answer = await send_form(root, "/admin/users", **fields)
    assert (answer.status, answer.headers["Location"]) == (303, "/admin/users?q=mo%40other.example")
    assert "Mo Two" in await (await root.get("/admin/users?q=mo@other.example")).text()
    again = await send_form(root, "/admin/users", **fields)
    page = await again.text()
    assert again.status == 409
    assert 'value="Mo Two"' in page
    assert '<details class="card" open>' in page
    await send_form(site.browser(), "/login/link", page="/login", email="mo@other.example")
    assert "/auth/magic-link/" in await site.mailed_link("mo@other.example")
    added = await root.post("/api/v1/admin/users", json={"email": "zoe@other.example"})
    assert added.status == 201
    told = await added.json()
    assert (told["username"], told["role"], told["email_verified"]) == ("zoe", "user", True)
    assert (await root.post("/api/v1/admin/users", json={"email": "nobody"})).status == 422
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    assert (await grace.post("/api/v1/admin/users", json={"email": "x@other.example"})).status == 403
    assert [one.action for one in await site.audit()].count("user.created") >= 2
