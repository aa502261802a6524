"""The form of a new ticket: kinds with questions of their own, and similar tickets before anything is filed."""

import html
import re

import pytest

from core.db.unit_of_work import UnitOfWork
from core.errors import TryAgainLaterError
from core.people.values import Role, system_actor
from core.search import feedback
from core.search.models import SimilarShowing
from core.search.outcomes import similar_outcomes
from core.tickets.template_list import set_templates
from core.tickets.templates import read_templates
from tests.web.web_desk import Client, WebDesk, send_form

TITLE = "Printer jams on both sides"
OWN_TEMPLATES = """
[[template]]
kind = "access"
name = "Access request"
category = "Question"
[[template.field]]
key = "system"
label = "Which <system>?"
hint = "As it is called."
required = true
[[template.field]]
key = "rights"
label = "Which rights?"
kind = "choice"
choices = ["read", "write"]
required = true
"""


@pytest.fixture
async def ada(site: WebDesk) -> Client:
    return await site.signed_in_as(Role.USER, "ada")


async def _step(browser: Client, step: str, **fields: str) -> tuple[int, str]:
    """Press one of the form's buttons, having filled in `fields`."""
    answer = await send_form(browser, "/tickets/new", step=step, **fields)
    return answer.status, await answer.text()


def _hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


async def test_another_kind_asks_its_own_questions_and_keeps_what_was_typed(ada: Client) -> None:
    first = await (await ada.get("/tickets/new")).text()
    assert "What kind of ticket is it?" in first
    assert "Steps to see it again" not in first
    words = {"title": 'It says "no"', "description": "Two\nlines", "category": "Bug", "priority": "high"}
    status, page = await _step(ada, "kind:bug", **words)
    assert status == 200
    for part in ('value="It says &#34;no&#34;"', ">Two\nlines</textarea>", "Steps to see it again", "selected>high"):
        assert part in page
    assert 'name="category"' not in page  # the kind says it
    _, page = await _step(ada, "kind:feature", **words, **{"ask:steps": "Press <it>."})
    assert "How do you do it today?" in page
    assert ">Press &lt;it&gt;.</textarea>" in page  # answered before, so it stays
    assert "What did you expect?" not in page


async def test_answers_stand_in_the_ticket_below_the_description(ada: Client) -> None:
    fields = {"kind": "bug", "title": "It fails", "description": "At once.", "priority": "high", "is_public": "true"}
    answers = {"ask:expected": "That it works.", "ask:frequency": "every time", "ask:foreign": "x"}
    answer = await send_form(ada, "/tickets/new", **fields, **answers)
    assert answer.headers["Location"] == "/tickets/1"
    ticket = await (await ada.get("/api/v1/tickets/1")).json()
    assert ticket["description"] == (
        "At once.\n\nWhat did you expect?: That it works.\nHow often does it happen?: every time"
    )
    assert (ticket["category"], ticket["priority"], ticket["is_public"]) == ("Bug", "high", True)


async def test_a_missing_answer_is_told_beside_its_question(site: WebDesk, ada: Client) -> None:
    async with site.desk.unit_of_work(system_actor(1)) as uow:
        await set_templates(uow, read_templates(OWN_TEMPLATES))
        await uow.commit()
    filled = {"title": "Payroll, please", "ask:rights": "all of them"}
    answer = await send_form(ada, "/tickets/new", **filled)
    page = await answer.text()
    assert answer.status == 422
    assert 'aria-describedby="ask:system-hint ask:system-mistake" aria-invalid="true"' in page
    assert '<p class="mistake" id="ask:system-mistake">Please answer: Which &lt;system&gt;?</p>' in page
    assert '<a href="#ask:rights">Please answer: Which rights?</a>' in page
    assert 'value="Payroll, please"' in page
    assert 'value="kind:' not in page  # there is but one kind
    assert (await ada.get("/api/v1/tickets/1")).status == 404
    answer = await send_form(ada, "/tickets/new", **filled | {"ask:system": "Payroll", "ask:rights": "read"})
    assert answer.status == 303


