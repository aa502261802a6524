"""The form of a new ticket while it is filled in: earlier solutions appear as somebody types."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.slack.blocks import ids
from core.people.values import system_actor
from core.search.models import SimilarShowing, SimilarVerdict
from core.search.values import Findings, Surface, Verdict
from core.tickets.template_list import set_templates
from core.tickets.templates import read_templates
from core.tickets.values import Category, SetBy
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure
from tests.slack.slack_desk import SlackDesk, text_of

PROBLEM = {"title": "Printer jams", "description": "The printer on the third floor jams with every sheet"}


async def solved_earlier(desk: SlackDesk, *, is_public: bool = True) -> int:
    ticket = await desk.file("Printer jams on the third floor", "Paper jam with every sheet of paper")
    words = f"{ticket.number} resolve Clean the rollers of tray 2.\nThen close it."
    await desk.send(requests.command("/triage", words, user=requests.MODERATOR))
    if is_public:
        await desk.send(requests.command("/triage", f"{ticket.number} public on", user=requests.MODERATOR))
    await desk.run_jobs()
    return ticket.number


async def open_form(desk: SlackDesk) -> dict[str, Any]:
    await desk.send(requests.command("/ticket"))
    return desk.form()


async def test_earlier_solutions_appear_while_somebody_types(desk: SlackDesk) -> None:
    number = await solved_earlier(desk)
    form = await open_form(desk)
    rows = len(await desk.ledger())
    assert await desk.send(requests.typed(form, "description", PROBLEM)) == (200, "")
    shown = text_of(desk.form())
    assert f"#{number} Printer jams on the third floor" in shown
    assert "Clean the rollers of tray 2." in shown
    assert "Then close it" not in shown  # one line of it
    assert f"https://desk.example/tickets/{number}" in shown
    assert "This solved it" in shown
    assert len(await desk.ledger()) == rows


async def test_what_was_typed_stays(desk: SlackDesk) -> None:
    """Slack keeps it where the inputs keep their names; whoever does not know it gets it as it was sent."""
    await solved_earlier(desk)
    form = await open_form(desk)
    entered = PROBLEM | {"category": "Bug", "priority": "high", "public": ["public"]}
    await desk.send(requests.typed(form, "description", entered))
    before, after = inputs_of(form), inputs_of(desk.form())
    assert [(name, one["action_id"]) for name, one in before.items()] == [
        (name, one["action_id"]) for name, one in after.items()
    ]
    assert after["description"]["initial_value"] == PROBLEM["description"]
    assert after["category"]["initial_option"]["value"] == "Bug"
    assert after["public"]["initial_options"][0]["value"] == "public"


async def test_a_long_text_keeps_all_its_inputs(desk: SlackDesk) -> None:
    await solved_earlier(desk)
    await desk.send(requests.command("/ticket", "the printer jams " * 400))
    entered = PROBLEM | {"description_2": " of paper", "description_3": " it takes"}
    await desk.send(requests.typed(desk.form(), "description_2", entered))
    assert list(inputs_of(desk.form()))[1:5] == ["title", "description", "description_2", "description_3"]
    assert "Solved before" in text_of(desk.form())


async def test_a_private_ticket_never_appears(desk: SlackDesk) -> None:
    """zammad#2757, frappe/helpdesk#2947: similar tickets leak confidential subjects."""
    await solved_earlier(desk, is_public=False)
    await desk.send(requests.typed(await open_form(desk), "description", PROBLEM))
    assert "Solved before" not in text_of(desk.form())
    assert "rollers" not in text_of(desk.form())


async def test_a_few_letters_are_not_searched_for(desk: SlackDesk) -> None:
    await solved_earlier(desk)
    await desk.send(requests.typed(await open_form(desk), "title", {"title": "Print"}))
    assert "Solved before" not in text_of(desk.form())


