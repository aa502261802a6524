"""What is overdue or due soon on the pages, and two moderators at one ticket there."""

import asyncio

from core.people.values import Role
from core.tickets.values import Priority
from tests.web.web_desk import WebDesk, form_token, send_form


def revision_on(page: str) -> str:
    return page.partition('name="revision" value="')[2].partition('"')[0]


async def test_moderators_see_what_is_due_and_requesters_do_not(site: WebDesk) -> None:
    ada = await site.person("ada")
    await site.ticket(ada, title="The printer jams", priority=Priority.HIGH)
    site.clock.advance(minutes=50)
    await site.ticket(ada, title="Only a question")
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    listed = await (await grace.get("/tickets")).text()
    assert "first answer due soon" in listed
    assert 'href="/tickets?due=true">1 due soon</a>' in listed
    site.clock.advance(minutes=10)
    due = await (await grace.get("/tickets?due=true")).text()
    assert "first answer overdue" in due
    assert "The printer jams" in due
    assert "Only a question" not in due
    shown = await (await grace.get("/tickets/1")).text()
    assert "First answer was due" in shown
    assert "Solution due" in shown
    own = await site.signed_in(ada)
    for path in ("/tickets", "/tickets?due=true", "/tickets/1"):
        assert "overdue" not in (await (await own.get(path)).text()).lower()


async def test_nothing_due_is_said_so(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    assert "Nothing is overdue or due soon." in await (await grace.get("/tickets?due=true")).text()


async def test_of_two_who_take_a_ticket_at_once_the_second_is_told(site: WebDesk) -> None:
    grace, mo = [await site.signed_in_as(Role.MODERATOR, name) for name in ("grace", "mo")]
    await site.ticket(await site.person("ada"))
    forms = [{"csrf_token": await form_token(browser, "/tickets/1"), "held_by": "0"} for browser in (grace, mo)]
    answers = await asyncio.gather(
        *(
            browser.post("/tickets/1/take", data=form, allow_redirects=False)
            for browser, form in zip((grace, mo), forms, strict=True)
        )
    )
    assert sorted(answer.status for answer in answers) == [303, 409]
    (refused,) = [answer for answer in answers if answer.status == 409]
    assert "has taken ticket #1 in the meantime" in await refused.text()


async def test_a_resolution_written_while_a_colleague_changed_the_ticket_is_kept_and_not_sent(site: WebDesk) -> None:
    grace, mo = [await site.signed_in_as(Role.MODERATOR, name) for name in ("grace", "mo")]
    await site.ticket(await site.person("ada"))
    seen = revision_on(await (await grace.get("/tickets/1")).text())
    assert (await send_form(mo, "/tickets/1/take", page="/tickets/1", held_by="0")).status == 303
    written = {"resolution": "Clean the rollers.", "helpful_notes": "Left tray."}
    answer = await send_form(grace, "/tickets/1/resolve", page="/tickets/1", revision=seen, **written)
    page = await answer.text()
    assert answer.status == 409
    assert "Somebody changed ticket #1 in the meantime." in page
    assert all(f">{words}</textarea>" in page for words in written.values())
    now = revision_on(page)
    assert (await send_form(grace, "/tickets/1/resolve", page="/tickets/1", revision=now, **written)).status == 303


async def test_admins_see_how_long_things_took_and_what_was_kept(site: WebDesk) -> None:
    await site.ticket(await site.person("ada"), priority=Priority.HIGH)
    site.clock.advance(minutes=90)
    admin = await site.signed_in_as(Role.ADMIN, "root")
    sent = await send_form(admin, "/tickets/1/resolve", page="/tickets/1", resolution="Clean the rollers.")
    assert sent.status == 303
    page = await (await admin.get("/admin")).text()
    kept = [part.partition("</td>")[0] for part in page.split('data-label="Kept">')[1:]]
    assert kept[:2] == ["0 % (0 of 1)", "100 % (1 of 1)"]
    assert "1 h 30 min" in page
