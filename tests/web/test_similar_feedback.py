"""Saying whether a similar ticket helped, by the JSON API and by the link in a mail."""

from sqlalchemy import select, update

from core.people.models import User
from core.people.values import Role, system_actor
from core.search.feedback_links import FeedbackLink, feedback_token, read_feedback_token
from core.search.models import ShownTicket, SimilarVerdict
from core.search.outcomes import similar_outcomes
from core.search.values import Verdict
from tests.web.web_desk import Client, WebDesk, send_form

TITLE = "Printer jams on both sides"


async def _verdicts(site: WebDesk) -> list[tuple[int, Verdict, str]]:
    async with site.desk.reading(system_actor(1)) as reading:
        rows = await reading.session.scalars(select(SimilarVerdict).order_by(SimilarVerdict.id))
        return [(row.user_id, row.verdict, row.channel) for row in rows]


async def test_feedback_on_what_was_shown_before_any_ticket(site: WebDesk) -> None:
    number = await site.solved(TITLE)
    user = await site.person("ada")
    ada, eve = await site.signed_in(user), await site.signed_in_as(Role.USER, "eve")
    shown = await (await ada.post("/api/v1/tickets/similar", json={"title": TITLE, "key": "form-1"})).json()
    path = f"/api/v1/tickets/similar/{shown['showing']}/{number}/feedback"
    for _ in range(2):
        answer = await ada.post(path, json={"verdict": "solved_it"})
        assert (answer.status, (await answer.json())["verdict"]) == (200, "solved_it")
    assert (await eve.post(path, json={"verdict": "helpful"})).status == 404
    assert (await ada.post(path, json={"verdict": "ignored"})).status == 422
    assert (await ada.post(path.replace("/similar/", "/similar/9"), json={"verdict": "helpful"})).status == 404
    assert await _verdicts(site) == [(user.id, Verdict.SOLVED_IT, "api")]


async def test_feedback_on_a_filed_ticket(site: WebDesk) -> None:
    number = await site.solved(TITLE)
    user = await site.person("ada")
    ada, eve = await site.signed_in(user), await site.signed_in_as(Role.USER, "eve")
    ticket = (await (await ada.post("/api/v1/tickets", json={"title": TITLE})).json())["number"]
    await site.run_jobs("search.find_similar")
    path = f"/api/v1/tickets/{ticket}/similar/{number}/feedback"
    assert (await ada.post(path, json={"verdict": "helpful"})).status == 200
    assert (await eve.post(path, json={"verdict": "helpful"})).status == 404
    assert (await site.browser().post(path, json={"verdict": "helpful"})).status == 401
    assert await _verdicts(site) == [(user.id, Verdict.HELPFUL, "api")]


async def test_somebody_in_copy_judges_nothing_on_a_ticket(site: WebDesk) -> None:
    number = await site.solved(TITLE)
    bob = await site.person("bob")
    ticket = await site.ticket(await site.person("ada"), title=TITLE, participants=[bob])
    await site.run_jobs("search.find_similar")
    in_copy = await site.signed_in(bob)
    path = f"/api/v1/tickets/{ticket.number}/similar/{number}/feedback"
    assert (await in_copy.post(path, json={"verdict": "helpful"})).status == 403
    page = await (await in_copy.get(f"/tickets/{ticket.number}")).text()
    assert "Similar, and solved" in page
    assert "Not helpful" not in page
    assert await _verdicts(site) == []


