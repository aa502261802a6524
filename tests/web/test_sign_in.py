"""Signing in and out with a password, by page and by JSON."""

import pytest
from sqlalchemy import select

from core.people.actions import deactivate, set_role
from core.people.models import Session, User
from core.people.values import Role, system_actor
from tests.web.web_desk import PASSWORD, Client, WebDesk, form_token, send_form


async def test_the_page_signs_in_by_name_or_address_and_shows_the_tickets(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    for login in ("ada", "ADA@people.example"):
        browser = site.browser()
        answer = await send_form(browser, "/login", login=login, password=PASSWORD, next="/tickets?q=x")
        assert (answer.status, answer.headers["Location"]) == (303, "/tickets?q=x")
        cookie = answer.headers.getall("Set-Cookie")[0]
        assert cookie.startswith("tickmate=")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert (await browser.get("/tickets")).status == 200


@pytest.mark.parametrize("login", ["ada", "nobody"])
async def test_a_wrong_name_and_a_wrong_password_read_the_same(site: WebDesk, login: str) -> None:
    await site.person("ada", password=PASSWORD)
    answer = await send_form(site.browser(), "/login", login=login, password="a wrong password")
    assert answer.status == 401
    page = await answer.text()
    assert "This name and password do not belong together." in page
    assert f'value="{login}"' in page
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/auth/x", "/a\nb"]
)
async def test_signing_in_never_leads_to_another_site(site: WebDesk, address: str) -> None:
    await site.person("ada", password=PASSWORD)
    answer = await send_form(site.browser(), "/login", login="ada", password=PASSWORD, next=address)
    assert answer.headers["Location"] == "/tickets"


