"""One-time links: safe against mail scanners, good once, and proving the mailbox.

FAILURES: supabase/auth#1214, emdash#3298 (a link scanner consumes the magic link or gets the session).
"""

import io
import logging

import pytest
from sqlalchemy import select

from config.logging import configure_logging
from core.people.models import MagicLink, User
from core.people.sign_in import bootstrap_admin_link
from core.people.values import Role, system_actor
from tests.web.web_desk import PASSWORD, Client, WebDesk, send_form

REGISTRATION = {"username": "ada", "email": "Ada@people.example", "password": PASSWORD, "full_name": "Ada"}


async def redeem(browser: Client, path: str) -> int:
    return (await send_form(browser, path)).status


async def test_a_scanner_that_looks_changes_nothing(site: WebDesk) -> None:
    """supabase/auth#1214: GET shows a button, only POST redeems; HEAD and repeated GET change nothing."""
    path = await site.link_of(await site.person("ada"))
    scanner = site.browser()
    before = len(await site.audit())
    for _ in range(3):
        assert (await scanner.head(path)).status == 200
        answer = await scanner.get(path)
        assert answer.status == 200
        assert "tickmate=" not in str(answer.headers.getall("Set-Cookie", []))
    assert (await scanner.get("/api/v1/auth/me")).status == 401
    assert len(await site.audit()) == before
    person = site.browser()
    assert await redeem(person, path) == 303
    assert (await person.get("/api/v1/auth/me")).status == 200


async def test_a_scanner_that_posts_without_the_form_gets_nothing(site: WebDesk) -> None:
    """emdash#3298: the session goes to whoever pressed the button."""
    path = await site.link_of(await site.person("ada"))
    assert (await site.browser().post(path)).status in {403, 415}
    assert (await site.browser().post(path, data={"csrf_token": "x"})).status == 403
    assert await redeem(site.browser(), path) == 303


async def test_a_link_is_good_once(site: WebDesk) -> None:
    path = await site.link_of(await site.person("ada"))
    browser, second = site.browser(), site.browser()
    assert await redeem(browser, path) == 303
    assert (await second.get(path)).status == 410
    token = path.rpartition("/")[2]
    assert (await second.post("/api/v1/auth/magic-link/redeem", json={"token": token})).status == 401


async def test_a_link_is_good_for_fifteen_minutes(site: WebDesk) -> None:
    path = await site.link_of(await site.person("ada"))
    site.clock.advance(minutes=14, seconds=59)
    assert (await site.browser().get(path)).status == 200
    site.clock.advance(seconds=1)
    answer = await site.browser().get(path)
    assert answer.status == 410
    assert "has expired" in await answer.text()
    token = path.rpartition("/")[2]
    assert (await site.browser().post("/api/v1/auth/magic-link/redeem", json={"token": token})).status == 401


async def test_a_token_is_nowhere_in_the_database(site: WebDesk) -> None:
    token = (await site.link_of(await site.person("ada"))).rpartition("/")[2]
    async with site.desk.reading(system_actor(1)) as reading:
        link = (await reading.session.scalars(select(MagicLink))).one()
    assert token not in str(vars(link))
    database = site.desk.surroundings.database.path
    assert database is not None
    for file in database.parent.glob("desk.db*"):
        assert token.encode() not in file.read_bytes()


async def test_a_token_reaches_no_log_and_no_referer(site: WebDesk) -> None:
    """supabase/auth#1214: tokens never reach logs or Referer."""
    lines = io.StringIO()
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    try:
        configure_logging("debug", "json", lines)
        path = await site.link_of(await site.person("ada"))
        answer = await site.browser().get(path)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        await redeem(site.browser(), path)
        await site.browser().get(path)
        await site.browser().post("/api/v1/auth/magic-link/redeem", json={"token": path.rpartition("/")[2]})
    finally:
        root.handlers, root.level = before
    assert '"route": "/auth/magic-link/' in lines.getvalue()
    assert path.rpartition("/")[2] not in lines.getvalue()