async def test_what_solved_it_completes_the_requester_s_ticket_from_its_page(site: WebDesk) -> None:
    number = await site.solved(TITLE)
    user = await site.person("ada")
    ada, grace = await site.signed_in(user), await site.signed_in_as(Role.MODERATOR, "hopper")
    ticket = await site.ticket(user, title=TITLE)
    other = await site.ticket(user, title="Unlike anything")
    await site.run_jobs("search.find_similar")
    page, path = f"/tickets/{ticket.number}", f"/tickets/{ticket.number}/similar/{number}"
    assert "This solved it" not in await (await grace.get(page)).text()
    assert (await send_form(grace, path, page=page, verdict="helpful")).status == 303
    unshown = await send_form(ada, f"/tickets/{other.number}/similar/{number}", page=page, verdict="solved_it")
    assert unshown.status == 404
    answer = await send_form(ada, path, page=page, verdict="solved_it")
    assert (answer.status, answer.headers["Location"]) == (303, page)
    read = await (await ada.get(f"/api/v1{page}")).json()
    assert read["status"] == "completed"
    assert f"Solved by ticket #{number}" in read["resolution"]
    assert [verdict for _, verdict, _ in await _verdicts(site)] == [Verdict.HELPFUL, Verdict.SOLVED_IT]
    assert (await send_form(ada, path, page=page, verdict="solved_it")).status == 409
    async with site.desk.reading(system_actor(1)) as reading:
        assert (await similar_outcomes(reading)).whole.solved == 1


async def test_what_did_not_help_the_requester_is_shown_no_longer(site: WebDesk) -> None:
    number = await site.solved(TITLE)
    user = await site.person("ada")
    ada = await site.signed_in(user)
    ticket = await site.ticket(user, title=TITLE)
    await site.run_jobs("search.find_similar")
    page = f"/tickets/{ticket.number}"
    assert (await send_form(ada, f"{page}/similar/{number}", page=page, verdict="not_helpful")).status == 303
    assert f"/tickets/{number}" not in await (await ada.get(page)).text()
    assert f"/tickets/{number}" in await (await (await site.signed_in_as(Role.MODERATOR, "hopper")).get(page)).text()
    assert await _verdicts(site) == [(user.id, Verdict.NOT_HELPFUL, "web")]


async def mailed_link(site: WebDesk, user: User) -> str:
    ada = await site.signed_in(user)
    await ada.post("/api/v1/tickets", json={"title": TITLE})
    await site.run_jobs("search.find_similar")
    async with site.desk.reading(system_actor(1)) as reading:
        shown = (await reading.session.scalars(select(ShownTicket).order_by(ShownTicket.id))).all()[-1]
    link = FeedbackLink(shown_id=shown.id, user_id=user.id, organization_id=1)
    return f"/similar/{feedback_token(site.desk.link_key, link)}"


async def test_a_mail_s_link_shows_buttons_and_only_they_record(site: WebDesk) -> None:
    """supabase/auth#1214: a scanner that opens every link must not answer for the person."""
    await site.solved(TITLE)
    user = await site.person("ada")
    path = await mailed_link(site, user)
    stranger: Client = site.browser()
    text = await (await stranger.get(path)).text()
    assert TITLE in text
    assert "It solved my problem" in text
    assert (await stranger.head(path)).status == 200
    assert (await stranger.post(path, data={"verdict": "helpful"})).status == 403
    assert await _verdicts(site) == []
    answer = await send_form(stranger, path, verdict="solved_it")
    assert answer.status == 200
    assert "Thank you" in await answer.text()
    assert await _verdicts(site) == [(user.id, Verdict.SOLVED_IT, "email")]


async def test_a_link_that_was_changed_or_has_lost_its_person_leads_nowhere(site: WebDesk) -> None:
    await site.solved(TITLE)
    user = await site.person("ada")
    path = await mailed_link(site, user)
    stranger = site.browser()
    changed = path[:-1] + ("a" if path[-1] != "a" else "b")
    assert (await stranger.get(changed)).status == 404
    assert (await stranger.get("/similar/" + "x" * 40)).status == 404
    async with site.desk.surroundings.database.writing() as connection:
        await connection.execute(update(User.__table__).where(User.id == user.id).values(is_active=False))
    assert (await send_form(stranger, path, verdict="helpful")).status == 404
    assert await _verdicts(site) == []


def test_a_token_is_read_by_the_key_that_signed_it_alone() -> None:
    link = FeedbackLink(shown_id=3, user_id=14, organization_id=1)
    token = feedback_token("one key", link)
    assert read_feedback_token("one key", token) == link
    assert read_feedback_token("another key", token) is None
    assert read_feedback_token("one key", token.replace("14", "15", 1)) is None
    assert read_feedback_token("one key", "nonsense") is None
