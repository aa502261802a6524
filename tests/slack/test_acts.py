"""What a card's menus and forms do beyond taking and resolving: assign, snooze, merge, advice, notes, visibility."""

from datetime import timedelta

import pytest

from bot.slack.blocks import ids
from core.jobs import kinds
from core.people.values import Role
from core.tickets.values import Category, Priority, Status, Visibility
from tests.builders import unqueued
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, advance, button, text_of

ADA, GRACE, LINUS = requests.REQUESTER, requests.MODERATOR, "U0LINUS"
Json = requests.Json


@pytest.fixture
async def second(desk: SlackDesk) -> SlackDesk:
    """Linus works tickets as well."""
    desk.slack.add_user(LINUS, "Linus", "linus@people.example")
    await desk.make(LINUS, Role.MODERATOR)
    return desk


async def respond(desk: SlackDesk, payload: Json) -> str:
    """What the person alone is told after pressing or choosing; empty where nothing is."""
    before = len(desk.slack.answers)
    await desk.send(payload | {"response_url": f"{desk.slack.url}/respond/1"})
    await desk.run_jobs()
    return "\n".join(text_of(answer) for answer in desk.slack.answers[before:])


def more(card: Json, choice: str, *, user: str = GRACE) -> Json:
    """A choice behind the card's three dots."""
    block_id, _ = button(card, ids.MORE)
    (overflow,) = [e for b in card["blocks"] for e in b.get("elements", []) if e.get("action_id") == ids.MORE]
    assert choice in [option["value"] for option in overflow["options"]]
    return requests.choose(ids.MORE, block_id, choice, user=user)


async def enter(desk: SlackDesk, view: Json, entered: Json, *, user: str = GRACE, view_id: str = "") -> Json:
    """Send a form and do what follows; gives Slack's answer, empty where it closes."""
    status, answer = await desk.send(requests.submission(view, entered, user=user, view_id=view_id))
    assert status == 200
    await desk.run_jobs()
    return dict(answer) if answer else {}


async def triage(desk: SlackDesk, words: str, user: str = GRACE) -> str:
    status, answer = await desk.send(requests.command("/triage", words, user=user))
    assert (status, answer["response_type"]) == (200, "ephemeral")
    await desk.run_jobs()
    return text_of(answer)


async def wake_what_is_due(desk: SlackDesk) -> None:
    kind = kinds.TICKETS_WAKE.name
    await desk.desk.runs[kind].run(unqueued(kind))
    await desk.run_jobs()


def card_thread(desk: SlackDesk) -> str:
    return "\n".join(desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]))


async def test_a_ticket_is_given_to_somebody_by_the_cards_menu(second: SlackDesk) -> None:
    await second.file("Printer jams")
    block_id, _ = button(second.card(), ids.ASSIGN)
    assert await respond(second, requests.choose_person(ids.ASSIGN, block_id, LINUS)) == ""
    assert "Linus" in text_of(second.card())
    block_id, _ = button(second.card(), ids.ASSIGN)
    told = await respond(second, requests.choose_person(ids.ASSIGN, block_id, ADA))
    assert "Ada does not work tickets" in told
    assert "Linus" in text_of(second.card())


async def test_the_second_who_assigns_by_an_outdated_card_is_told(second: SlackDesk) -> None:
    await second.file("Printer jams")
    block_id, _ = button(second.card(), ids.ASSIGN)
    assert await respond(second, requests.choose_person(ids.ASSIGN, block_id, GRACE, user=GRACE)) == ""
    told = await respond(second, requests.choose_person(ids.ASSIGN, block_id, LINUS, user=LINUS))
    assert "Grace has given ticket #1 to Grace in the meantime" in told
    assert await respond(second, requests.choose_person(ids.ASSIGN, block_id, LINUS, user=GRACE)) == ""
    assert "Linus" in text_of(second.card())


