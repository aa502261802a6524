"""The pages of tickets: what their forms do, and what they show."""

from sqlalchemy import select

from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.people.models import User
from core.people.values import Actor, Role
from core.tickets.actions import NewReply, add_reply
from core.tickets.queries import lock_ticket
from tests.web.web_desk import WebDesk, form_token, send_form


async def test_a_ticket_is_filed_by_form_once_however_often_the_button_is_pressed(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER, "ada")
    page = await (await browser.get("/tickets/new")).text()
    key = page.partition('name="key" value="')[2].partition('"')[0]
    form = {
        "csrf_token": await form_token(browser, "/tickets/new"),
        "key": key,
        "title": "The printer jams",
        "category": "Bug",
    }
    places = [
        (await browser.post("/tickets/new", data=form, allow_redirects=False)).headers["Location"] for _ in range(3)
    ]
    assert places == ["/tickets/1"] * 3
    ticket = await (await browser.get("/tickets/1")).text()
    assert "The printer jams" in ticket
    assert "Bug" in ticket


async def test_a_reply_is_sent_once_however_often_the_button_is_pressed(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER, "ada")
    await browser.post("/api/v1/tickets", json={"title": "The printer jams"})
    page = await (await browser.get("/tickets/1")).text()
    key = page.partition('name="key" value="')[2].partition('"')[0]
    form = {"csrf_token": await form_token(browser, "/tickets/1"), "key": key}
    for text in ("It is the left one.", "It is the left one.", "No, the right one."):
        answer = await browser.post("/tickets/1/replies", data=form | {"text": text}, allow_redirects=False)
        assert answer.headers["Location"] == "/tickets/1#latest"
    replies = (await (await browser.get("/api/v1/tickets/1/comments")).json())["items"]
    assert [one["text"] for one in replies] == ["It is the left one.", "No, the right one."]


async def test_an_empty_ticket_shows_the_form_again(site: WebDesk) -> None:
    browser = await site.signed_in_as(Role.USER)
    answer = await send_form(browser, "/tickets/new", title="  ", description="")
    assert answer.status == 422
    assert "The ticket is empty." in await answer.text()


async def test_a_moderator_works_a_ticket_from_its_page(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR, "grace")
    await site.ticket(await site.person("ada"))
    assert (await send_form(grace, "/tickets/1/take", page="/tickets/1")).status == 303
    page = await (await grace.get("/tickets/1")).text()
    revision = page.partition('name="revision" value="')[2].partition('"')[0]
    sort = {"status": "waiting", "priority": "high", "category": "Question", "assigned_to": "", "revision": revision}
    assert (await send_form(grace, "/tickets/1/sort", page="/tickets/1", **sort)).status == 303
    ticket = await (await grace.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["priority"], ticket["category"]) == ("waiting", "high", "Question")
    assert ticket["assigned_to"] is None
    answer = await send_form(grace, "/tickets/1/replies", page="/tickets/1", text="Which one?", kind="reply")
    assert answer.headers["Location"] == "/tickets/1#latest"
    await send_form(grace, "/tickets/1/replies", page="/tickets/1", text="Again the roller.", kind="note")
    empty = await send_form(grace, "/tickets/1/resolve", page="/tickets/1", resolution=" ")
    assert empty.status == 422
    await send_form(grace, "/tickets/1/resolve", page="/tickets/1", resolution="Cleaned.", is_public="true")
    page = await (await grace.get("/tickets/1")).text()
    assert "What solved it" in page
    assert "internal note" in page
    await send_form(grace, "/tickets/1/reopen", page="/tickets/1")
    assert "What had solved it before" in await (await grace.get("/tickets/1")).text()
    await send_form(grace, "/tickets/1/delete", page="/tickets/1")
    assert "deleted" in await (await grace.get("/tickets/1")).text()
    await send_form(grace, "/tickets/1/restore", page="/tickets/1")
    assert (await (await grace.get("/api/v1/tickets/1")).json())["deleted_at"] is None


async def test_a_stale_page_is_told_so_and_changes_nothing(site: WebDesk) -> None:
    grace = await site.signed_in_as(Role.MODERATOR)
    await site.ticket(await site.person("ada"))
    sort = {"status": "pending", "priority": "high", "category": "", "assigned_to": "", "revision": "0"}
    answer = await send_form(grace, "/tickets/1/sort", page="/tickets/1", **sort)
    assert answer.status == 409
    assert "in the meantime" in await answer.text()
    assert (await (await grace.get("/api/v1/tickets/1")).json())["priority"] == "low"


async def test_saving_leaves_untouched_fields_to_triage(site: WebDesk) -> None:
    """zammad#5756: a person's value wins, so a form must not claim what the person did not choose."""
    grace = await site.signed_in_as(Role.MODERATOR)
    ticket = await site.ticket(await site.person("ada"))
    sort = {
        "status": "pending", "priority": "low", "category": "Bug", "assigned_to": "", "revision": str(ticket.revision)
    }  # fmt: skip
    await send_form(grace, "/tickets/1/sort", page="/tickets/1", **sort)
    async with site.desk.reading(Actor(organization_id=1, role=Role.ADMIN)) as reading:
        fresh = await reading.session.get_one(type(ticket), ticket.id)
        assert fresh.set_by == {"category": "person"}


