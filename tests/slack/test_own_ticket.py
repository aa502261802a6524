"""What requesters do below the confirmation of their ticket: edit, withdraw, who reads it, what solved it."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.slack.blocks import ids, lists
from core.audit.models import AuditRecord
from core.people.values import Role, system_actor
from core.search.models import SimilarVerdict
from core.search.values import Verdict
from core.tickets.own import WITHDRAWN
from core.tickets.queries import lock_ticket
from core.tickets.values import Status
from core.tickets.working import set_fields
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, button, text_of

ADA, MALLORY, GRACE = requests.REQUESTER, "U0MALLORY", requests.MODERATOR


def confirmation(desk: SlackDesk, channel: str = "D0ADA") -> dict[str, Any]:
    """The newest one."""
    marked = [one for one in desk.slack.messages(channel) if "Answer in this thread" in text_of(one)]
    return marked[-1]


async def press(desk: SlackDesk, action_id: str, *, user: str = ADA, channel: str = "D0ADA") -> None:
    block_id, value = button(confirmation(desk, channel), action_id)
    pressed = requests.press(action_id, block_id, value, user=user, response_url=f"{desk.slack.url}/respond/1")
    assert await desk.send(pressed) == (200, "")
    await desk.run_jobs()


def has(desk: SlackDesk, action_id: str) -> bool:
    found = [element for block in confirmation(desk)["blocks"] for element in block.get("elements", [])]
    return any(element.get("action_id") == action_id for element in found)


async def audited(desk: SlackDesk) -> list[tuple[str, str]]:
    async with desk.reading() as reading:
        rows = await reading.session.scalars(select(AuditRecord).order_by(AuditRecord.id))
        return [(row.action, row.actor_name) for row in rows]


async def solved_earlier(desk: SlackDesk) -> int:
    ticket = await desk.file("Printer jams on the third floor", "Paper jam with every sheet of paper")
    words = f"{ticket.number} resolve Clean the rollers of tray 2.\nThen close it."
    await desk.send(requests.command("/triage", words, user=GRACE))
    await desk.send(requests.command("/triage", f"{ticket.number} public on", user=GRACE))
    await desk.run_jobs()
    return ticket.number


async def edit(desk: SlackDesk, entered: dict[str, str], *, user: str = ADA) -> tuple[int, Any]:
    await press(desk, ids.EDIT, user=user)
    return await desk.send(requests.submission(desk.form(), entered, user=user))


async def test_the_confirmation_offers_what_can_be_done(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    shown = text_of(confirmation(desk))
    for words in ("#1 Printer jams", "pending", "Edit…", "Make public", "Withdraw"):
        assert words in shown


async def test_an_edit_becomes_a_revision(desk: SlackDesk) -> None:
    ticket = await desk.file("Printer jams", "On the third floor")
    await press(desk, ids.EDIT)
    shown = {block["block_id"]: block["element"]["initial_value"] for block in desk.form()["blocks"]}
    assert shown == {"title": "Printer jams", "description": "On the third floor"}
    sent = requests.submission(desk.form(), {"title": "Printer stands still", "description": "On the fourth floor"})
    assert await desk.send(sent) == (200, "")
    await desk.run_jobs()
    (edited,) = await desk.tickets()
    assert (edited.title, edited.description) == ("Printer stands still", "On the fourth floor")
    assert edited.edited_at is not None
    assert "#1 Printer stands still" in text_of(confirmation(desk))
    assert "edited by the requester" in text_of(desk.card())
    async with desk.reading() as reading:
        row = (await reading.session.scalars(select(AuditRecord).where(AuditRecord.action == "ticket.edited"))).one()
    assert (row.before["description"], row.after["description"]) == ("On the third floor", "On the fourth floor")
    assert (row.actor_name, row.entity_id) == ("Ada", str(ticket.id))


async def test_an_edit_does_not_undo_somebody_elses(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await press(desk, ids.EDIT)
    form = desk.form()
    await desk.retitle(1, "Printer of the third floor jams")
    _, answer = await desk.send(requests.submission(form, {"title": "Mine"}))
    assert "Somebody has changed the words" in answer["errors"]["title"]
    assert (await desk.tickets())[0].title == "Printer of the third floor jams"


async def test_sorting_does_not_come_in_the_way_of_an_edit(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await press(desk, ids.EDIT)
    form = desk.form()
    await desk.send(requests.command("/triage", "1 priority high", user=GRACE))
    assert await desk.send(requests.submission(form, {"title": "Mine"})) == (200, "")
    assert (await desk.tickets())[0].title == "Mine"


async def test_an_emptied_ticket_is_refused_beside_its_field(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    _, answer = await edit(desk, {"title": " "})
    assert "would be empty" in answer["errors"]["title"]


async def test_a_text_longer_than_a_form_is_edited_on_its_page(desk: SlackDesk) -> None:
    await desk.file("Long")
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        await set_fields(uow, await lock_ticket(uow, 1), description="x" * 42_001)
        await uow.commit()
    await press(desk, ids.EDIT)
    assert "https://desk.example/tickets/1" in text_of(desk.slack.answers[-1])
    assert len(desk.slack.calls_of("views.open")) == 1  # the one it was filed with


async def test_a_withdrawn_ticket_is_completed_and_teaches_nobody(desk: SlackDesk) -> None:
    await desk.file("Printer jams", public=["public"])
    await press(desk, ids.WITHDRAW)
    (ticket,) = await desk.tickets()
    assert (ticket.status, ticket.resolution, ticket.is_public) == (Status.COMPLETED, WITHDRAWN, False)
    assert ("ticket.withdrawn", "Ada") in await audited(desk)
    assert not has(desk, ids.WITHDRAW)
    assert "Withdrawn by its requester" in text_of(desk.card())
    thread = desk.thread("D0ADA", confirmation(desk)["ts"])
    assert any("Withdrawn by its requester" in text for text in thread)
    row = (await desk.ledger())[-1]
    assert (row.rule, row.ticket_id) == ("slack-own-withdraw", ticket.id)


async def test_an_answer_brings_a_withdrawn_ticket_back(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await press(desk, ids.WITHDRAW)
    await desk.send(requests.direct_message("It jams again", thread_ts=confirmation(desk)["ts"]))
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.status is Status.PENDING
    assert has(desk, ids.WITHDRAW)


async def test_who_reads_it_is_the_requesters_choice_while_it_is_open(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await press(desk, ids.OWN_PUBLIC)
    assert (await desk.tickets())[0].is_public is True
    await press(desk, ids.OWN_PRIVATE)
    assert (await desk.tickets())[0].is_public is False
    assert (await desk.tickets())[0].set_by["is_public"] == "person"


async def test_a_solution_is_not_made_public_by_an_old_button(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    block_id, value = button(confirmation(desk), ids.OWN_PUBLIC)
    await desk.send(requests.command("/triage", "1 resolve The password is 1234", user=GRACE))
    pressed = requests.press(ids.OWN_PUBLIC, block_id, value, user=ADA, response_url=f"{desk.slack.url}/respond/1")
    await desk.send(pressed)
    assert (await desk.tickets())[0].is_public is False
    assert "only moderators" in text_of(desk.slack.answers[-1])


async def test_a_similar_ticket_solves_it(desk: SlackDesk) -> None:
    number = await solved_earlier(desk)
    mine = await desk.file("Printer jams", "The printer on the third floor jams with every sheet")
    shown = text_of(confirmation(desk))
    assert f"#{number} Printer jams on the third floor" in shown
    assert "Clean the rollers of tray 2." in shown
    assert "Then close it" not in shown
    await press(desk, ids.SOLVED)
    mine = (await desk.tickets())[-1]
    assert mine.status is Status.COMPLETED
    assert mine.resolution.startswith(f"Solved by ticket #{number} (Printer jams on the third floor)")
    assert ("ticket.solved_by_similar", "Ada") in await audited(desk)
    async with desk.reading() as reading:
        assert [row.verdict for row in await reading.session.scalars(select(SimilarVerdict))] == [Verdict.SOLVED_IT]


async def test_what_did_not_help_goes_away_and_is_counted(desk: SlackDesk) -> None:
    number = await solved_earlier(desk)
    await desk.file("Printer jams", "The printer on the third floor jams with every sheet")
    await press(desk, ids.NOT_HELPFUL)
    assert f"#{number}" not in text_of(confirmation(desk))
    assert f"#{number}" in text_of(desk.card())  # moderators judge for themselves
    assert (await desk.tickets())[-1].status is Status.PENDING
    async with desk.reading() as reading:
        assert [row.verdict for row in await reading.session.scalars(select(SimilarVerdict))] == [Verdict.NOT_HELPFUL]


@pytest.mark.parametrize("action_id", [ids.EDIT, ids.WITHDRAW, ids.OWN_PUBLIC])
@pytest.mark.parametrize("user", [MALLORY, GRACE])
async def test_only_the_requester_may(desk: SlackDesk, action_id: str, user: str) -> None:
    await desk.send(requests.mention("the printer jams"))
    await desk.run_jobs()
    before = (await desk.tickets())[0].revision
    await press(desk, action_id, user=user, channel=requests.CHANNEL)
    assert (await desk.tickets())[0].revision == before
    assert desk.slack.calls_of("views.open") == []
    assert text_of(desk.slack.answers[-1])


async def test_a_button_pressed_twice_or_by_two_is_done_once(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    block_id, value = button(confirmation(desk), ids.WITHDRAW)
    pressed = requests.press(ids.WITHDRAW, block_id, value, user=ADA, response_url=f"{desk.slack.url}/respond/1")
    await desk.send(pressed)
    await desk.send(pressed)
    await desk.run_jobs()
    assert [action for action, _ in await audited(desk)].count("ticket.withdrawn") == 1
    assert desk.slack.answers == []
    again = requests.press(ids.WITHDRAW, block_id, value, user=ADA, response_url=f"{desk.slack.url}/respond/1")
    await desk.send(again)
    assert "completed already" in text_of(desk.slack.answers[-1])


async def test_the_form_is_told_of_when_it_did_not_open(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    block_id, value = button(confirmation(desk), ids.EDIT)
    pressed = requests.press(ids.EDIT, block_id, value, user=ADA, response_url=f"{desk.slack.url}/respond/1")
    desk.slack.expired_triggers.add(pressed["trigger_id"])
    await desk.send(pressed)
    assert "Press the button again" in text_of(desk.slack.answers[-1])


async def test_a_moderator_may_act_on_a_ticket_of_their_own(desk: SlackDesk) -> None:
    await desk.make(ADA, Role.MODERATOR)
    await desk.file("Printer jams")
    await press(desk, ids.WITHDRAW)
    assert (await desk.tickets())[0].status is Status.COMPLETED


async def test_what_a_command_shows_has_the_same_buttons_and_is_drawn_anew(desk: SlackDesk) -> None:
    """The confirmation may be far up in the conversation."""
    await desk.file("Printer jams")
    _, view = await desk.send(requests.command("/ticket", "1", user=ADA))
    block_id, value = button(view, ids.OWN_PUBLIC)
    private = {"response_url": f"{desk.slack.url}/respond/1", "container": {"type": "message", "is_ephemeral": True}}
    await desk.send(requests.press(ids.OWN_PUBLIC, block_id, value, user=ADA) | private)
    shown = desk.slack.answers[-1]
    assert shown["replace_original"] is True
    assert button(shown, ids.OWN_PRIVATE)
    await desk.send(requests.press(ids.WITHDRAW, block_id, value, user=ADA) | private)
    assert "completed" in text_of(desk.slack.answers[-1])
    assert ids.WITHDRAW not in str(desk.slack.answers[-1])


async def test_where_there_are_more_tickets_than_a_list_holds_it_says_where_they_are(
    desk: SlackDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS", 2)
    for number in range(3):
        await desk.file(f"Printer {number} jams")
    _, listed = await desk.send(requests.command("/ticket", "mine", user=ADA))
    assert "The newest 2 are shown" in text_of(listed)
    assert "https://desk.example/tickets|All of them" in str(listed)


async def test_a_solved_ticket_that_a_colleague_published_becomes_private_again(desk: SlackDesk) -> None:
    number = await solved_earlier(desk)
    assert has(desk, ids.OWN_PRIVATE)
    assert not has(desk, ids.EDIT)
    _, shown = await desk.send(requests.command("/ticket", str(number), user=ADA))
    assert button(shown, ids.OWN_PRIVATE)
    await press(desk, ids.OWN_PRIVATE)
    assert (await desk.tickets())[0].is_public is False
    assert not has(desk, ids.OWN_PRIVATE)
    assert not has(desk, ids.OWN_PUBLIC)  # its solution is not theirs to show
