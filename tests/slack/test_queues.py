"""The moderators' queues, page by page, and two moderators at one ticket: the second is told."""

import pytest

from bot.slack.blocks import ids, lists
from core.people.queries import find_user
from core.people.values import Role, system_actor
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.values import Category, Priority, Status
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk, advance, button, text_of

GRACE, LINUS = requests.MODERATOR, "U0LINUS"


@pytest.fixture
async def second(desk: SlackDesk) -> SlackDesk:
    """Linus works tickets as well."""
    desk.slack.add_user(LINUS, "Linus", "linus@people.example")
    await desk.make(LINUS, Role.MODERATOR)
    return desk


async def many(desk: SlackDesk, count: int) -> None:
    async with desk.desk.unit_of_work(system_actor(1)) as uow:
        grace = await find_user(uow, f"{desk.team_id}:{GRACE}")
        for number in range(1, count + 1):
            new = NewTicket(title=f"Ticket no. {number:02}", description="x", channel="web")
            await submit_ticket(uow, new, requester=grace)
        await uow.commit()


async def triage(desk: SlackDesk, words: str, user: str = GRACE) -> requests.Json:
    status, answer = await desk.send(requests.command("/triage", words, user=user))
    assert (status, answer["response_type"]) == (200, "ephemeral")
    return dict(answer)


async def respond(desk: SlackDesk, payload: requests.Json) -> str:
    """What the person alone is told after pressing or choosing; empty where nothing is."""
    before = len(desk.slack.answers)
    await desk.send(payload | {"response_url": f"{desk.slack.url}/respond/1"})
    await desk.run_jobs()
    return "\n".join(text_of(answer) for answer in desk.slack.answers[before:])


async def test_a_long_queue_is_read_page_by_page(desk: SlackDesk) -> None:
    await many(desk, 2 * lists.ROWS + 3)
    page, seen = await triage(desk, ""), []
    while True:
        seen += [line for line in text_of(page).splitlines() if "Ticket no." in line]
        if not any(block["type"] == "actions" for block in page["blocks"]):
            break
        block_id, value = button(page, ids.QUEUE_PAGE)
        pressed = requests.press(ids.QUEUE_PAGE, block_id, value)
        await desk.send(pressed | {"response_url": f"{desk.slack.url}/respond/1"})
        page = desk.slack.answers[-1]
        assert page["replace_original"] is True
    assert len(seen) == len(set(seen)) == 2 * lists.ROWS + 3
    assert "no. 43" in seen[0]
    assert "no. 01" in seen[-1]


async def test_mine_and_unassigned_are_queues_of_their_own(second: SlackDesk) -> None:
    await many(second, 3)
    await triage(second, "1 take")
    await triage(second, "2 take", user=LINUS)
    shown = {words: text_of(await triage(second, words)) for words in ("", "mine", "unassigned")}
    numbers = {words: [n for n in (1, 2, 3) if f"no. 0{n}" in text] for words, text in shown.items()}
    assert numbers == {"": [1, 2, 3], "mine": [1], "unassigned": [3]}


async def test_what_is_due_is_a_queue_of_its_own_most_urgent_first(desk: SlackDesk) -> None:
    for priority in ("low", "high", "medium"):
        await desk.file(f"A {priority} one", priority=priority)
    assert "Nothing is overdue" in text_of(await triage(desk, "breaching"))
    advance(desk, hours=3, minutes=20)
    shown = text_of(await triage(desk, "breaching"))
    assert "first answer overdue by 2 h 20 min" in shown
    assert "first answer due in 40 min" in shown
    assert shown.index("A high one") < shown.index("A medium one")
    assert "A low one" not in shown
    await triage(desk, "2 status waiting")
    assert "A high one" not in text_of(await triage(desk, "breaching"))


async def test_a_long_queue_of_what_is_due_is_read_page_by_page(desk: SlackDesk) -> None:
    await many(desk, lists.ROWS + 3)
    advance(desk, days=8)
    page = await triage(desk, "breaching")
    block_id, value = button(page, ids.QUEUE_PAGE)
    await respond(desk, requests.press(ids.QUEUE_PAGE, block_id, value))
    seen = [
        line for one in (page, desk.slack.answers[-1]) for line in text_of(one).splitlines() if "Ticket no." in line
    ]
    assert len(seen) == len(set(seen)) == lists.ROWS + 3