async def test_every_described_field_is_described_by_something(ada: Client) -> None:
    for kind in ("general", "bug", "feature", "question", "performance"):
        page = await (await ada.get("/tickets/new", params={"kind": kind})).text()
        ids = set(re.findall(r' id="([^"]+)"', page))
        described = {name for names in re.findall(r'aria-describedby="([^"]+)"', page) for name in names.split()}
        assert described <= ids, kind
        labels = set(re.findall(r'<label for="([^"]+)"', page))
        assert labels <= ids, kind


async def test_what_was_solved_before_is_shown_before_anything_is_filed(site: WebDesk, ada: Client) -> None:
    number = await site.solved(TITLE)
    status, page = await _step(ada, "similar", title=TITLE, key="form-1")
    assert status == 200
    assert "Clean the rollers." in page
    assert f'value="solved:{number}"' in page
    showing = _hidden(page, "showing")
    status, page = await _step(ada, f"solved:{number}", title=TITLE, key="form-1", showing=showing)
    assert "No ticket was filed" in page
    assert f'href="/tickets/{number}"' in page
    async with site.desk.reading(system_actor(1)) as reading:
        whole = (await similar_outcomes(reading)).whole
    assert (whole.asked, whole.solved, whole.deflected) == (1, 1, 1)
    assert (await (await ada.get("/api/v1/tickets/my")).json())["items"] == []


async def test_what_did_not_help_is_shown_no_longer_in_this_form(site: WebDesk, ada: Client) -> None:
    number = await site.solved(TITLE)
    _, page = await _step(ada, "similar", title=TITLE, key="form-1")
    fields = {"title": TITLE, "key": "form-1", "showing": _hidden(page, "showing")}
    _, page = await _step(ada, f"unhelpful:{number}", **fields)
    assert "Clean the rollers." not in page
    assert f'value="{TITLE}"' in page
    assert "Nothing like it was solved in public before" in page


async def test_a_ticket_filed_all_the_same_counts_as_no_deflection(site: WebDesk, ada: Client) -> None:
    await site.solved(TITLE)
    _, page = await _step(ada, "similar", title=TITLE, key="form-1")
    filed = await send_form(ada, "/tickets/new", title=TITLE, key="form-1", showing=_hidden(page, "showing"))
    assert filed.status == 303
    await site.run_jobs("search.find_similar")
    async with site.desk.reading(system_actor(1)) as reading:
        whole = (await similar_outcomes(reading)).whole
    # Two tickets, two questions: what the form asked is asked by its ticket again.
    assert (whole.asked, whole.shown, whole.deflected) == (2, 1, 0)


async def test_nobody_judges_what_was_shown_to_somebody_else(site: WebDesk, ada: Client) -> None:
    number = await site.solved(TITLE)
    _, page = await _step(ada, "similar", title=TITLE, key="form-1")
    eve = await site.signed_in_as(Role.USER, "eve")
    fields = {"title": "Words of Eve", "showing": _hidden(page, "showing")}
    status, page = await _step(eve, f"solved:{number}", **fields)
    assert status == 404
    assert "was not shown to you" in html.unescape(page)
    assert 'value="Words of Eve"' in page
    assert (await _step(ada, "solved:nonsense", title=TITLE))[0] == 404


async def test_too_few_words_are_not_searched_for(ada: Client) -> None:
    _, page = await _step(ada, "similar", title="Help!")
    assert "Write a few words more" in page


async def test_a_search_that_is_away_holds_nobody_up(
    site: WebDesk, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(**_: object) -> None:
        raise TryAgainLaterError("The search is away.")

    monkeypatch.setattr(site.desk.search, "ask", away)
    status, page = await _step(ada, "similar", title=TITLE)
    assert status == 200
    assert "You can send your ticket all the same." in page
    assert f'value="{TITLE}"' in page


async def test_a_form_that_asks_twice_at_once_is_answered_twice_and_counted_once(
    site: WebDesk, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second finds no showing when it looks, and one when it writes."""
    await site.solved(TITLE)
    await _step(ada, "similar", title=TITLE, key="form-1")
    looked: list[str] = []

    async def overtaken(uow: UnitOfWork, key: str) -> SimilarShowing | None:
        looked.append(key)
        return None if len(looked) == 1 else await by_key(uow, key)

    by_key = feedback._by_key
    monkeypatch.setattr(feedback, "_by_key", overtaken)
    status, page = await _step(ada, "similar", title=TITLE, key="form-1")
    assert (status, len(looked)) == (200, 2)
    assert "Clean the rollers." in page