async def test_a_mailed_link_signs_in(site: WebDesk) -> None:
    await site.person("ada")
    browser = site.browser()
    answer = await send_form(browser, "/login/link", page="/login", email="ADA@people.example")
    assert "Look into your mail" in await answer.text()
    path = await site.mailed_link("ada@people.example")
    answer = await send_form(browser, path)
    assert (answer.status, answer.headers["Location"]) == (303, "/tickets")
    assert (await site.audit())[-1].action == "user.signed_in"


async def test_asking_again_ends_the_earlier_link(site: WebDesk) -> None:
    await site.person("ada")
    await site.browser().post("/api/v1/auth/magic-link", json={"email": "ada@people.example"})
    first = await site.mailed_link("ada@people.example")
    await site.browser().post("/api/v1/auth/magic-link", json={"email": "ada@people.example"})
    assert (await site.browser().get(first)).status == 410


async def test_nobody_learns_which_addresses_are_known(site: WebDesk) -> None:
    await site.person("ada")
    answers = []
    for address in ("ada@people.example", "nobody@people.example"):
        for path in ("/api/v1/auth/magic-link", "/api/v1/auth/password/forgot"):
            answer = await site.browser().post(path, json={"email": address})
            answers.append((answer.status, await answer.text()))
    assert len(set(answers)) == 1
    assert answers[0][0] == 202
    await site.run_jobs("conversations.deliver")
    assert len(site.outbox.mails) == 2
    assert all("ada@people.example" in str(mail["To"]) for mail in site.outbox.mails)


async def test_links_to_one_address_are_limited(site: WebDesk) -> None:
    await site.person("ada")
    browser = site.browser()
    ask = {"email": "ada@people.example"}
    statuses = [(await browser.post("/api/v1/auth/magic-link", json=ask)).status for _ in range(6)]
    assert statuses == [202] * 5 + [429]


@pytest.mark.parametrize("address", ["", "no address", "a@b@c", "a@b\nBcc: x@y", "x" * 300 + "@y.example"])
async def test_what_is_no_address_gets_no_mail(site: WebDesk, address: str) -> None:
    assert (await site.browser().post("/api/v1/auth/magic-link", json={"email": address})).status == 422


async def test_registering_gives_the_role_user_and_an_address_to_confirm(site: WebDesk) -> None:
    browser = site.browser()
    answer = await browser.post("/api/v1/auth/register", json={**REGISTRATION, "role": "admin"})
    assert answer.status == 201
    signed_in = await browser.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    user = (await signed_in.json())["user"]
    assert (user["role"], user["email"], user["email_verified"]) == ("user", "ada@people.example", False)
    path = await site.mailed_link("ada@people.example")
    assert site.outbox.mails[-1]["Subject"] == "Confirm your address: Support"
    page = await (await browser.get(path)).text()
    assert "Confirm your address" in page
    await send_form(browser, path)
    assert (await (await browser.get("/api/v1/auth/me")).json())["email_verified"] is True


async def test_the_json_api_confirms_an_address(site: WebDesk) -> None:
    browser = site.browser()
    await browser.post("/api/v1/auth/register", json=REGISTRATION)
    token = (await site.mailed_link("ada@people.example")).rpartition("/")[2]
    assert (await browser.post("/api/v1/auth/magic-link/redeem", json={"token": token})).status == 401
    assert (await browser.post("/api/v1/auth/verify-email", json={"token": token})).status == 200
    assert (await browser.post("/api/v1/auth/verify-email", json={"token": token})).status == 401


async def test_registering_anothers_address_tells_nothing_and_mails_its_owner(site: WebDesk) -> None:
    await site.person("ada")
    fresh = await site.browser().post(
        "/api/v1/auth/register", json={**REGISTRATION, "username": "mallory", "email": "new@people.example"}
    )
    taken = await site.browser().post("/api/v1/auth/register", json={**REGISTRATION, "username": "mallory2"})
    assert fresh.status == taken.status == 201
    assert (await fresh.json()).keys() == (await taken.json()).keys()
    login = await site.browser().post("/api/v1/auth/login", json={"login": "mallory2", "password": PASSWORD})
    assert login.status == 401
    assert await redeem(site.browser(), await site.mailed_link("ada@people.example")) == 303


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"username": "root"}, 409),
        ({"username": "a b"}, 422),
        ({"username": ""}, 422),
        ({"email": "nothing"}, 422),
        ({"password": "short"}, 422),
        ({"password": "Ada@people.example"}, 422),
        ({"password": "aaaaaaaaaaaaaaaa"}, 422),
    ],
)
async def test_a_registration_that_will_not_do_writes_nothing(
    site: WebDesk, change: dict[str, str], status: int
) -> None:
    await site.person("root", Role.ADMIN)
    before = len(await site.audit())
    answer = await site.browser().post("/api/v1/auth/register", json={**REGISTRATION, **change})
    assert answer.status == status
    assert len(await site.audit()) == before


