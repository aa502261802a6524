"""Filing tickets: the form, mentions, direct messages, shortcuts; each message becomes one ticket."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.slack.blocks import ids
from core.errors import TryAgainLaterError
from core.intake.models import RawMessage
from core.intake.values import Outcome
from core.tickets.values import Category, Priority
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure, FakeSlack
from tests.slack.slack_desk import SlackDesk, slack_desk, slack_settings, text_of


async def test_the_form_opens_with_the_text(desk: SlackDesk) -> None:
    status, answer = await desk.send(requests.command("/ticket", "the printer &lt;3&gt; jams"))
    assert (status, answer) == (200, "")
    (opened,) = desk.slack.calls_of("views.open")
    inputs = {block["block_id"]: block["element"].get("initial_value") for block in opened["view"]["blocks"]}
    assert inputs["title"] == inputs["description"] == "the printer <3> jams"
    assert await desk.ledger() == []


async def test_a_sent_form_is_a_ticket_confirmed_to_its_requester(desk: SlackDesk) -> None:
    ticket = await desk.file("Printer jams", "On the third floor", category="Bug", priority="high", public=["public"])
    assert (ticket.title, ticket.description) == ("Printer jams", "On the third floor")
    assert (ticket.category, ticket.priority, ticket.is_public) == (Category.BUG, Priority.HIGH, True)
    assert (ticket.created_by.full_name, ticket.created_by.email) == ("Ada", "ada@people.example")
    (confirmed,) = desk.slack.messages("D0ADA")
    assert f"#{ticket.number} Printer jams" in text_of(confirmed)
    assert "Printer jams" in text_of(desk.card())


async def test_nothing_is_asked_of_slack_before_a_form_is_stored(desk: SlackDesk) -> None:
    """PostHog#98370: whatever somebody did is durable before anything waits for a network."""
    view = await desk.opened(requests.command("/ticket"))
    asked_before = len(desk.slack.calls)
    await desk.send(requests.submission(view, {"title": "Printer jams"}))
    assert len(desk.slack.calls) == asked_before
    (ticket,) = await desk.tickets()
    assert (ticket.created_by.full_name, ticket.created_by.email) == ("u0ada", None)
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert (ticket.created_by.full_name, ticket.created_by.email) == ("Ada", "ada@people.example")
    assert "Ada" in text_of(desk.card())


async def test_a_silent_directory_keeps_nobody_from_filing(desk: SlackDesk) -> None:
    desk.slack.fail("users.info", Failure(error="missing_scope"))
    ticket = await desk.file("Printer jams")
    assert (ticket.created_by.full_name, ticket.created_by.email) == ("u0ada", None)


async def test_the_ledger_tells_what_the_form_became(desk: SlackDesk) -> None:
    ticket = await desk.file("Printer jams")
    (row,) = await desk.ledger()
    assert (row.outcome, row.rule, row.ticket_id) == (Outcome.TICKETED, "slack-new-ticket", ticket.id)


async def test_a_form_sent_twice_is_one_ticket(desk: SlackDesk) -> None:
    """bolt-python#868, #1027: a late acknowledgement makes Slack send again."""
    view = await desk.opened(requests.command("/ticket"))
    sent = requests.submission(view, {"title": "Once"})
    assert await desk.send(sent) == (200, "")
    assert await desk.send(sent) == (200, "")
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1
    assert len(desk.slack.messages("D0ADA")) == 1


async def test_forms_sent_at_the_same_moment_are_each_one_ticket(
    database_url: str, tmp_path: Path, slack: FakeSlack
) -> None:
    """On both databases: what is refused as being worked on already may be sent again."""
    async with slack_desk(slack_settings(database_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL), slack) as desk:
        view = await desk.opened(requests.command("/ticket"))
        sent = [requests.submission(view, {"title": f"Ticket {n % 5}"}, view_id=f"V{n % 5}") for n in range(15)]
        answers = await asyncio.gather(*(desk.send(one) for one in sent))
        assert {status for status, _ in answers} == {200}
        for one in sent:
            assert await desk.send(one) == (200, "")
        assert sorted(ticket.title for ticket in await desk.tickets()) == [f"Ticket {n}" for n in range(5)]


async def test_a_form_sent_again_with_other_words_is_told_that_it_was_taken(desk: SlackDesk) -> None:
    """The first answer may have got lost on its way; the person then sends the form once more."""
    view = await desk.opened(requests.command("/ticket"))
    await desk.send(requests.submission(view, {"title": "Once"}, view_id="V1"))
    _, answer = await desk.send(requests.submission(view, {"title": "Twice"}, view_id="V1"))
    assert "taken already" in answer["errors"]["title"]
    assert [ticket.title for ticket in await desk.tickets()] == ["Once"]


