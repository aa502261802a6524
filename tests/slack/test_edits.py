"""Edits and deletions in Slack become revisions of the ticket or reply: PostHog#85974, edits never reach the ticket."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.audit.models import AuditRecord
from core.errors import TryAgainLaterError
from core.files.models import SharedFile
from core.intake.models import Intake
from core.intake.values import Outcome
from core.tickets.revising import TAKEN_BACK
from tests.fakes import slack_requests as requests
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import SlackDesk, slack_desk, slack_settings, text_of

Json = dict[str, Any]


async def deliver(desk: SlackDesk, *payloads: Json) -> None:
    for payload in payloads:
        assert await desk.send(payload) == (200, "")
    await desk.run_jobs()


async def outcomes(desk: SlackDesk) -> list[tuple[Outcome, str]]:
    return [(row.outcome, row.rule) for row in await desk.ledger()]


async def test_an_edited_mention_changes_the_ticket_on_both_databases(
    database_url: str, tmp_path: Path, slack: FakeSlack
) -> None:
    """PostHog#85974. Who holds the audit log can read what stood there before."""
    async with slack_desk(slack_settings(database_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL), slack) as desk:
        mention = requests.mention("the printer jams")
        await deliver(desk, mention)
        await deliver(desk, requests.edited(f"<@{requests.BOT_USER}> the plotter jams", mention))
        (ticket,) = await desk.tickets()
        assert (ticket.title, ticket.description) == ("the plotter jams", "the plotter jams")
        assert (await outcomes(desk))[-1] == (Outcome.ACTED, "message-edited")
        shown = text_of(desk.card())
        assert "the plotter jams" in shown
        assert "edited by the requester" in shown
        async with desk.reading() as reading:
            record = await reading.session.scalar(select(AuditRecord).where(AuditRecord.action == "ticket.edited"))
        assert record is not None
        assert record.before["description"] == "the printer jams"


async def test_an_edited_reply_changes_the_reply_and_its_copy(desk: SlackDesk) -> None:
    message = requests.direct_message("the printer jams")
    answer = requests.direct_message("it is the blue one", thread_ts=message["event"]["ts"])
    await deliver(desk, message)
    await deliver(desk, answer)
    card = desk.card()["ts"]
    before = len(desk.thread(requests.TRIAGE_CHANNEL, card))
    await deliver(desk, requests.edited("it is the red one", answer))
    assert [reply.text for reply in await desk.replies()] == ["it is the red one"]
    copies = desk.thread(requests.TRIAGE_CHANNEL, card)
    assert len(copies) == before
    assert any("it is the red one" in copy and "(edited)" in copy for copy in copies)
    assert all("blue" not in copy for copy in copies)


async def test_an_edited_note_stays_internal(desk: SlackDesk) -> None:
    """chatwoot#15605: nor does an edit carry the moderators' words to the requester."""
    await desk.file("Printer jams")
    note = requests.message(
        "hopeless case", user=requests.MODERATOR, channel=requests.TRIAGE_CHANNEL, thread_ts=desk.card()["ts"]
    )
    await deliver(desk, note)
    await deliver(desk, requests.edited("tricky case", note))
    assert [reply.text for reply in await desk.replies()] == ["tricky case"]
    assert "case" not in str(desk.slack.messages("D0ADA"))


async def test_a_deleted_reply_is_taken_back_everywhere_in_slack(desk: SlackDesk) -> None:
    message = requests.direct_message("the printer jams")
    answer = requests.direct_message("my password is hunter2", thread_ts=message["event"]["ts"])
    await deliver(desk, message)
    await deliver(desk, answer)
    await deliver(desk, requests.deleted(answer))
    assert [reply.text for reply in await desk.replies()] == [TAKEN_BACK]
    assert (await outcomes(desk))[-1] == (Outcome.ACTED, "message-deleted")
    assert all("hunter2" not in text for text in desk.thread(requests.TRIAGE_CHANNEL, desk.card()["ts"]))


@pytest.mark.parametrize("leaves_tombstone", [False, True])
async def test_a_deleted_question_leaves_its_ticket(desk: SlackDesk, *, leaves_tombstone: bool) -> None:
    """Whoever tidies up a channel loses no ticket; a message with answers leaves a tombstone, which is no edit."""
    mention = requests.mention("my password is hunter2")
    await deliver(desk, mention)
    gone = requests.deleted(mention)
    if leaves_tombstone:
        gone = requests.edited("This message was deleted.", mention, subtype="tombstone", user="USLACKBOT")
    await deliver(desk, gone)
    (ticket,) = await desk.tickets()
    assert (ticket.title, ticket.description, ticket.deleted_at) == (TAKEN_BACK, TAKEN_BACK, None)
    assert "hunter2" not in str(desk.card())