async def test_whoever_proves_the_mailbox_shares_the_account_with_no_earlier_registrant(site: WebDesk) -> None:
    mallory = site.browser()
    await mallory.post("/api/v1/auth/register", json=REGISTRATION)
    await mallory.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    await site.browser().post("/api/v1/auth/magic-link", json={"email": "ada@people.example"})
    owner = site.browser()
    assert await redeem(owner, await site.mailed_link("ada@people.example")) == 303
    assert (await mallory.get("/api/v1/auth/me")).status == 401
    again = await mallory.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
    assert again.status == 401
    assert (await (await owner.get("/api/v1/auth/me")).json())["email_verified"] is True


async def test_a_forgotten_password_is_chosen_anew_and_ends_every_session(site: WebDesk) -> None:
    ada = await site.person("ada", password=PASSWORD)
    thief = await site.signed_in(ada)
    browser = site.browser()
    await browser.post("/api/v1/auth/password/forgot", json={"email": "ada@people.example"})
    path = await site.mailed_link("ada@people.example")
    assert "Choose a new password" in await (await browser.get(path)).text()
    assert (await send_form(browser, path, password="short")).status == 422
    assert (await send_form(browser, path, password="a much better one")).status == 200
    assert (await thief.get("/api/v1/auth/me")).status == 401
    answer = await browser.post("/api/v1/auth/login", json={"login": "ada", "password": "a much better one"})
    assert answer.status == 200


async def test_the_json_api_resets_a_password_once(site: WebDesk) -> None:
    await site.person("ada", password=PASSWORD)
    browser = site.browser()
    await browser.post("/api/v1/auth/password/forgot", json={"email": "ada@people.example"})
    token = (await site.mailed_link("ada@people.example")).rpartition("/")[2]
    weak = await browser.post("/api/v1/auth/password/reset", json={"token": token, "password": "short"})
    assert weak.status == 422
    body = {"token": token, "password": "a much better one"}
    assert (await browser.post("/api/v1/auth/password/reset", json=body)).status == 200
    assert (await browser.post("/api/v1/auth/password/reset", json=body)).status == 401


@pytest.mark.parametrize("token", ["x" * 43, "x" * 200])
async def test_an_unknown_link_says_how_to_get_another(browser: Client, token: str) -> None:
    answer = await browser.get(f"/auth/magic-link/{token}")
    assert answer.status == 410
    assert "/login" in await answer.text()


async def test_the_first_admin_signs_in_by_the_printed_link_and_is_asked_for_a_password(site: WebDesk) -> None:
    async def printed() -> str | None:
        async with site.desk.unit_of_work(system_actor(1)) as uow:
            link = await bootstrap_admin_link(uow, link_key=site.desk.link_key)
            await uow.commit()
        return link.removeprefix("http://desk.example") if link else None

    first, second = await printed(), await printed()
    assert first is not None
    assert second is not None
    assert (await site.browser().get(first)).status == 410  # a restart prints a fresh one
    browser = site.browser()
    answer = await send_form(browser, second)
    assert (answer.status, answer.headers["Location"]) == (303, "/account")
    assert (await browser.get("/admin/audit")).status == 200
    assert await printed() is None
    async with site.desk.reading(system_actor(1)) as reading:
        assert len((await reading.session.scalars(select(User))).all()) == 1


async def test_a_link_that_a_mail_program_cut_short_is_told_kindly(browser: Client) -> None:
    answer = await browser.get("/auth/magic-link/abc", headers={"Accept": "text/html"})
    assert answer.status == 410
    assert "Get a new one" in await answer.text()
