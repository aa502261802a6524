"""No other site can act in somebody's name."""

import pytest

from core.people.values import Role
from tests.web.web_desk import CORS_ORIGIN, WebDesk, form_token, send_form

NEW = {"title": "From a form", "description": "Text"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_another_site_is_refused_even_with_a_token(site: WebDesk, headers: dict[str, str]) -> None:
    browser = await site.signed_in_as(Role.USER)
    form = NEW | {"csrf_token": await form_token(browser, "/tickets/new")}
    answer = await browser.post("/tickets/new", data=form, headers=headers, allow_redirects=False)
    assert answer.status == 403
    api = await browser.post("/api/v1/tickets", json=NEW, headers=headers)
    assert api.status == 403
    assert (await (await browser.get("/api/v1/tickets")).json())["items"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},  # a page with Referrer-Policy: no-referrer
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://desk.example"},
        {"Origin": "null"},  # an older browser, which sends no Fetch Metadata: the token decides
    ],
)
async def test_our_own_page_is_let_in(site: WebDesk, headers: dict[str, str]) -> None:
    browser = await site.signed_in_as(Role.USER)
    form = NEW | {"csrf_token": await form_token(browser, "/tickets/new")}
    answer = await browser.post("/tickets/new", data=form, headers=headers, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/tickets/1")


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "ü"])
async def test_a_form_without_its_token_is_refused(site: WebDesk, token: str) -> None:
    browser = await site.signed_in_as(Role.USER)
    answer = await browser.post("/tickets/new", data=NEW | {"csrf_token": token}, allow_redirects=False)
    assert answer.status == 403
    assert "This form has expired" in await answer.text()


async def test_the_token_of_another_session_is_refused(site: WebDesk) -> None:
    ada, eve = await site.signed_in_as(Role.USER, "ada"), await site.signed_in_as(Role.USER, "eve")
    token = await form_token(eve, "/tickets/new")
    answer = await ada.post("/tickets/new", data=NEW | {"csrf_token": token}, allow_redirects=False)
    assert answer.status == 403


async def test_signing_somebody_in_from_elsewhere_is_refused(site: WebDesk) -> None:
    """Login CSRF: the sign-in form has a token before anybody is signed in."""
    token = await form_token(site.browser(), "/login")
    form = {"login": "eve", "password": "whatever it was", "csrf_token": token}
    assert (await site.browser().post("/login", data=form)).status == 403


async def test_a_program_with_a_bearer_token_needs_no_token(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    cookie = browser.session.cookie_jar.filter_cookies(site.server.make_url("/"))["tickmate"].value
    headers = {"Authorization": f"Bearer {cookie}", "Origin": "https://anywhere.example"}
    answer = await site.browser().post("/api/v1/tickets", json=NEW, headers=headers)
    assert answer.status == 201


async def test_the_configured_origin_may_use_the_api_but_no_form(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    headers = {"Origin": CORS_ORIGIN, "Sec-Fetch-Site": "same-site"}
    assert (await browser.post("/api/v1/tickets", json=NEW, headers=headers)).status == 201
    form = NEW | {"csrf_token": await form_token(browser, "/tickets/new")}
    assert (await browser.post("/tickets/new", data=form, headers=headers)).status == 403


async def test_a_link_in_a_mail_comes_back_once_with_the_cookie(site: WebDesk) -> None:
    """SameSite=Strict holds the cookie back on the way here; a refresh from our own page brings it."""
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = await site.browser().get("/tickets/7?x=%22%3E", headers=followed, allow_redirects=False)
    assert answer.status == 200
    page = await answer.text()
    assert '<meta http-equiv="refresh" content="0;url=/tickets/7?x=%22%3E">' in page
    again = await site.browser().get(
        "/tickets/7", headers=followed | {"Sec-Fetch-Site": "same-origin"}, allow_redirects=False
    )
    assert again.status == 303
    ada = await site.signed_in_as(Role.USER)
    assert (await ada.get("/tickets", headers=followed)).status == 200


async def test_signing_out_needs_the_form_too(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    assert (await browser.post("/logout", data={}, allow_redirects=False)).status == 403
    assert (await browser.get("/api/v1/auth/me")).status == 200
    await send_form(browser, "/logout", page="/tickets")
    assert (await browser.get("/api/v1/auth/me")).status == 401