async def test_a_mistake_is_shown_beside_its_field(desk: SlackDesk) -> None:
    view = await desk.opened(requests.command("/ticket"))
    _, answer = await desk.send(requests.submission(view, {"title": "  "}))
    assert answer["response_action"] == "errors"
    assert "empty" in answer["errors"]["title"]
    assert await desk.tickets() == []
    assert await desk.ledger() == []


async def test_a_foreign_form_changes_nothing(desk: SlackDesk) -> None:
    view = await desk.opened(requests.command("/ticket"))
    _, answer = await desk.send(requests.submission(view | {"callback_id": "somebody_elses"}, {"title": "x"}))
    assert answer["response_action"] == "errors"
    assert await desk.tickets() == []


async def test_an_expired_trigger_gives_the_text_back(desk: SlackDesk) -> None:
    """bolt-python#886, #306: expired_trigger_id; nothing that was typed is lost."""
    command = requests.command("/ticket", "the printer jams")
    desk.slack.expired_triggers.add(command["trigger_id"])
    status, answer = await desk.send(command)
    assert status == 200
    assert answer["response_type"] == "ephemeral"
    assert "the printer jams" in text_of(answer)
    assert "/ticket" in text_of(answer)


@pytest.mark.parametrize(
    "failure", [Failure(status=500), Failure(error="fatal_error"), Failure(status=429, retry_after=9)]
)
async def test_a_fault_while_opening_gives_the_text_back(desk: SlackDesk, failure: Failure) -> None:
    desk.slack.fail("views.open", failure)
    _, answer = await desk.send(requests.command("/ticket", "the printer jams"))
    assert "the printer jams" in text_of(answer)
    assert len(desk.slack.calls_of("views.open")) == 1


async def test_a_mention_becomes_a_ticket_confirmed_in_its_thread(desk: SlackDesk) -> None:
    mention = requests.mention("the printer jams\non the third floor")
    assert await desk.send(mention) == (200, "")
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert (ticket.title, ticket.description) == ("the printer jams", "the printer jams\non the third floor")
    (confirmed,) = desk.slack.messages(requests.CHANNEL)
    assert confirmed["thread_ts"] == mention["event"]["ts"]
    assert f"#{ticket.number}" in text_of(confirmed)
    assert "printer" not in text_of(confirmed)


async def test_a_direct_message_becomes_a_ticket(desk: SlackDesk) -> None:
    message = requests.direct_message("the printer jams")
    await desk.send(message)
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert ticket.title == "the printer jams"
    (confirmed,) = desk.slack.messages(requests.DIRECT_CHANNEL)
    assert confirmed["thread_ts"] == message["event"]["ts"]


async def test_an_event_delivered_three_times_is_one_ticket(desk: SlackDesk) -> None:
    """agno#10073, PostHog#88801: retries are told apart by event id, never dropped by their header alone."""
    mention = requests.mention("the printer jams")
    assert (await desk.send(mention, **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}))[0] == 200
    await desk.send(mention)
    await desk.run_jobs()
    await desk.send(mention)
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1
    assert len(desk.slack.messages(requests.CHANNEL)) == 1


async def test_a_mention_that_comes_as_two_events_is_one_ticket(desk: SlackDesk) -> None:
    mention = requests.mention("the printer jams")
    event = mention["event"] | {"type": "message", "channel_type": "channel"}
    for payload in (requests.envelope(event), mention, requests.envelope(event)):
        await desk.send(payload)
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1


