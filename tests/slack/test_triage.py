"""Working tickets in Slack: the card's buttons and forms, and the same by command; only for moderators."""

import pytest

from bot.slack.blocks import ids
from core.intake.values import Outcome
from core.people.values import Role
from core.tickets.values import Category, Priority, Status, Visibility
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure
from tests.slack.slack_desk import SlackDesk, button, text_of

MODERATOR = requests.MODERATOR


async def press(desk: SlackDesk, action_id: str, *, user: str = MODERATOR) -> requests.Json:
    """Press a button of the newest card, as Grace unless told otherwise."""
    block_id, value = button(desk.card(), action_id)
    payload = requests.press(action_id, block_id, value, user=user) | {"response_url": f"{desk.slack.url}/respond/1"}
    assert await desk.send(payload) == (200, "")
    await desk.run_jobs()
    return payload


async def triage(desk: SlackDesk, text: str, user: str = MODERATOR) -> str:
    """The private answer to a `/triage` command, after everything that follows it."""
    status, answer = await desk.send(requests.command("/triage", text, user=user))
    assert (status, answer["response_type"]) == (200, "ephemeral")
    await desk.run_jobs()
    return text_of(answer)


async def test_the_card_shows_the_ticket_and_is_updated_in_place(desk: SlackDesk) -> None:
    await desk.file("The app crashes with an error", "It crashes at every start")
    assert "Suggestion" in text_of(desk.card())
    assert "nobody yet" in text_of(desk.card())
    before = desk.card()["ts"]
    await press(desk, ids.TAKE)
    assert desk.card()["ts"] == before
    assert "Grace" in text_of(desk.card())
    (ticket,) = await desk.tickets()
    assert ticket.assigned_to is not None
    assert (ticket.assigned_to.full_name, ticket.status) == ("Grace", Status.IN_PROGRESS)


async def test_menus_of_the_card_set_priority_and_category(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    for action_id, value in ((ids.PRIORITY, "high"), (ids.CATEGORY, "Question")):
        block_id, _ = button(desk.card(), action_id)
        await desk.send(requests.choose(action_id, block_id, value))
        await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert (ticket.priority, ticket.category) == (Priority.HIGH, Category.QUESTION)
    assert ticket.set_by["priority"] == ticket.set_by["category"] == "person"


async def test_a_ticket_is_resolved_by_its_form_and_found_by_the_next_one(desk: SlackDesk) -> None:
    await desk.file("Printer on floor three jams", "Paper gets stuck in the printer on the third floor")
    block_id, value = button(desk.card(), ids.RESOLVE)
    view = await desk.opened(requests.press(ids.RESOLVE, block_id, value))
    entered = {"resolution": "Cleaned the rollers", "helpful_notes": "Rollers are in cupboard B", "public": ["public"]}
    assert await desk.send(requests.submission(view, entered, user=MODERATOR)) == (200, "")
    await desk.run_jobs()
    (resolved,) = await desk.tickets()
    assert (resolved.status, resolved.is_public) == (Status.COMPLETED, True)
    told = "\n".join(text_of(message) for message in desk.slack.messages("D0ADA"))
    assert "Cleaned the rollers" in told
    assert "cupboard B" not in told

    await desk.file("Paper jam: printer on floor three", "Paper stuck in the printer again")
    confirmed = next(message for message in reversed(desk.slack.messages("D0ADA")) if "thread_ts" not in message)
    for shown in (text_of(confirmed), text_of(desk.card())):
        assert "#1 Printer on floor three jams" in shown
        assert "Cleaned the rollers" in shown
        assert "cupboard B" not in shown


async def test_a_reply_is_an_explicit_act_and_the_thread_is_internal(desk: SlackDesk) -> None:
    """chatwoot#15605: a forgotten `note:` prefix reaches the customer."""
    await desk.file("Printer jams")
    card = desk.card()
    await desk.send(
        requests.message("is it the old one?", user=MODERATOR, channel=requests.TRIAGE_CHANNEL, thread_ts=card["ts"])
    )
    await desk.run_jobs()
    (note,) = await desk.replies()
    assert note.visibility is Visibility.INTERNAL
    assert "is it the old one?" not in str(desk.slack.messages("D0ADA"))

    block_id, value = button(desk.card(), ids.REPLY)
    view = await desk.opened(requests.press(ids.REPLY, block_id, value))
    await desk.send(requests.submission(view, {"reply": "Which printer is it?"}, user=MODERATOR))
    await desk.run_jobs()
    assert (await desk.replies())[-1].visibility is Visibility.PUBLIC
    (confirmed,) = [message for message in desk.slack.messages("D0ADA") if "thread_ts" not in message]
    assert any("Which printer is it?" in text for text in desk.thread("D0ADA", confirmed["ts"]))


async def test_a_strangers_word_in_the_cards_thread_reaches_nobody(desk: SlackDesk) -> None:
    """chatwoot#15605, from the other side: no word of the moderators' thread becomes a public reply."""
    await desk.file("Printer jams")
    message = requests.message("hm", user="U0GUEST", channel=requests.TRIAGE_CHANNEL, thread_ts=desk.card()["ts"])
    await desk.send(message)
    await desk.run_jobs()
    assert await desk.replies() == []
    assert [(row.outcome, row.rule) for row in await desk.ledger()][-1] == (
        Outcome.IGNORED,
        "internal-thread-not-a-moderator",
    )


async def test_the_requesters_answer_joins_and_shows_in_the_cards_thread(desk: SlackDesk) -> None:
    mention = requests.mention("the printer jams")
    await desk.send(mention)
    await desk.run_jobs()
    await desk.send(requests.message("the one on floor three", thread_ts=mention["event"]["ts"]))
    await desk.run_jobs()
    (reply,) = await desk.replies()
    assert (reply.text, reply.visibility) == ("the one on floor three", Visibility.PUBLIC)
    assert len(await desk.tickets()) == 1
    assert any("floor three" in text for text in desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]))
    assert all("floor three" not in text for text in desk.thread(requests.CHANNEL, mention["event"]["ts"]))