async def test_the_status_is_set_by_its_menu_and_the_second_is_told_by_whom(second: SlackDesk) -> None:
    await second.file("Printer jams")
    block_id, _ = button(second.card(), ids.STATUS)
    assert await respond(second, requests.choose(ids.STATUS, block_id, "waiting", user=GRACE)) == ""
    assert (await second.tickets())[0].status is Status.WAITING
    told = await respond(second, requests.choose(ids.STATUS, block_id, "in_progress", user=LINUS))
    assert "Grace has set the status of ticket #1 to waiting in the meantime" in told
    assert "refused" in await respond(second, requests.choose(ids.STATUS, block_id, "completed"))


async def test_a_note_is_written_by_its_form(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    view = await desk.opened(more(desk.card(), ids.NOTE))
    assert await enter(desk, view, {"note": "ask facilities"}) == {}
    (note,) = await desk.replies()
    assert (note.text, note.visibility) == ("ask facilities", Visibility.INTERNAL)
    assert "ask facilities" in card_thread(desk)
    assert "facilities" not in str(desk.slack.messages("D0ADA"))


async def test_a_snoozed_ticket_leaves_the_queue_and_is_told_when_it_comes_back(desk: SlackDesk) -> None:
    desk.slack.users[GRACE]["tz"] = "Europe/Berlin"
    advance(desk, hours=2)  # by then the door asks for her profile anew
    await desk.file("Printer jams")
    view = await desk.opened(more(desk.card(), ids.SNOOZE))
    assert await enter(desk, view, {"when": "tomorrow"}) == {}
    assert "snoozed until" in text_of(desk.card())
    assert "queue is empty" in await triage(desk, "")
    assert "#1 Printer jams" in await triage(desk, "snoozed")
    (ticket,) = await desk.tickets()
    assert str(ticket.snoozed_until) == "2026-03-03 08:00:00+00:00"
    advance(desk, hours=23)
    await wake_what_is_due(desk)
    assert "#1 Printer jams" in await triage(desk, "")
    assert "Ticket #1 is back in the queue" in card_thread(desk)
    assert "back in the queue" not in str(desk.slack.messages("D0ADA"))
    assert "snoozed" not in text_of(desk.card())


async def test_an_exact_moment_counts_before_the_choice_and_the_past_is_refused_at_its_field(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    view = await desk.opened(more(desk.card(), ids.SNOOZE))
    now = desk.desk.clock.now()
    answer = await enter(desk, view, {"when": "tomorrow", "moment": int(now.timestamp()) - 60})
    assert "within the next year" in next(iter(answer["errors"].values()))
    chosen = now + timedelta(days=9, minutes=5)
    assert await enter(desk, view, {"when": "tomorrow", "moment": int(chosen.timestamp())}) == {}
    assert (await desk.tickets())[0].snoozed_until == chosen


async def test_the_requesters_answer_brings_a_snoozed_ticket_back(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await triage(desk, "1 snooze 2026-12-24")
    assert "queue is empty" in await triage(desk, "")
    (confirmed,) = [m for m in desk.slack.messages("D0ADA") if "thread_ts" not in m]
    await desk.send(requests.direct_message("now it burns", thread_ts=confirmed["ts"]))
    await desk.run_jobs()
    assert "#1 Printer jams" in await triage(desk, "")


async def test_the_second_who_snoozes_or_wakes_is_told(second: SlackDesk) -> None:
    await second.file("Printer jams")
    forms = [await second.opened(more(second.card(), ids.SNOOZE, user=user)) for user in (GRACE, LINUS)]
    assert await enter(second, forms[0], {"when": "tomorrow"}, user=GRACE) == {}
    answer = await enter(second, forms[1], {"when": "next_week"}, user=LINUS)
    assert "Grace has snoozed ticket #1 in the meantime" in answer["errors"]["when"]
    woken = [more(second.card(), ids.WAKE, user=user) for user in (LINUS, GRACE)]
    assert await respond(second, woken[0]) == ""
    told = await respond(second, woken[1])
    assert "Linus has brought ticket #1 back already" in told


async def test_merging_shows_both_titles_before_it_happens(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await desk.file("Paper stuck on floor three")
    view = await desk.opened(more(desk.card(), ids.MERGE))
    for wrong, told in (("x", "no ticket number"), ("2", "into itself"), ("77", "no ticket #77")):
        answer = await enter(desk, view, {"number": wrong})
        assert told in answer["errors"]["number"]
    answer = await enter(desk, view, {"number": "#1"}, view_id="V0MERGE")
    assert answer["response_action"] == "update"
    shown = text_of(answer["view"])
    assert shown.index("Paper stuck on floor three") < shown.index("goes on") < shown.index("Printer jams")
    assert [ticket.merged_into_id for ticket in await desk.tickets()] == [None, None]
    assert await enter(desk, answer["view"], {}, view_id="V0MERGE") == {}
    first, merged = await desk.tickets()
    assert (merged.merged_into_id, merged.status) == (first.id, Status.COMPLETED)
    assert "goes on as #1" in str(desk.slack.messages("D0ADA"))
    assert "#2 has been merged into #1 by Grace" in str(desk.slack.messages(requests.TRIAGE_CHANNEL))


async def test_the_second_who_merges_is_told_into_what(second: SlackDesk) -> None:
    for title in ("One", "Two", "Three"):
        await second.file(title)
    card = second.card()
    pages = []
    for user, number in ((GRACE, "1"), (LINUS, "2")):
        view = await second.opened(more(card, ids.MERGE, user=user))
        pages.append((await enter(second, view, {"number": number}, user=user))["view"])
    assert await enter(second, pages[0], {}, user=GRACE) == {}
    answer = await enter(second, pages[1], {}, user=LINUS)
    told = text_of(answer["view"])
    assert "Grace has merged ticket #3 in the meantime" in told
    assert "Merged into #1" in told
    assert (await second.tickets())[2].merged_into_id == 1


async def test_accepting_the_suggestion_makes_it_a_persons_choice(desk: SlackDesk) -> None:
    await desk.file("The app crashes with an error", "It crashes at every start")
    (ticket,) = await desk.tickets()
    assert ticket.set_by["category"] == "model"
    block_id, value = button(desk.card(), ids.ACCEPT)
    assert await respond(desk, requests.press(ids.ACCEPT, block_id, value)) == ""
    (ticket,) = await desk.tickets()
    assert (ticket.category, ticket.set_by["category"]) == (Category.BUG, "person")
    assert "Confirmed by a person" in text_of(desk.card())
    with pytest.raises(AssertionError):
        button(desk.card(), ids.ACCEPT)


async def test_correcting_opens_a_form_with_what_was_suggested(second: SlackDesk) -> None:
    await second.file("The app crashes with an error", "It crashes at every start")
    block_id, value = button(second.card(), ids.CORRECT)
    forms = [await second.opened(requests.press(ids.CORRECT, block_id, value, user=user)) for user in (GRACE, LINUS)]
    category = next(block for block in forms[0]["blocks"] if block.get("block_id") == "category")
    assert category["element"]["initial_option"]["value"] == "Bug"
    entered = {"category": "Performance", "priority": "medium", "related_skills": "start-up,  start-up, C"}
    assert await enter(second, forms[0], entered, user=GRACE) == {}
    (ticket,) = await second.tickets()
    assert (ticket.category, ticket.priority) == (Category.PERFORMANCE, Priority.MEDIUM)
    assert (ticket.related_skills, ticket.set_by["category"]) == (["start-up", "C"], "person")
    assert "A person has decided otherwise" in text_of(second.card())
    answer = await enter(second, forms[1], entered | {"category": "Question"}, user=LINUS)
    assert "Grace has set the" in answer["errors"]["category"]
    assert (await second.tickets())[0].category is Category.PERFORMANCE


async def test_making_public_is_explained_first_and_making_private_is_not(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    view = await desk.opened(more(desk.card(), ids.PUBLISH))
    assert "strangers" in text_of(view)
    assert await enter(desk, view, {}) == {}
    assert (await desk.tickets())[0].is_public
    assert await respond(desk, more(desk.card(), ids.MAKE_PRIVATE)) == ""
    assert not (await desk.tickets())[0].is_public


async def test_who_answers_while_a_colleague_does_reads_theirs_first(second: SlackDesk) -> None:
    await second.file("Printer jams")
    block_id, value = button(second.card(), ids.REPLY)
    forms = [await second.opened(requests.press(ids.REPLY, block_id, value, user=user)) for user in (GRACE, LINUS)]
    assert await enter(second, forms[0], {"reply": "Which one?"}, user=GRACE) == {}
    answer = await enter(second, forms[1], {"reply": "Is it on?"}, user=LINUS, view_id="V0REPLY")
    assert answer["response_action"] == "update"
    assert "Grace has answered in the meantime" in text_of(answer["view"])
    assert "Which one?" in text_of(answer["view"])
    kept = answer["view"]["blocks"][-1]["element"]["initial_value"]
    assert await enter(second, answer["view"], {"reply": kept}, user=LINUS, view_id="V0REPLY") == {}
    assert [reply.text for reply in await second.replies()] == ["Which one?", "Is it on?"]


async def test_the_second_who_reopens_is_told(second: SlackDesk) -> None:
    await second.file("Printer jams")
    await triage(second, "1 resolve Oiled")
    block_id, value = button(second.card(), ids.REOPEN)
    assert await respond(second, requests.press(ids.REOPEN, block_id, value, user=GRACE)) == ""
    told = await respond(second, requests.press(ids.REOPEN, block_id, value, user=LINUS))
    assert "Grace has reopened ticket #1 already" in told


async def test_every_act_by_command(desk: SlackDesk) -> None:
    await desk.file("The app crashes with an error", "It crashes at every start")
    await desk.file("The app crashes")
    await triage(desk, "1 accept")
    assert (await desk.tickets())[0].set_by["category"] == "person"
    assert "#1" in await triage(desk, "1 snooze in 3h")
    assert "#1" in await triage(desk, "1 wake")
    assert "has brought ticket #1 back already" in await triage(desk, "1 snooze off")
    await triage(desk, "2 merge 1")
    assert (await desk.tickets())[1].merged_into_id == 1
    assert "no ticket #9" in await triage(desk, "1 merge 9")


@pytest.mark.parametrize("words", ["1 accept", "1 snooze later", "1 wake", "1 merge 1", "breaching", "snoozed"])
async def test_others_are_refused_privately_by_command(desk: SlackDesk, words: str) -> None:
    filed = await desk.file("Printer jams")
    assert "Only moderators" in await triage(desk, words, user=ADA)
    assert (await desk.tickets())[0].revision == filed.revision
    assert len(await desk.ledger()) == 1


async def test_others_are_refused_privately_by_card_and_form(desk: SlackDesk) -> None:
    await desk.file("The app crashes with an error", "It crashes at every start")
    card, before = desk.card(), (await desk.tickets())[0].revision
    pressed = [
        requests.press(ids.ACCEPT, button(card, ids.ACCEPT)[0], "1", user=ADA),
        requests.press(ids.CORRECT, button(card, ids.CORRECT)[0], "1", user=ADA),
        requests.choose_person(ids.ASSIGN, button(card, ids.ASSIGN)[0], ADA, user=ADA),
        requests.choose(ids.STATUS, button(card, ids.STATUS)[0], "waiting", user=ADA),
        *(more(card, choice, user=ADA) for choice in (ids.NOTE, ids.SNOOZE, ids.MERGE, ids.PUBLISH)),
    ]
    for payload in pressed:
        assert "Only moderators" in await respond(desk, payload)
    for choice in (ids.NOTE, ids.SNOOZE, ids.MERGE, ids.PUBLISH):
        view = await desk.opened(more(card, choice))
        answer = await enter(desk, view, {"note": "x", "when": "later", "number": "2"}, user=ADA)
        assert "Only moderators" in str(answer)
    assert (await desk.tickets())[0].revision == before
    assert len(await desk.ledger()) == 1