async def test_a_failed_delivery_shows_at_the_reply_to_moderators_only(site: WebDesk) -> None:
    """osTicket#6617: "reply posted" though sending failed; the state of each message is shown to the agent."""
    grace = await site.person("grace", Role.MODERATOR)
    ada = await site.person("ada")
    await site.ticket(ada, channel="email")
    actor = Actor(organization_id=1, user_id=grace.id, role=Role.MODERATOR, name="Grace", channel="web")
    async with site.desk.unit_of_work(actor) as uow:
        author = await uow.session.get_one(User, grace.id)
        await add_reply(uow, await lock_ticket(uow, 1), NewReply(text="Which one?", channel="web"), author=author)
        await uow.session.flush()
        delivery = (await uow.session.scalars(select(Delivery).where(Delivery.reply_id.is_not(None)))).one()
        delivery.status, delivery.error = DeliveryStatus.FAILED, "550 mailbox unknown"
        await uow.commit()
    page = await (await (await site.signed_in(grace)).get("/tickets/1")).text()
    assert "550 mailbox unknown" in page
    assert 'badge failed">failed' in page
    assert "550 mailbox unknown" not in await (await (await site.signed_in(ada)).get("/tickets/1")).text()
    await site.ticket(ada, title="Another")
    for person, told in ((grace, 1), (ada, 0)):
        listed = await (await (await site.signed_in(person)).get("/tickets")).text()
        assert listed.count("not delivered") == told


async def test_the_whole_mail_stays_one_click_away(site: WebDesk) -> None:
    """mailgun/talon#129: quote stripping eats real text; the full text is always kept."""
    ada = await site.person("ada")
    await site.ticket(ada)
    actor = Actor(organization_id=1, user_id=ada.id, name="Ada", channel="email")
    async with site.desk.unit_of_work(actor) as uow:
        new = NewReply(text="Yes.", full_text="Yes.\n> Both?", channel="email", sender_verified=False)
        author = await uow.session.get_one(User, ada.id)
        await add_reply(uow, await lock_ticket(uow, 1), new, author=author)
        await uow.commit()
    page = await (await (await site.signed_in(ada)).get("/tickets/1")).text()
    assert "<summary>The whole message</summary>" in page
    assert "&gt; Both?" in page
    assert "sender unverified" in page


async def test_a_moderator_sees_who_else_gets_the_reply(site: WebDesk) -> None:
    ada, bob = await site.person("ada"), await site.person("bob")
    await site.ticket(ada, channel="email", participants=[bob])
    page = await (await (await site.signed_in_as(Role.MODERATOR, "grace")).get("/tickets/1")).text()
    assert "In copy: Bob (bob@people.example)" in page
    assert "Reply to Ada and 1 in copy" in page
    assert "In copy" not in await (await (await site.signed_in(ada)).get("/tickets/1")).text()


async def test_an_address_in_a_message_is_a_link_and_nothing_else_is(site: WebDesk) -> None:
    """uvdesk/mailbox-component#112: XSS by mail body."""
    ada = await site.person("ada")
    written = 'See <https://example.org/a?b=1&c="><script>alert(1)</script> or javascript:alert(1)'
    await site.ticket(ada, description=written)
    page = await (await (await site.signed_in(ada)).get("/tickets/1")).text()
    assert '<a href="https://example.org/a?b=1&amp;c=' in page
    assert 'rel="nofollow noopener noreferrer"' in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


async def test_the_list_shows_the_own_or_all_and_filters(site: WebDesk) -> None:
    ada, eve = await site.person("ada"), await site.person("eve")
    for number in range(27):
        await site.ticket(ada, title=f"Of Ada {number}")
    await site.ticket(eve, title="Of Eve")
    own = await (await (await site.signed_in(eve)).get("/tickets")).text()
    assert "Of Eve" in own
    assert "Of Ada" not in own
    grace = await site.signed_in_as(Role.MODERATOR)
    first = await (await grace.get("/tickets?status=pending&q=Ada")).text()
    assert "Of Ada 26" in first
    assert "Of Eve" not in first
    pager = first.partition('class="pager"')[2]
    following = pager.partition('href="/tickets?')[2].partition('"')[0].replace("&amp;", "&")
    assert "status=pending&q=Ada&cursor=" in following
    second = await (await grace.get(f"/tickets?{following}")).text()
    assert "Of Ada 1<" in second
    assert "Of Ada 26" not in second
    assert 'class="pager"' not in second
    assert "No ticket fits these filters." in await (await grace.get("/tickets?q=nothing")).text()
    assert (await grace.get("/tickets?status=nonsense")).status == 422