async def test_nothing_is_acknowledged_before_it_is_stored(desk: SlackDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostHog#98370, #101487, #101508: acknowledged before a durable row; here the database is away."""
    with monkeypatch.context() as patched:
        patched.setattr(desk.desk.intake, "accept", _away)
        mention = requests.mention("the printer jams")
        assert (await desk.send(mention))[0] == 503
    assert (await desk.send(mention))[0] == 200
    await desk.run_jobs()
    assert len(await desk.tickets()) == 1


@pytest.mark.parametrize(
    "payload",
    [
        requests.message("lunch anybody?"),
        requests.message("me too", thread_ts="1767000000.000001"),
        requests.message("beep", bot_id="B1", subtype="bot_message", user=None),
        requests.message("our own card", app_id=requests.APP, bot_id="B0BOT", user=requests.BOT_USER),
        requests.message("hello moderators", channel=requests.TRIAGE_CHANNEL),
        requests.direct_message("   "),
        requests.message("x joined", subtype="channel_join"),
        requests.reaction("tada"),
        requests.edited("new", requests.message("old")),
        requests.envelope({"type": "member_joined_channel", "user": "U1", "channel": "C1"}),
    ],
    ids=["talk", "foreign-thread", "bot", "own", "triage-talk", "empty", "join", "reaction", "edit", "member"],
)
async def test_what_is_not_for_the_desk_is_not_even_stored(desk: SlackDesk, payload: requests.Json) -> None:
    assert (await desk.send(payload))[0] == 200
    assert await desk.ledger() == []


async def test_a_quick_answer_is_kept_while_its_ticket_is_still_being_made(desk: SlackDesk) -> None:
    mention = requests.mention("the printer jams")
    await desk.send(mention)
    await desk.send(requests.message("on floor three", thread_ts=mention["event"]["ts"]))
    await desk.send(requests.message("lunch?", thread_ts="1767000000.000001"))
    await desk.run_jobs()
    assert [(row.outcome, row.rule) for row in await desk.ledger()] == [
        (Outcome.TICKETED, "new-conversation"),
        (Outcome.REPLIED, "slack-thread"),
        (Outcome.IGNORED, "thread-of-no-ticket"),
    ]


async def test_files_of_a_message_are_named_in_the_ticket(desk: SlackDesk) -> None:
    file = {"id": "F1", "name": "jam.png", "size": 3, "url_private": "https://files.example/jam.png"}
    await desk.send(requests.direct_message("", subtype="file_share", files=[file]))
    await desk.run_jobs()
    (ticket,) = await desk.tickets()
    assert "jam.png" in ticket.description


async def test_a_message_shortcut_opens_the_form_with_the_message(desk: SlackDesk) -> None:
    text = "it is <https://a.example|broken> " + "x" * 4_000
    view = await desk.opened(requests.message_shortcut(ids.CREATE_FROM_MESSAGE_SHORTCUT, text))
    await desk.send(requests.submission(view, _as_prefilled(view)))
    (ticket,) = await desk.tickets()
    assert ticket.description == "it is broken (https://a.example) " + "x" * 4_000


async def test_the_global_shortcut_opens_an_empty_form(desk: SlackDesk) -> None:
    view = await desk.opened(requests.global_shortcut(ids.NEW_TICKET_SHORTCUT))
    assert all("initial_value" not in block["element"] for block in view["blocks"])


async def test_an_expired_shortcut_is_told_privately(desk: SlackDesk) -> None:
    """bolt-python#886, #306."""
    everywhere = requests.global_shortcut(ids.NEW_TICKET_SHORTCUT)
    on_message = requests.message_shortcut(ids.CREATE_FROM_MESSAGE_SHORTCUT, "x") | {
        "response_url": f"{desk.slack.url}/respond/1"
    }
    desk.slack.expired_triggers |= {everywhere["trigger_id"], on_message["trigger_id"]}
    await desk.send(everywhere)
    await desk.send(on_message)
    assert "/ticket" in text_of(desk.slack.messages("D0ADA")[0])
    assert "/ticket" in text_of(desk.slack.answers[0])


async def test_a_silent_directory_keeps_nobody_out(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.fail("users.info", Failure(status=500))
    ticket = await desk.file("Printer jams")
    assert ticket.created_by.email is None


async def test_a_strangers_address_is_not_believed(desk: SlackDesk, slack: FakeSlack) -> None:
    """The admin of a connected workspace could write a moderator's address into a profile."""
    slack.add_user(requests.REQUESTER, "Mallory", "grace@people.example", team_id="T0OTHER", is_stranger=True)
    ticket = await desk.file("Let me in")
    assert ticket.created_by.email is None


async def test_no_token_is_stored_with_the_event(desk: SlackDesk) -> None:
    await desk.send(requests.mention("x") | {"token": "legacy-verification-token"})
    async with desk.reading() as reading:
        (row,) = await desk.ledger()
        raw = await reading.session.get_one(RawMessage, row.raw_sha256)
    assert b"legacy-verification-token" not in raw.content


def _as_prefilled(view: requests.Json) -> requests.Json:
    return {block["block_id"]: block["element"].get("initial_value") for block in view["blocks"]}


async def _away(_message: object) -> None:
    raise TryAgainLaterError("The database is away.")


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_lost_access_is_an_alert(desk: SlackDesk, kind: str) -> None:
    """bolt-python#664: a revoked token is told to the operator."""
    with capture_logs() as logs:
        assert (await desk.send(requests.envelope({"type": kind})))[0] == 200
    assert {"event": "slack.access_lost", "cause": kind, "workspace": requests.TEAM, "log_level": "error"} in logs