async def test_a_new_key_press_drops_the_search_before_it(desk: SlackDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No storm: of ten texts within a moment the last is searched for, and what an older search found is not shown."""
    number = await solved_earlier(desk)
    real, asked, has_begun, may_end = desk.desk.search.ask, [], asyncio.Event(), asyncio.Event()

    async def ask(**question: Any) -> Findings:
        asked.append(question["description"])
        if len(asked) == 1:
            has_begun.set()
            await may_end.wait()
        return await real(**question)

    monkeypatch.setattr(desk.desk.search, "ask", ask)
    form = await open_form(desk)
    begun = requests.typed(form, "description", PROBLEM | {"description": "The printer"})
    first = asyncio.create_task(desk.send(begun))
    await asyncio.wait_for(has_begun.wait(), 10)
    whole = PROBLEM["description"]
    texts = [whole[:length] for length in range(len(whole) - 9, len(whole) + 1)]
    await asyncio.gather(
        *(desk.send(requests.typed(form, "description", PROBLEM | {"description": text})) for text in texts)
    )
    may_end.set()
    await first
    assert asked[0] == "The printer"
    assert asked[-1] == texts[-1]
    updates = desk.slack.calls_of("views.update")
    shown = [block for block in updates[-1]["view"]["blocks"] if block.get("block_id") == "description"]
    assert shown[0]["element"]["initial_value"] == texts[-1]
    assert len(updates) < len(texts)
    assert f"#{number}" in text_of(desk.form())


async def test_the_same_text_is_searched_for_once(desk: SlackDesk) -> None:
    await solved_earlier(desk)
    form = await open_form(desk)
    await desk.send(requests.typed(form, "description", PROBLEM))
    await desk.send(requests.typed(form, "description", PROBLEM))
    assert len(desk.slack.calls_of("views.update")) == 1


async def test_words_sent_before_the_last_update_had_arrived_are_not_refused(desk: SlackDesk) -> None:
    """The payload has the hash of the view before; the form is known by the newest."""
    await solved_earlier(desk)
    form = await open_form(desk)
    await desk.send(requests.typed(form, "description", PROBLEM))
    more = PROBLEM | {"description": PROBLEM["description"] + ", since Monday"}
    await desk.send(requests.typed(form, "description", more))
    assert len(desk.slack.calls_of("views.update")) == 2
    shown = {block.get("block_id"): block for block in desk.form()["blocks"]}
    assert shown["description"]["element"]["initial_value"].endswith("since Monday")


@pytest.mark.parametrize(
    "failure", [Failure(error="hash_conflict"), Failure(error="not_found"), Failure(status=500), Failure(status=429)]
)
async def test_a_form_that_cannot_be_updated_stays_as_it_is(desk: SlackDesk, failure: Failure) -> None:
    """Closed meanwhile, redrawn by another process, or Slack has a fault: nobody is disturbed, the next text tries."""
    number = await solved_earlier(desk)
    form = await open_form(desk)
    desk.slack.fail("views.update", failure)
    assert await desk.send(requests.typed(form, "description", PROBLEM)) == (200, "")
    assert "Solved before" not in text_of(desk.form())
    await desk.send(requests.typed(form, "description", PROBLEM))
    assert f"#{number}" in text_of(desk.form())


async def press_solved(desk: SlackDesk, number: int, entered: dict[str, Any] = PROBLEM) -> None:
    pressed = requests.pressed_in_form(desk.form(), ids.FORM_SOLVED, str(number), entered)
    assert await desk.send(pressed) == (200, "")


async def verdicts(desk: SlackDesk) -> list[tuple[Surface, Verdict]]:
    async with desk.reading() as reading:
        rows = await reading.session.scalars(select(SimilarVerdict))
        surfaces = await reading.session.scalars(
            select(SimilarShowing.surface).where(SimilarShowing.surface != Surface.TICKET)
        )
        return list(zip(surfaces, (row.verdict for row in rows), strict=True))


async def test_what_an_earlier_ticket_solved_is_not_filed_but_counted(desk: SlackDesk) -> None:
    number = await solved_earlier(desk)
    await desk.send(requests.typed(await open_form(desk), "description", PROBLEM))
    rows = len(await desk.ledger())
    await press_solved(desk, number)
    await press_solved(desk, number)
    shown = text_of(desk.form())
    assert "Good to hear" in shown
    assert f"#{number} Printer jams on the third floor" in shown
    assert "submit" not in desk.form()
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1
    assert len(await desk.ledger()) == rows
    assert await verdicts(desk) == [(Surface.SLACK_FORM, Verdict.SOLVED_IT)]


async def test_somebody_new_can_say_that_it_solved_it(desk: SlackDesk) -> None:
    """Whom the desk has never met leaves nothing behind by typing, and is known from the button on."""
    number = await solved_earlier(desk)
    desk.slack.add_user("U0NEW", "Nia", "nia@people.example")
    await desk.send(requests.command("/ticket", user="U0NEW"))
    await desk.send(requests.typed(desk.form(), "description", PROBLEM, user="U0NEW"))
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count()).select_from(SimilarShowing)) == 1  # of the ticket
    pressed = requests.pressed_in_form(desk.form(), ids.FORM_SOLVED, str(number), PROBLEM, user="U0NEW")
    await desk.send(pressed)
    assert await verdicts(desk) == [(Surface.SLACK_FORM, Verdict.SOLVED_IT)]


async def test_a_ticket_that_was_not_shown_cannot_have_solved_it(desk: SlackDesk) -> None:
    number = await solved_earlier(desk, is_public=False)
    await desk.send(requests.typed(await open_form(desk), "description", PROBLEM))
    await press_solved(desk, number)
    assert "not shown to you" in text_of(desk.slack.messages("D0ADA")[-1])
    assert desk.form()["callback_id"] == ids.NEW_TICKET_MODAL
    assert await verdicts(desk) == []


def inputs_of(form: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}


async def choose_kind(desk: SlackDesk, kind: str, entered: dict[str, Any]) -> dict[str, Any]:
    form = desk.form()
    option = {"text": {"type": "plain_text", "text": kind}, "value": kind}
    action = {"type": "static_select", "action_id": "kind", "block_id": "kind", "selected_option": option}
    assert await desk.send(requests.in_form(form, action, entered | {"kind": kind})) == (200, "")
    return desk.form()


async def test_another_kind_of_ticket_asks_other_questions(desk: SlackDesk) -> None:
    await open_form(desk)
    form = await choose_kind(desk, "bug", PROBLEM)
    shown = inputs_of(form)
    assert {"field:long:steps", "field:choice:frequency", "field:short:where"} <= set(shown)
    assert shown["kind"]["initial_option"]["value"] == "bug"
    assert shown["description"]["initial_value"] == PROBLEM["description"]
    assert "category" not in shown  # the kind says it
    answers = {"field:long:steps": "1. print\n2. wait", "field:choice:frequency": "every time"}
    await desk.send(requests.submission(form, PROBLEM | {"kind": "bug"} | answers))
    (ticket,) = await desk.tickets()
    assert ticket.category is Category.BUG
    assert ticket.set_by["category"] == SetBy.PERSON
    written, steps, frequency = ticket.description.split("\n\n")
    assert written == PROBLEM["description"]
    assert steps == "Steps to see it again:\n1. print\n2. wait"
    assert frequency == "How often does it happen?: every time"


async def test_answers_stay_when_another_kind_is_chosen(desk: SlackDesk) -> None:
    """Nothing that was typed is lost: what the new kind does not ask stays in the form, to be cleared or sent."""
    await open_form(desk)
    await choose_kind(desk, "bug", PROBLEM)
    answered = PROBLEM | {"field:long:steps": "Press the button", "field:short:where": "Third floor"}
    form = await choose_kind(desk, "performance", answered)
    shown = inputs_of(form)
    assert shown["field:short:where"]["initial_value"] == "Third floor"  # both kinds ask it
    assert shown["field:long:steps"]["initial_value"] == "Press the button"
    assert "field:choice:frequency" not in shown
    await desk.send(requests.submission(form, answered | {"kind": "performance"}))
    (ticket,) = await desk.tickets()
    assert ticket.category is Category.PERFORMANCE
    assert "Where does it happen?: Third floor\nSteps to see it again: Press the button" in ticket.description


async def test_solutions_stay_when_another_kind_is_chosen(desk: SlackDesk) -> None:
    number = await solved_earlier(desk)
    await desk.send(requests.typed(await open_form(desk), "description", PROBLEM))
    form = await choose_kind(desk, "bug", PROBLEM)
    assert f"#{number}" in text_of(form)
    assert "field:long:steps" in inputs_of(form)


async def test_words_typed_before_the_new_questions_had_arrived_do_not_take_them_away(desk: SlackDesk) -> None:
    await solved_earlier(desk)
    before = await open_form(desk)
    await choose_kind(desk, "bug", PROBLEM)
    await desk.send(requests.typed(before, "description", PROBLEM))
    assert "field:long:steps" in inputs_of(desk.form())
    assert "Solved before" in text_of(desk.form())


async def test_an_organization_asks_its_own_questions(desk: SlackDesk) -> None:
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        await set_templates(uow, read_templates(OWN_TEMPLATES))
        await uow.commit()
    form = await open_form(desk)
    assert "kind" not in inputs_of(form)  # there is only one
    needed = next(block for block in form["blocks"] if block.get("block_id") == "field:short:system")
    assert needed["optional"] is False
    await desk.send(requests.submission(form, {"title": "Access", "field:short:system": "Payroll"}))
    (ticket,) = await desk.tickets()
    assert ticket.description == "Which system?: Payroll"


OWN_TEMPLATES = """
[[template]]
kind = "access"
name = "Access request"
[[template.field]]
key = "system"
label = "Which system?"
required = true
"""


async def test_an_input_of_another_name_is_not_typed_text(desk: SlackDesk) -> None:
    await solved_earlier(desk)
    form = await open_form(desk)
    action = {"type": "button", "action_id": "foreign", "block_id": "foreign", "value": "x"}
    assert await desk.send(requests.in_form(form, action, PROBLEM)) == (200, "")
    assert desk.slack.calls_of("views.update") == []
    assert desk.form()["callback_id"] == ids.NEW_TICKET_MODAL


async def test_half_a_character_does_not_keep_a_ticket_from_being_filed(desk: SlackDesk) -> None:
    """JSON may hold one half of a surrogate pair, which UTF-8 cannot."""
    form = await desk.opened(requests.command("/ticket", "my printer jams"))
    status, _ = await desk.send(
        requests.submission(form, {"title": "printer \udc00 jams", "description": "a \ud83d b"})
    )
    assert status == 200
    (ticket,) = await desk.tickets()
    assert (ticket.title, ticket.description) == ("printer ? jams", "a ? b")