async def test_an_empty_queue_says_so(desk: SlackDesk) -> None:
    assert "unassigned" in text_of(await triage(desk, "mine"))
    assert "somebody's" in text_of(await triage(desk, "unassigned"))


async def test_a_page_is_for_moderators_and_only_as_we_made_it(desk: SlackDesk) -> None:
    await many(desk, 1)
    by_ada = requests.press(ids.QUEUE_PAGE, "queue", "open:9", user=requests.REQUESTER)
    assert "Only moderators" in await respond(desk, by_ada)
    for forged in ("everything:9", "open:x", "open:", ""):
        assert "Ticket no." not in await respond(desk, requests.press(ids.QUEUE_PAGE, "queue", forged))


async def test_the_second_who_takes_a_ticket_is_told_who_has_it(second: SlackDesk) -> None:
    await second.file("Printer jams")
    block_id, value = button(second.card(), ids.TAKE)
    assert await respond(second, requests.press(ids.TAKE, block_id, value, user=GRACE)) == ""
    told = await respond(second, requests.press(ids.TAKE, block_id, value, user=LINUS))
    assert "Grace has ticket #1 already" in told
    assert "/triage 1 assign" in told
    assert await respond(second, requests.press(ids.TAKE, block_id, value, user=GRACE)) == ""
    (ticket,) = await second.tickets()
    assert ticket.assigned_to is not None
    assert ticket.assigned_to.full_name == "Grace"
    advance(second, seconds=6)  # as long as it takes to read that and write
    await triage(second, f"1 assign <@{LINUS}>", user=LINUS)
    (ticket,) = await second.tickets()
    assert ticket.assigned_to is not None
    assert ticket.assigned_to.full_name == "Linus"


@pytest.mark.parametrize(
    ("action_id", "field", "first", "second_choice"),
    [(ids.PRIORITY, "priority", "high", "medium"), (ids.CATEGORY, "category", "Performance", "Question")],
)
async def test_the_second_who_sorts_by_an_outdated_card_is_told(
    second: SlackDesk, action_id: str, field: str, first: str, second_choice: str
) -> None:
    await second.file("Printer jams")
    seen_by_both, _ = button(second.card(), action_id)
    assert await respond(second, requests.choose(action_id, seen_by_both, first, user=GRACE)) == ""
    told = await respond(second, requests.choose(action_id, seen_by_both, second_choice, user=LINUS))
    assert f"set the {field} of ticket #1 to {first}" in told
    (ticket,) = await second.tickets()
    assert getattr(ticket, field).value == first
    shown_now, _ = button(second.card(), action_id)
    assert await respond(second, requests.choose(action_id, shown_now, second_choice, user=LINUS)) == ""
    (ticket,) = await second.tickets()
    assert getattr(ticket, field).value == second_choice


async def test_a_choice_stands_against_what_no_person_has_set(desk: SlackDesk) -> None:
    """Triage may have sorted the ticket since the card was drawn; a person's choice always wins."""
    await desk.file("The app crashes with an error", "It crashes at every start")
    unsorted = ids.ticket_block_id(1, 1, "sort:low:")
    for action_id, value in ((ids.PRIORITY, "medium"), (ids.CATEGORY, "Question")):
        assert await respond(desk, requests.choose(action_id, unsorted, value)) == ""
    (ticket,) = await desk.tickets()
    assert (ticket.priority, ticket.category) == (Priority.MEDIUM, Category.QUESTION)


async def test_the_second_who_resolves_keeps_their_words_and_is_told(second: SlackDesk) -> None:
    await second.file("Printer jams")
    block_id, value = button(second.card(), ids.RESOLVE)
    forms = [await second.opened(requests.press(ids.RESOLVE, block_id, value, user=user)) for user in (GRACE, LINUS)]
    for form, user, words in zip(forms, (GRACE, LINUS), ("Oiled it", "Replaced it"), strict=True):
        _, answer = await second.send(requests.submission(form, {"resolution": words}, user=user))
        assert (answer == "") is (user == GRACE)
    assert "in the meantime" in answer["errors"]["resolution"]
    (ticket,) = await second.tickets()
    assert (ticket.status, ticket.resolution) == (Status.COMPLETED, "Oiled it")


async def test_a_resolution_is_corrected_by_command(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await triage(desk, "1 resolve Oiled it")
    await triage(desk, "1 resolve Oiled both")
    assert (await desk.tickets())[0].resolution == "Oiled both"
