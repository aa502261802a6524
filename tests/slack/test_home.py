"""The Home tab: mine for everybody, the queues for moderators, the numbers for admins; nobody sees another's."""

import pytest

from bot.slack.blocks import home, ids
from core.gathering.values import Answer
from core.people.values import Role
from core.tickets.values import Status
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure
from tests.slack.slack_desk import SlackDesk, advance, button, text_of

ADA, GRACE, MALLORY = requests.REQUESTER, requests.MODERATOR, "U0MALLORY"


async def opened_by(desk: SlackDesk, user: str, tab: str = "home") -> requests.Json:
    event = {"type": "app_home_opened", "user": user, "channel": "D" + user[1:], "tab": tab, "event_ts": "1.5"}
    assert await desk.send(requests.envelope(event)) == (200, "")
    return desk.slack.views.get(f"home of {user}", {})


def pressed_at_home(action_id: str, block_id: str, value: str, user: str) -> requests.Json:
    """As Slack sends it from there: a view, and neither message nor address to answer."""
    payload = requests.press(action_id, block_id, value, user=user)
    del payload["message"], payload["channel"], payload["response_url"]
    view = {"id": f"home of {user}", "type": "home", "callback_id": ids.HOME}
    return payload | {"view": view, "container": {"type": "view", "view_id": view["id"]}}


async def test_everybody_sees_their_own_tickets_and_nobody_elses(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    shown = text_of(await opened_by(desk, ADA))
    assert "#1 Printer jams" in shown
    assert "Nobody's yet" not in shown
    assert "Printer" not in text_of(await opened_by(desk, MALLORY))
    assert [row.rule for row in await desk.ledger()] == ["slack-new-ticket"]  # looking leaves no row


async def test_a_moderator_sees_the_queues_and_takes_a_ticket_there(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    view = await opened_by(desk, GRACE)
    block_id, value = button(view, ids.TAKE)
    assert await desk.send(pressed_at_home(ids.TAKE, block_id, value, GRACE)) == (200, "")
    (ticket,) = await desk.tickets()
    assert (ticket.status, ticket.assigned_to_id is not None) == (Status.IN_PROGRESS, True)
    drawn_again = text_of(desk.slack.views[f"home of {GRACE}"])
    assert drawn_again.index("Yours to solve") < drawn_again.index("#1 Printer jams") < drawn_again.index("Nobody's")


async def test_a_moderator_sees_what_is_due_and_no_ticket_twice(desk: SlackDesk) -> None:
    for title in ("Overdue of nobody", "Overdue of mine", "Asleep"):
        await desk.file(title, priority="high")
    await desk.send(requests.command("/triage", "2 take", user=GRACE))
    await desk.send(requests.command("/triage", "3 snooze 2026-12-24", user=GRACE))
    advance(desk, hours=3)
    await desk.file("Fresh", priority="low")
    shown = text_of(await opened_by(desk, GRACE))
    assert "3 overdue" in shown
    order = ["Yours to solve", "#2 Overdue of mine", "Overdue or due soon", "#1 Overdue", "Nobody's", "#4 Fresh"]
    assert [shown.count(part) for part in order] == [1] * len(order)
    assert sorted(order, key=shown.index) == order
    assert "first answer overdue by 2 h" in shown
    assert "overdue" not in text_of(await opened_by(desk, ADA))


async def test_numbers_are_for_admins(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    assert "Administration" not in text_of(await opened_by(desk, GRACE))
    await desk.make(GRACE, Role.ADMIN)
    shown = text_of(await opened_by(desk, GRACE))
    assert "pending 1" in shown
    assert "desk.example/admin" in shown


async def test_a_long_list_says_where_the_rest_is(desk: SlackDesk) -> None:
    for number in range(home.ROWS + 1):
        await desk.file(f"Ticket no. {number}")
    shown = text_of(await opened_by(desk, ADA))
    assert shown.count("Ticket no.") == home.ROWS
    assert "/ticket mine" in shown


async def test_the_form_of_a_new_ticket_opens_from_home(desk: SlackDesk) -> None:
    block_id, value = button(await opened_by(desk, ADA), ids.NEW_TICKET)
    view = await desk.opened(pressed_at_home(ids.NEW_TICKET, block_id, value, ADA))
    assert await desk.send(requests.submission(view, {"title": "Printer jams"})) == (200, "")
    assert [ticket.title for ticket in await desk.tickets()] == ["Printer jams"]


async def test_an_expired_trigger_is_told_by_direct_message(desk: SlackDesk) -> None:
    """bolt-python#886, #306."""
    pressed = pressed_at_home(ids.NEW_TICKET, "home", "new", ADA)
    desk.slack.expired_triggers.add(pressed["trigger_id"])
    await desk.send(pressed)
    assert "/ticket" in text_of(desk.slack.messages("D0ADA")[0])


@pytest.mark.parametrize("failure", [Failure(status=500), Failure(error="not_enabled"), Failure(status=429)])
async def test_a_home_that_cannot_be_drawn_is_drawn_at_the_next_opening(desk: SlackDesk, failure: Failure) -> None:
    desk.slack.fail("views.publish", failure)
    assert await opened_by(desk, ADA) == {}
    assert text_of(await opened_by(desk, ADA)) != ""


async def test_other_tabs_draw_nothing(desk: SlackDesk) -> None:
    assert await opened_by(desk, ADA, tab="messages") == {}


async def test_what_is_not_filed_yet_waits_at_home_and_is_filed_there(desk: SlackDesk) -> None:
    """The question in the channel is seen by its author alone, and gone when Slack is started again."""
    await desk.send(requests.command("/triage", f"channel <#{requests.CHANNEL}> ask", user=GRACE))
    await desk.send(requests.message("The projector in room 4 stays dark"))
    await desk.run_jobs()
    assert "Not filed yet" not in text_of(await opened_by(desk, MALLORY))
    view = await opened_by(desk, ADA)
    assert "The projector in room 4 stays dark" in text_of(view)
    block_id, value = button(view, Answer.FILE.value)
    assert "no question" not in text_of(view)
    foreign = pressed_at_home(Answer.FILE.value, block_id, value, MALLORY)
    await desk.send(foreign)
    assert await desk.tickets() == []
    assert "not for you" in text_of(desk.slack.messages("D0MALLORY")[-1])
    assert await desk.send(pressed_at_home(Answer.FILE.value, block_id, value, ADA)) == (200, "")
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.title == "The projector in room 4 stays dark"
    drawn_again = text_of(desk.slack.views[f"home of {ADA}"])
    assert "Not filed yet" not in drawn_again
    assert f"#{ticket.number} The projector" in drawn_again


async def test_what_was_begun_in_a_dialogue_is_dropped_at_home(desk: SlackDesk) -> None:
    await desk.send(requests.direct_message("it does not work"))
    await desk.run_jobs()
    block_id, value = button(await opened_by(desk, ADA), Answer.DROP.value)
    await desk.send(pressed_at_home(Answer.DROP.value, block_id, value, ADA))
    assert "Not filed yet" not in text_of(desk.slack.views[f"home of {ADA}"])
    assert await desk.tickets() == []


async def test_what_was_begun_and_deleted_again_does_not_wait_at_home(desk: SlackDesk) -> None:
    begun = requests.direct_message("it does not work")
    await desk.send(begun)
    await desk.run_jobs()
    assert "Not filed yet" in text_of(await opened_by(desk, ADA))
    await desk.send(requests.deleted(begun))
    await desk.run_jobs()
    assert "Not filed yet" not in text_of(await opened_by(desk, ADA))
