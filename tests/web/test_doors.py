"""What every request meets: headers, request id, limits, and errors told kindly."""

import asyncio
from dataclasses import replace
from ipaddress import ip_network
from unittest.mock import patch

import pytest
from aiohttp import hdrs
from limits import parse

from core.errors import TryAgainLaterError
from core.people.values import Role
from tests.web.web_desk import CORS_ORIGIN, Client, WebDesk, send_form
from webhooks.rate_limits import Limit
from webhooks.site import SITE


async def test_every_answer_carries_the_strict_headers(site: WebDesk, browser: Client) -> None:
    for path in ("/login", "/healthz", "/api/v1/auth/me", "/nowhere", "/static/app.css"):
        headers = (await browser.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:")
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert hdrs.SERVER not in headers
    assert (await browser.get("/login")).headers["Cache-Control"] == "no-store"


async def test_pages_load_nothing_from_elsewhere(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.ADMIN)
    for path in ("/tickets", "/tickets/new", "/account", "/admin", "/admin/audit", "/admin/users", "/admin/jobs"):
        page = await (await browser.get(path)).text()
        assert 'href="http' not in page
        assert 'src="http' not in page
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


async def test_a_style_sheet_is_kept_for_ever_under_its_own_version(browser: Client) -> None:
    page = await (await browser.get("/login")).text()
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = await browser.get(address)
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert (await browser.get("/static/app.css?v=other")).headers["Cache-Control"] == "no-cache"
    assert (await browser.get("/static/secrets.json")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/tickets/not-a-number", 404),
        ("GET", "/static/../app.py", 404),
        ("PUT", "/login", 405),
        ("GET", "/logout", 405),
        ("DELETE", "/api/v1/tickets", 405),
        ("GET", "/webhooks/email/raw", 405),
        ("GET", "/api/v1/tickets", 401),
        ("GET", "/api/v1/admin/users", 401),
    ],
)
async def test_a_wrong_turn_is_told_as_a_problem(browser: Client, method: str, path: str, status: int) -> None:
    answer = await browser.request(method, path)
    assert answer.status == status
    assert answer.content_type in {"application/problem+json", "text/html"}
    if answer.content_type == "application/problem+json":
        problem = await answer.json()
        assert problem["status"] == status
        assert problem["detail"]
    if status == 405:
        assert answer.headers["Allow"]


async def test_a_person_who_errs_gets_a_page(browser: Client) -> None:
    answer = await browser.get("/nowhere", headers={"Accept": "text/html,*/*"})
    assert answer.status == 404
    assert answer.content_type == "text/html"
    assert "There is nothing at this address." in await answer.text()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"login": "\\ud800", "password": "x"}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"login": 7, "password": null}', "application/json", 422),
        (b"login=ada", "application/x-www-form-urlencoded", 415),
        (b"<login/>", "text/xml", 415),
        (b" " * (1024 * 1024 + 1), "application/json", 413),
    ],
)
async def test_a_bad_body_is_refused_precisely(browser: Client, body: bytes, content_type: str, status: int) -> None:
    answer = await browser.post("/api/v1/auth/login", data=body, headers={"Content-Type": content_type})
    problem = await answer.json()
    assert (answer.status, problem["status"]) == (status, status)
    if status == 422:
        assert problem["errors"]


async def test_a_body_without_an_announced_length_is_counted_as_it_comes(browser: Client) -> None:
    async def chunks() -> object:
        for _ in range(40):
            yield b" " * 65_536

    answer = await browser.post("/api/v1/auth/login", data=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status == 413


async def test_a_mistake_in_a_field_is_named_without_repeating_a_secret(browser: Client) -> None:
    body = {"login": "ada", "password": "geheim" * 100}
    answer = await browser.post("/api/v1/auth/login", json=body)
    assert answer.status == 422
    assert (await answer.json())["errors"][0]["field"] == "password"
    assert "geheim" not in await answer.text()


async def test_the_request_id_is_taken_over_if_it_is_harmless(browser: Client) -> None:
    given = await browser.get("/healthz", headers={"X-Request-ID": "abc-12345678"})
    assert given.headers["X-Request-ID"] == "abc-12345678"
    hostile = await browser.get("/healthz", headers={"X-Request-ID": "a b<script>"})
    assert hostile.headers["X-Request-ID"] != "a b<script>"


async def test_a_fault_of_ours_shows_no_traceback(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.ADMIN)
    with patch("webhooks.api.admin.list_users", side_effect=RuntimeError("secret detail")):
        answer = await browser.get("/api/v1/admin/users")
    assert answer.status == 500
    text = await answer.text()
    assert "secret detail" not in text
    assert "Traceback" not in text
    assert (await answer.json())["request_id"] == answer.headers["X-Request-ID"]
    with patch("webhooks.pages.people.list_users", side_effect=RuntimeError("secret detail")):
        page = await browser.get("/admin/users")
    assert page.status == 500
    assert "secret detail" not in await page.text()


async def test_a_database_that_is_away_asks_to_come_back(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.ADMIN)
    with patch("webhooks.api.admin.list_users", side_effect=TryAgainLaterError("Busy.", retry_after=3.2)):
        answer = await browser.get("/api/v1/admin/users")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "4"


async def test_one_address_may_not_flood_the_web(site: WebDesk, browser: Client) -> None:
    site.server.app[SITE].limits._items[Limit.REQUESTS] = parse("10 per minute")
    answers = [await browser.get("/login") for _ in range(12)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert (await browser.get("/healthz")).status == 200


async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(site: WebDesk, browser: Client) -> None:
    await site.person("ada", password="correct horse battery")
    body = {"login": "ada", "password": "correct horse battery"}
    await browser.post("/api/v1/auth/login", json=body, headers={"X-Forwarded-For": "203.0.113.9"})
    assert (await site.audit())[-1].address == "127.0.0.1"


async def test_behind_a_trusted_proxy_the_forwarded_address_counts(
    site: WebDesk, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest hop that is no proxy of ours; what the client wrote before it is not believed."""
    networks = (ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16"))
    monkeypatch.setattr(
        site.server.app[SITE], "options", replace(site.server.app[SITE].options, trusted_proxies=networks)
    )
    await site.person("ada", password="correct horse battery")
    body = {"login": "ada", "password": "correct horse battery"}
    hops = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.1.2.3"}
    await browser.post("/api/v1/auth/login", json=body, headers=hops)
    assert (await site.audit())[-1].address == "203.0.113.9"


async def test_a_user_agent_that_is_no_utf8_is_kept_as_plain_text(site: WebDesk) -> None:
    """Header bytes that are no UTF-8 reach us as lone surrogates, which no database takes."""
    await site.person("ada", password="correct horse battery")
    body = b'{"login": "ada", "password": "correct horse battery"}'
    reader, writer = await asyncio.open_connection(site.server.host, site.server.port)
    writer.write(
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: desk.example\r\nUser-Agent: Br\xfcser/1\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert (await site.audit())[-1].user_agent == "Br?ser/1"


async def test_only_the_configured_origin_may_call_from_a_page(browser: Client) -> None:
    asks = {"Origin": CORS_ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = await browser.options("/api/v1/tickets", headers=asks)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == CORS_ORIGIN
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]
    stranger = await browser.options("/api/v1/tickets", headers=asks | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers
    page = await browser.options("/login", headers=asks)
    assert "Access-Control-Allow-Origin" not in page.headers


async def test_a_form_with_a_mistake_names_the_field(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.ADMIN)
    answer = await send_form(browser, "/tickets/new", title="x" * 999)
    assert answer.status == 422
    assert "title" in await answer.text()