async def test_a_title_that_a_moderator_wrote_survives_an_edit(desk: SlackDesk) -> None:
    mention = requests.mention("halp")
    await deliver(desk, mention)
    await desk.retitle(1, "Printer jams")
    await deliver(desk, requests.edited("help please", mention))
    (ticket,) = await desk.tickets()
    assert (ticket.title, ticket.description) == ("Printer jams", "help please")


async def test_files_stay_when_the_text_is_edited(desk: SlackDesk) -> None:
    message = requests.direct_message("see", subtype="file_share", files=[{"id": "F1", "name": "jam.png"}])
    await deliver(desk, message)
    await deliver(desk, requests.edited("see this", message))
    (ticket,) = await desk.tickets()
    assert ticket.description == "see this"
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(SharedFile.name)) == "jam.png"


async def test_an_edit_that_comes_late_does_not_bring_back_older_words(desk: SlackDesk) -> None:
    """Events come in any order."""
    message = requests.direct_message("one")
    second, third = requests.edited("two", message), requests.edited("three", message)
    await deliver(desk, message, third)
    await deliver(desk, second)
    (ticket,) = await desk.tickets()
    assert ticket.description == "three"


async def test_an_edit_waits_for_its_message(desk: SlackDesk) -> None:
    """The edit may come first; it is kept, and tried again until the message is there."""
    message = requests.direct_message("one")
    await desk.send(requests.edited("two", message))
    with pytest.raises(TryAgainLaterError):
        await desk.run_jobs()
    await desk.send(message)
    (edit, original) = await desk.ledger()
    await desk.desk.processing.process(1, original.id)
    await desk.desk.processing.process(1, edit.id)
    (ticket,) = await desk.tickets()
    assert ticket.description == "two"


async def test_an_edit_waits_as_long_as_its_message_does(desk: SlackDesk) -> None:
    """After an hour away, the original's first try may fail and be repeated later than the edit's."""
    message = requests.direct_message("one")
    await desk.send(message)
    await desk.send(requests.edited("two", message))
    (original, edit) = await desk.ledger()
    async with desk.desk.surroundings.database.writing() as connection:
        await connection.execute(update(Intake).values(received_at=edit.received_at - timedelta(hours=1)))
    with pytest.raises(TryAgainLaterError):
        await desk.desk.processing.process(1, edit.id)
    await desk.desk.processing.process(1, original.id)
    await desk.desk.processing.process(1, edit.id)
    (ticket,) = await desk.tickets()
    assert ticket.description == "two"


async def test_an_edit_of_talk_beside_any_ticket_is_not_stored(desk: SlackDesk) -> None:
    talk = requests.message("lunch?")
    await deliver(desk, requests.edited("lunch!", talk), requests.deleted(talk))
    assert await desk.ledger() == []


async def test_a_change_of_nothing_is_not_stored(desk: SlackDesk) -> None:
    """Slack also says `message_changed` when it unfolds a link or finds out the language."""
    message = requests.direct_message("see https://example.com")
    await deliver(desk, message)
    await deliver(desk, requests.edited("see https://example.com", message))
    assert len(await desk.ledger()) == 1


async def test_our_own_updates_are_no_edits(desk: SlackDesk) -> None:
    message = requests.direct_message("the printer jams")
    await deliver(desk, message)
    ours = {"event": message["event"] | {"user": requests.BOT_USER, "bot_id": "B0BOT"}}
    await deliver(desk, requests.edited("#1 is resolved", ours), requests.deleted(ours))
    assert len(await desk.ledger()) == 1


async def test_an_edit_delivered_three_times_is_one_revision(desk: SlackDesk) -> None:
    """agno#10073, PostHog#88801: retries are told apart by event id."""
    message = requests.direct_message("one")
    await deliver(desk, message)
    edit = requests.edited("two", message)
    await asyncio.gather(*(desk.send(edit) for _ in range(3)))
    await desk.run_jobs()
    async with desk.reading() as reading:
        records = await reading.session.scalars(select(AuditRecord).where(AuditRecord.action == "ticket.edited"))
    assert len(records.all()) == 1
