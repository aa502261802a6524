"""The whole story of a ticket, against the emulator: filed, confirmed, taken, resolved, found by the next one."""

import pytest

from bot.slack.blocks import ids
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.slack.emulator_story import Story
from tests.slack.slack_desk import button, text_of

pytestmark = pytest.mark.emulator


async def test_a_ticket_is_filed_taken_resolved_and_found_by_the_next_one(story: Story) -> None:
    await story.does("ada", requests.command("/ticket", "Printer on floor three jams"))
    await story.sends_form("ada", {"title": "Printer on floor three jams", "description": "Paper gets stuck"})
    (confirmed,) = await story.told("ada")
    assert "#1 Printer on floor three jams" in confirmed
    assert "No similar resolved ticket" in confirmed
    assert "nobody yet" in text_of(await story.card())

    block_id, value = button(await story.card(), ids.TAKE)
    await story.does("grace", requests.press(ids.TAKE, block_id, value))
    assert "Grace" in text_of(await story.card())

    block_id, value = button(await story.card(), ids.RESOLVE)
    await story.does("grace", requests.press(ids.RESOLVE, block_id, value))
    await story.sends_form("grace", {"resolution": "Cleaned the rollers", "public": ["public"]})
    (ticket,) = await story.desk.tickets()
    assert (ticket.status, ticket.is_public) == (Status.COMPLETED, True)
    assert any("Cleaned the rollers" in text for text in await story.told("ada"))

    await story.does("ada", requests.command("/ticket", "again"))
    await story.sends_form("ada", {"title": "Printer on floor three jams again", "description": "Paper stuck"})
    assert "Cleaned the rollers" in text_of(await story.card())
    assert "#1 Printer on floor three jams" in (await story.told("ada"))[-1]


async def test_the_whole_story_as_three_people_see_it(story: Story) -> None:
    """Ada files, Bea has the same problem, Grace works both: every act, and who is told of it."""
    for name, title in (("ada", "Exports crash with an error"), ("bea", "CSV is empty")):
        await story.does(name, requests.command("/ticket"))
        await story.sends_form(name, {"title": title, "description": f"{title} since Monday"})
        assert any(title in text for text in await story.told(name))
    first = await story.card_of(1)
    assert all(part in text_of(first) for part in ("Suggestion", "nobody yet", "first answer due"))

    grace = story.emulator.users["grace"]
    block_id, _ = button(first, ids.ASSIGN)
    await story.does("grace", requests.choose_person(ids.ASSIGN, block_id, grace))
    block_id, value = button(await story.card_of(1), ids.ACCEPT)
    await story.does("grace", requests.press(ids.ACCEPT, block_id, value))
    shown = text_of(await story.card_of(1))
    assert all(part in shown for part in ("👤 Grace", "Confirmed by a person"))

    await story.chooses_more(1, ids.NOTE)
    await story.sends_form("grace", {"note": "the nightly index"})
    block_id, value = button(await story.card_of(1), ids.REPLY)
    await story.does("grace", requests.press(ids.REPLY, block_id, value))
    await story.sends_form("grace", {"reply": "Which export is it?"})
    block_id, _ = button(await story.card_of(1), ids.STATUS)
    await story.does("grace", requests.choose(ids.STATUS, block_id, "waiting"))
    assert "due" not in text_of(await story.card_of(1)).split("Suggestion")[0]
    assert await story.heard("ada") == {"Which export is it?"}
    assert await story.heard("bea") == set()

    await story.chooses_more(1, ids.SNOOZE)
    await story.sends_form("grace", {"when": "tomorrow"})
    assert "snoozed until" in text_of(await story.card_of(1))
    await story.answers("ada", "All of them")
    card = text_of(await story.card_of(1))
    assert "snoozed" not in card
    assert "in progress" in card

    await story.chooses_more(2, ids.MERGE)
    await story.sends_form("grace", {"number": "1"}, next_page={})
    assert any("goes on as #1" in text for text in await story.told("bea"))

    block_id, value = button(await story.card_of(1), ids.RESOLVE)
    await story.does("grace", requests.press(ids.RESOLVE, block_id, value))
    await story.sends_form("grace", {"resolution": "The index is ready earlier"})
    for name in ("ada", "bea"):
        assert "The index is ready earlier" in await story.heard(name)

    await story.answers("ada", "It is empty again")
    tickets = await story.desk.tickets()
    assert [ticket.status for ticket in tickets] == [Status.PENDING, Status.COMPLETED]
    assert "It is empty again" in await story.heard("bea")
    assert "the nightly index" not in await story.heard("ada") | await story.heard("bea")


async def test_a_form_that_slack_does_not_open_gives_the_text_back(story: Story) -> None:
    """bolt-python#886, #306: a trigger opens one form only, and only for 3 s."""
    command = requests.command("/ticket", "the printer jams") | {
        "user_id": story.emulator.users["ada"],
        "team_id": story.emulator.team_id,
        "trigger_id": await story.emulator.trigger("ada"),
    }
    assert (await story.desk.send(command))[1] == ""
    _, answer = await story.desk.send(command)
    assert "the printer jams" in text_of(answer)