async def test_an_answer_under_the_direct_confirmation_joins(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    (confirmed,) = desk.slack.messages("D0ADA")
    await desk.send(requests.direct_message("still jams", thread_ts=confirmed["ts"]))
    await desk.run_jobs()
    assert [reply.text for reply in await desk.replies()] == ["still jams"]
    assert len(await desk.tickets()) == 1


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("1 priority high", "priority", Priority.HIGH),
        ("1 category feature request", "category", Category.FEATURE_REQUEST),
        ("1 status waiting", "status", Status.WAITING),
        ("1 public on", "is_public", True),
        ("1 resolve new toner", "status", Status.COMPLETED),
        ("1 resolve new toner", "resolution", "new toner"),
        ("1 take", "status", Status.IN_PROGRESS),
        (f"1 assign <@{MODERATOR}|grace>", "status", Status.IN_PROGRESS),
    ],
)
async def test_commands_change_the_ticket(desk: SlackDesk, text: str, field: str, value: object) -> None:
    await desk.file("Printer jams")
    answer = await triage(desk, text)
    assert "#1 Printer jams" in answer
    (ticket,) = await desk.tickets()
    assert getattr(ticket, field) == value


async def test_commands_note_reply_and_reopen(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    await triage(desk, "1 note ask &lt;facilities&gt;")
    await triage(desk, "1 reply Which one?")
    await triage(desk, "1 resolve new toner")
    await triage(desk, "1 reopen")
    assert [(reply.text, reply.visibility) for reply in await desk.replies()] == [
        ("ask <facilities>", Visibility.INTERNAL),
        ("Which one?", Visibility.PUBLIC),
    ]
    assert (await desk.tickets())[0].status is Status.PENDING
    assert "facilities" not in str(desk.slack.messages("D0ADA"))


async def test_a_ticket_can_be_given_to_a_moderator_and_back(desk: SlackDesk) -> None:
    desk.slack.add_user("U0LINUS", "Linus", "linus@people.example")
    await desk.make("U0LINUS", Role.MODERATOR)
    await desk.file("Printer jams")
    assert "Linus" in await triage(desk, "1 assign <@U0LINUS>")
    assert "Linus" in await triage(desk, "1 assign @linus")
    assert "Linus" in await triage(desk, "1 assign <mailto:linus@people.example|linus@people.example>")
    assert "nobody yet" in await triage(desk, "1 assign nobody")
    assert "does not work tickets" in await triage(desk, f"1 assign <@{requests.REQUESTER}>")
    assert "Nobody here is known" in await triage(desk, "1 assign @somebody")


async def test_the_queue_the_card_and_help_are_private_answers(desk: SlackDesk) -> None:
    await desk.file("Printer jams", "on the third floor")
    assert "#1 Printer jams" in await triage(desk, "")
    assert "on the third floor" in await triage(desk, "1")
    assert "resolve TEXT" in await triage(desk, "help")


@pytest.mark.parametrize("text", ["", "1", "help", "1 take", "1 resolve x", "1 reply x", "nonsense"])
async def test_only_moderators_triage(desk: SlackDesk, text: str) -> None:
    filed = await desk.file("Printer jams", "SECRETTEXT")
    answer = await triage(desk, text, user="U0STRANGER")
    assert "Only moderators" in answer
    assert "SECRETTEXT" not in answer
    (ticket,) = await desk.tickets()
    assert ticket.revision == filed.revision
    assert len(await desk.ledger()) == 1


@pytest.mark.parametrize("action_id", [ids.TAKE, ids.RESOLVE, ids.REPLY])
async def test_buttons_refuse_others_privately(desk: SlackDesk, action_id: str) -> None:
    await desk.file("Printer jams")
    await press(desk, action_id, user=requests.REQUESTER)
    (told,) = desk.slack.answers
    assert told["response_type"] == "ephemeral"
    assert "Only moderators" in text_of(told)
    assert desk.slack.calls_of("views.open")[-1]["view"]["callback_id"] == ids.NEW_TICKET_MODAL
    (ticket,) = await desk.tickets()
    assert ticket.assigned_to_id is None


@pytest.mark.parametrize("text", ["99", "99 take", "1 priority urgent", "1 frobnicate", "twelve"])
async def test_mistakes_are_told_privately_and_change_nothing(desk: SlackDesk, text: str) -> None:
    await desk.file("Printer jams")
    assert await triage(desk, text)
    assert len(await desk.ledger()) == 1


async def test_a_press_delivered_twice_acts_once(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    pressed = await press(desk, ids.TAKE)
    await desk.send(pressed)
    assert [row.rule for row in await desk.ledger()] == ["slack-new-ticket", "slack-take"]


async def test_a_foreign_button_changes_nothing(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    for action_id, block_id in ((ids.TAKE, "foreign"), ("somebody.elses", "ticket:1:1:act")):
        await desk.send(requests.press(action_id, block_id, "1") | {"response_url": f"{desk.slack.url}/respond/1"})
    assert all("refused" in text_of(answer) for answer in desk.slack.answers)
    assert len(await desk.ledger()) == 1


async def test_a_private_card_is_replaced_after_a_press(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    block_id, value = button(desk.card(), ids.TAKE)
    container = {"type": "message", "message_ts": "1.1", "channel_id": "C1", "is_ephemeral": True}
    payload = requests.press(ids.TAKE, block_id, value) | {
        "container": container,
        "response_url": f"{desk.slack.url}/respond/1",
    }
    await desk.send(payload)
    (shown,) = desk.slack.answers
    assert shown["replace_original"] is True
    assert "Grace" in text_of(shown)


async def test_an_expired_button_says_how_to_go_on(desk: SlackDesk) -> None:
    """bolt-python#886, #306."""
    await desk.file("Printer jams")
    desk.slack.fail("views.open", Failure(error="expired_trigger_id"))
    await press(desk, ids.RESOLVE)
    assert "/triage 1 resolve TEXT" in text_of(desk.slack.answers[0])


async def test_a_form_that_is_refused_keeps_what_was_typed(desk: SlackDesk) -> None:
    await desk.file("Printer jams")
    block_id, value = button(desk.card(), ids.RESOLVE)
    view = await desk.opened(requests.press(ids.RESOLVE, block_id, value))
    _, answer = await desk.send(requests.submission(view, {"resolution": "  "}, user=MODERATOR))
    assert set(answer["errors"]) == {"resolution"}
    _, answer = await desk.send(requests.submission(view, {"resolution": "x"}, user=requests.REQUESTER))
    assert "Only moderators" in answer["errors"]["resolution"]


async def test_people_see_their_own_tickets_and_no_others(desk: SlackDesk) -> None:
    await desk.file("Printer jams", "SECRETTEXT")

    async def ask(text: str, user: str) -> str:
        return text_of((await desk.send(requests.command("/ticket", text, user=user)))[1])

    assert "SECRETTEXT" in await ask("1", requests.REQUESTER)
    assert "#1 Printer jams" in await ask("mine", requests.REQUESTER)
    assert "no ticket #1" in await ask("1", "U0STRANGER")
    assert "no tickets" in await ask("mine", "U0STRANGER")
    assert "no ticket #7" in await ask("7", requests.REQUESTER)
    assert "/ticket similar TEXT" in await ask("help", requests.REQUESTER)
    assert "Write it as" in await ask("similar", requests.REQUESTER)
    assert "No similar" in await ask("similar quantum flux", requests.REQUESTER)


async def test_somebody_elses_public_ticket_is_shown_as_far_as_it_is_for_everybody(desk: SlackDesk) -> None:
    await desk.file("Printer jams", "Paper gets stuck")
    await triage(desk, "1 public on")
    await triage(desk, "1 reply Which printer?")
    await triage(desk, "1 resolve Cleaned the rollers")
    asked = requests.command("/ticket", "1", user="U0STRANGER")
    shown = text_of((await desk.send(asked))[1])
    for told in ("#1 Printer jams", "Paper gets stuck", "Cleaned the rollers", "completed", "/tickets/1"):
        assert told in shown
    for kept in ("Ada", "Grace", "Which printer?"):
        assert kept not in shown
    await triage(desk, "1 public off")
    assert "no ticket #1" in text_of((await desk.send(asked))[1])


async def test_similar_tickets_are_found_by_command(desk: SlackDesk) -> None:
    await desk.file("Printer on floor three jams", "Paper gets stuck in the printer")
    await triage(desk, "1 public on")
    await triage(desk, "1 resolve Cleaned the rollers")
    _, answer = await desk.send(requests.command("/ticket", "similar printer jams on floor three", user="U0STRANGER"))
    assert "Cleaned the rollers" in text_of(answer)
    await triage(desk, "1 public off")
    _, answer = await desk.send(requests.command("/ticket", "similar printer jams on floor three", user="U0STRANGER"))
    assert "Cleaned the rollers" not in text_of(answer)