async def test_a_page_that_needs_somebody_comes_back_after_signing_in(site: WebDesk, browser: Client) -> None:
    answer = await browser.get("/tickets?q=printer", allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == "/login?next=%2Ftickets%3Fq%3Dprinter"
    assert 'name="next" value="/tickets?q=printer"' in await (await browser.get(answer.headers["Location"])).text()


async def test_signing_in_and_out_and_failing_are_in_the_audit_log(site: WebDesk) -> None:
    ada = await site.person("ada", password=PASSWORD)
    browser = site.browser()
    await browser.post("/api/v1/auth/login", json={"login": "ada", "password": "a wrong password"})
    await browser.post("/api/v1/auth/login", json={"login": "my secret by mistake", "password": "a wrong password"})
    await browser.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    await browser.post("/api/v1/auth/logout")
    wrong, unknown, signed_in, signed_out = (await site.audit())[-4:]
    assert (wrong.action, wrong.entity_type, wrong.entity_id) == ("user.sign_in_failed", "user", str(ada.id))
    assert (wrong.user_id, wrong.address) == (None, "127.0.0.1")
    assert (unknown.action, unknown.entity_type) == ("user.sign_in_failed", "organization")
    assert (signed_in.action, signed_in.user_id) == ("user.signed_in", ada.id)
    assert (signed_out.action, signed_out.user_id) == ("user.signed_out", ada.id)
    assert "my secret by mistake" not in str([record.after for record in await site.audit()])


async def test_the_json_api_signs_in_with_a_bearer_token_or_the_cookie(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    browser = site.browser()
    answer = await browser.post("/api/v1/auth/login", json={"email": "ada@people.example", "password": PASSWORD})
    told = await answer.json()
    assert (answer.status, told["token_type"], told["expires_in"], told["user"]["role"]) == (
        200,
        "Bearer",
        3600,
        "user",
    )
    assert (await (await browser.get("/api/v1/auth/me")).json())["username"] == "ada"
    stranger = site.browser()
    bearer = {"Authorization": f"Bearer {told['token']}"}
    assert (await (await stranger.get("/api/v1/auth/me", headers=bearer)).json())["username"] == "ada"
    assert (await stranger.get("/api/v1/auth/me")).status == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."])
async def test_a_bearer_token_that_is_none_is_refused(browser: Client, token: str) -> None:
    answer = await browser.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_signed_out_session_is_over_although_its_token_has_not_expired(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    browser = site.browser()
    answer = await browser.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    await send_form(browser, "/logout", page="/tickets")
    assert (await site.browser().get("/api/v1/auth/me", headers=bearer)).status == 401
    assert (await browser.get("/tickets", allow_redirects=False)).status == 303


async def test_the_token_renews_while_the_session_is_active_and_ends_with_it(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)

    def cookie() -> str:
        return browser.session.cookie_jar.filter_cookies(site.server.make_url("/"))["tickmate"].value

    first = cookie()
    site.clock.advance(minutes=20)
    assert (await browser.get("/tickets")).status == 200
    assert cookie() == first
    site.clock.advance(minutes=20)
    await browser.get("/tickets")
    renewed = cookie()
    assert renewed != first
    site.clock.advance(hours=3)  # the token has run out, its session has not
    assert (await browser.get("/api/v1/auth/me")).status == 200
    assert cookie() != renewed
    site.clock.advance(hours=9)
    assert (await browser.get("/api/v1/auth/me")).status == 401


async def test_an_expired_bearer_token_is_refused(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    answer = await site.browser().post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    site.clock.advance(minutes=61)
    assert (await site.browser().get("/api/v1/auth/me", headers=bearer)).status == 401


async def test_a_demoted_admin_has_lost_their_rights_with_the_next_request(site: WebDesk) -> None:
    await site.person("root", Role.ADMIN)
    admin = await site.person("ada", Role.ADMIN)
    browser = await site.signed_in(admin)
    assert (await browser.get("/admin/audit")).status == 200
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        await set_role(uow, await uow.session.get_one(User, admin.id), Role.USER)
        await uow.commit()
    assert (await browser.get("/admin/audit")).status == 403
    assert (await browser.get("/api/v1/admin/audit-logs")).status == 403


async def test_a_deactivated_person_is_out_at_once(site: WebDesk) -> None:
    ada = await site.person("ada", password=PASSWORD)
    browser = await site.signed_in(ada)
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        await deactivate(uow, await uow.session.get_one(User, ada.id))
        await uow.commit()
    assert (await browser.get("/api/v1/auth/me")).status == 401
    answer = await browser.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    assert answer.status == 401


async def test_guessing_is_stopped_per_account(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    browser = site.browser()
    wrong = {"login": "Ada", "password": "a wrong password"}
    statuses = [(await browser.post("/api/v1/auth/login", json=wrong)).status for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    right = await browser.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    assert right.status == 429
    assert int(right.headers["Retry-After"]) > 0
    page = await send_form(browser, "/login", login="ada", password=PASSWORD)
    assert page.status == 429
    assert "too often" in await page.text()


async def test_somebody_who_gets_it_right_is_not_counted_against(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    browser = site.browser()
    for _ in range(12):
        answer = await browser.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
        assert answer.status == 200


async def test_a_password_set_with_weaker_parameters_is_hashed_anew(site: WebDesk) -> None:
    old = "$argon2id$v=19$m=8192,t=1,p=1$"
    ada = await site.person("ada", password=PASSWORD)
    from argon2 import PasswordHasher  # noqa: PLC0415 (only this test makes an old hash)

    async with site.desk.unit_of_work(system_actor(1)) as uow:
        user = await uow.session.get_one(User, ada.id)
        user.password_hash = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
        assert user.password_hash.startswith(old)
        uow.audit.record("user.test", user)
        await uow.commit()
    answer = await site.browser().post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    assert answer.status == 200
    async with site.desk.reading(system_actor(1)) as reading:
        kept = (await reading.session.get_one(User, ada.id)).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_changing_the_password_ends_the_other_sessions(site: WebDesk) -> None:
    ada = await site.person("ada", password=PASSWORD)
    here, elsewhere = await site.signed_in(ada), await site.signed_in(ada)
    wrong = await send_form(
        here, "/account/password", page="/account", current_password="not it at all", new_password="another fine one"
    )
    assert wrong.status == 422
    weak = await send_form(here, "/account/password", page="/account", current_password=PASSWORD, new_password="short")
    assert weak.status == 422
    right = await send_form(
        here, "/account/password", page="/account", current_password=PASSWORD, new_password="another fine one"
    )
    assert right.headers["Location"] == "/account?done=password"
    assert (await here.get("/api/v1/auth/me")).status == 200
    assert (await elsewhere.get("/api/v1/auth/me")).status == 401
    answer = await site.browser().post("/api/v1/auth/login", json={"login": "ada", "password": "another fine one"})
    assert answer.status == 200


async def test_a_profile_can_be_changed_by_page_and_json(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    answer = await send_form(browser, "/account", full_name="  Ada   Lovelace ", time_zone="Europe/Berlin")
    assert answer.status == 303
    wrong = await send_form(browser, "/account", full_name="Ada King", time_zone="Moon/Base")
    page = await wrong.text()
    assert wrong.status == 422
    assert 'value="Moon/Base"' in page  # nothing that was typed is lost
    assert 'value="Ada King"' in page
    assert "<option>Europe/Berlin</option>" in page
    changed = await browser.patch("/api/v1/users/profile", json={"skills": ["mail", " mail", "vpn"]})
    profile = await changed.json()
    assert (profile["full_name"], profile["time_zone"]) == ("Ada Lovelace", "Europe/Berlin")
    assert profile["skills"] == ["mail", "vpn"]
    assert (await browser.patch("/api/v1/users/profile", json={})).status == 422
    assert (await browser.patch("/api/v1/users/profile", json={"role": "admin"})).status == 422
    assert (await (await browser.get("/api/v1/users/profile")).json())["role"] == "user"


async def test_a_session_is_kept_with_address_and_browser_but_never_its_token(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    browser = site.browser()
    body = {"login": "ada", "password": PASSWORD}
    answer = await browser.post("/api/v1/auth/login", json=body, headers={"User-Agent": "Netscape"})
    token = (await answer.json())["token"]
    async with site.desk.reading(system_actor(1)) as reading:
        session = (await reading.session.scalars(select(Session))).one()
    assert (session.address, session.user_agent) == ("127.0.0.1", "Netscape")
    assert token not in str(vars(session))


async def test_the_sign_in_page_leads_on_whoever_is_signed_in(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    answer = await browser.get("/login?next=/account", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/account")


async def test_every_form_carries_a_token_of_its_own_browser(site: WebDesk) -> None:
    one, other = site.browser(), site.browser()
    assert await form_token(one, "/login") == await form_token(one, "/login")
    assert await form_token(one, "/login") != await form_token(other, "/login")
