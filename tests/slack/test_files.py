"""Files both ways: what people share becomes attachments, and attachments reach the threads."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.slack.blocks import ids
from config.settings import Settings
from core.conversations.models import Delivery
from core.conversations.values import DeliveryKind, DeliveryStatus
from core.files.models import SharedFile
from core.files.values import FileState
from core.tickets.models import Attachment
from core.tickets.values import Scan
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure, FakeSlack
from tests.slack.slack_desk import SlackDesk, slack_desk, slack_settings, text_of

SIZE_LIMIT = 2_000


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> Settings:
    built = slack_settings(sqlite_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL)
    return built.model_copy(update={"slack_file_max_size": SIZE_LIMIT, "file_types_refused": "exe, .js"})


@pytest.fixture
async def desk(settings: Settings, slack: FakeSlack) -> AsyncIterator[SlackDesk]:
    async with slack_desk(settings, slack) as built:
        yield built


async def share(desk: SlackDesk, *files: dict[str, Any], text: str = "printer jams", **fields: Any) -> str:
    mention = requests.mention(text, files=list(files), subtype="file_share", **fields)
    await desk.send(mention)
    await desk.run_jobs()
    return str(mention["event"]["ts"])


async def attachments(desk: SlackDesk) -> list[Attachment]:
    async with desk.reading() as reading:
        return list((await reading.session.scalars(select(Attachment).order_by(Attachment.id))).all())


async def shared(desk: SlackDesk) -> list[SharedFile]:
    async with desk.reading() as reading:
        return list((await reading.session.scalars(select(SharedFile).order_by(SharedFile.id))).all())


async def answer_with(desk: SlackDesk, name: str, content: bytes) -> None:
    await desk.answer_with(name, content)
    await desk.run_jobs()


def uploads(desk: SlackDesk, channel: str) -> list[tuple[str | None, list[str]]]:
    return [
        (message.get("thread_ts"), [file["name"] for file in message["files"]])
        for message in desk.slack.messages(channel)
        if "files" in message
    ]


@pytest.mark.parametrize("url", [True, False])
async def test_a_file_of_a_message_becomes_an_attachment(desk: SlackDesk, slack: FakeSlack, *, url: bool) -> None:
    await share(desk, slack.share("log.txt", b"paper jam", url=url))
    (file,) = await attachments(desk)
    assert (file.filename, file.content_type, file.size, file.reply_id) == ("log.txt", "text/plain", 9, None)
    assert await desk.desk.blobs.read(file.sha256) == b"paper jam"
    (card, *_) = slack.messages(requests.TRIAGE_CHANNEL)
    assert (card["ts"], ["log.txt"]) in uploads(desk, requests.TRIAGE_CHANNEL)


async def test_a_file_of_an_answer_belongs_to_the_answer(desk: SlackDesk, slack: FakeSlack) -> None:
    ts = await share(desk)
    await desk.send(requests.message("", thread_ts=ts, subtype="file_share", files=[slack.share("more.txt", b"more")]))
    await desk.run_jobs()
    (reply,) = await desk.replies()
    (file,) = await attachments(desk)
    assert file.reply_id == reply.id
    assert "more.txt" in reply.text
    assert [names for _, names in uploads(desk, requests.TRIAGE_CHANNEL)] == [["more.txt"]]
    assert uploads(desk, requests.CHANNEL) == []


async def test_a_file_sent_directly_is_kept_through_the_dialogue(desk: SlackDesk, slack: FakeSlack) -> None:
    file = slack.share("log.txt", b"paper jam")
    message = requests.direct_message("the printer in room 4 jams whenever I print both sides", files=[file])
    await desk.send(message)
    await desk.run_jobs()
    assert [one.filename for one in await attachments(desk)] == ["log.txt"]


async def test_files_chosen_in_the_form_become_attachments(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.file("printer jams", files=[slack.share("log.txt", b"paper jam")])
    assert [(one.filename, one.reply_id) for one in await attachments(desk)] == [("log.txt", None)]


async def test_files_of_a_message_that_a_form_is_opened_on_are_taken_along(desk: SlackDesk, slack: FakeSlack) -> None:
    file = slack.share("log.txt", b"paper jam")
    shortcut = requests.message_shortcut(ids.CREATE_FROM_MESSAGE_SHORTCUT, "it jams", files=[file])
    view = await desk.opened(shortcut)
    await desk.send(requests.submission(view, {"title": "it jams", "description": "it jams"}))
    await desk.run_jobs()
    assert [one.filename for one in await attachments(desk)] == ["log.txt"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("virus.exe", b"MZ", "no .exe files"),
        ("big.txt", b"x" * 5_000, "has 0.004768 MiB, and this desk takes 0.001907"),
    ],
)
async def test_a_form_says_beside_its_files_what_is_not_taken_and_stays_open(
    desk: SlackDesk, slack: FakeSlack, name: str, content: bytes, told: str
) -> None:
    view = await desk.opened(requests.command("/ticket"))
    files = [slack.share("log.txt", b"paper jam"), slack.share(name, content)]
    _, answer = await desk.send(requests.submission(view, {"title": "printer jams", "files": files}))
    assert answer["response_action"] == "errors"
    assert f"“{name}” cannot be taken." in answer["errors"][ids.FILES_INPUT]
    assert told in answer["errors"][ids.FILES_INPUT]
    assert "Remove it here." in answer["errors"][ids.FILES_INPUT]
    assert await desk.tickets() == []

    await desk.send(requests.submission(view, {"title": "printer jams", "files": files[:1]}))
    await desk.run_jobs()
    assert [one.filename for one in await attachments(desk)] == ["log.txt"]


async def test_a_form_tells_its_sender_directly_what_was_not_taken(desk: SlackDesk, slack: FakeSlack) -> None:
    """Slack leaves the names of some files to be asked for."""
    await desk.file("printer jams", files=[slack.share("virus.exe", b"MZ", url=False)])
    assert any("no .exe files" in text_of(message) for message in slack.messages("D0ADA"))


@pytest.mark.parametrize(
    ("name", "content", "answer", "told"),
    [
        ("big.txt", b"x" * (SIZE_LIMIT + 1), None, "this desk takes 0.001907 MiB at most"),
        ("virus.EXE", b"MZ", None, "no .exe files"),
        ("gone.txt", b"x", (404, "text/plain", b""), "no longer there"),
        ("page.txt", b"x", (200, "text/html", b"<html>sign in"), "does not let me read"),
        ("away.txt", b"x", (302, "text/html", b""), "does not let me read"),
    ],
)
async def test_what_cannot_be_taken_is_told_kindly_and_the_ticket_stays(
    desk: SlackDesk, name: str, content: bytes, answer: tuple[int, str, bytes] | None, told: str
) -> None:
    slack = desk.slack
    file = slack.share(name, content)
    if answer is not None:
        slack.file_answers[file["id"]] = answer
    ts = await share(desk, file)
    assert await attachments(desk) == []
    (row,) = await shared(desk)
    assert row.state is FileState.REFUSED
    (notice,) = slack.calls_of("chat.postEphemeral")
    assert told in notice["text"]
    assert (notice["user"], notice["channel"], notice["thread_ts"]) == (requests.REQUESTER, requests.CHANNEL, ts)
    assert len(await desk.tickets()) == 1


async def test_our_token_goes_nowhere_but_to_slack(desk: SlackDesk, slack: FakeSlack) -> None:
    file = slack.share("log.txt", b"x") | {"url_private": "http://evil.example/file/1"}
    await share(desk, file)
    assert await attachments(desk) == []
    assert "outside of Slack" in slack.calls_of("chat.postEphemeral")[0]["text"]


async def test_a_size_that_lies_is_found_out(desk: SlackDesk, slack: FakeSlack) -> None:
    await share(desk, slack.share("big.txt", b"x" * (SIZE_LIMIT + 50)) | {"size": 3})
    assert await attachments(desk) == []


async def test_an_attachment_of_an_answer_reaches_the_threads(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.file("printer jams")
    await answer_with(desk, "how.txt", b"open the lid")
    (confirmation, *_) = slack.messages("D0ADA")
    assert uploads(desk, "D0ADA") == [(confirmation["ts"], ["how.txt"])]
    assert [names for _, names in uploads(desk, requests.TRIAGE_CHANNEL)] == [["how.txt"]]
    assert all(file["content"] == b"open the lid" for file in slack.uploaded.values())


async def test_files_of_a_private_ticket_go_to_its_people_only(desk: SlackDesk, slack: FakeSlack) -> None:
    await share(desk)
    await answer_with(desk, "secret.txt", b"secret")
    assert uploads(desk, requests.CHANNEL) == []
    assert [names for _, names in uploads(desk, "D0ADA")] == [["secret.txt"]]


async def test_what_is_too_large_for_slack_is_a_link(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.file("printer jams")
    await answer_with(desk, "film.mp4", b"x" * (SIZE_LIMIT + 1))
    assert slack.uploaded == {}
    told = [text_of(message) for message in slack.messages("D0ADA")]
    assert any("Too large for Slack: film.mp4" in text and "desk.example/tickets/1" in text for text in told)


async def test_after_a_crash_slack_is_asked_before_sending_again(desk: SlackDesk, slack: FakeSlack) -> None:
    await desk.file("printer jams")
    slack.fail("files.completeUploadExternal", Failure(stores_first=True), Failure(stores_first=True))
    with pytest.raises(Exception, match="reached"):
        await answer_with(desk, "how.txt", b"open the lid")
    with pytest.raises(Exception, match="reached"):
        await desk.run_jobs()
    await desk.run_jobs()
    assert len(uploads(desk, "D0ADA")) == 1
    assert len(uploads(desk, requests.TRIAGE_CHANNEL)) == 1
    async with desk.reading() as reading:
        sent = await reading.session.scalars(select(Delivery.status).where(Delivery.kind == DeliveryKind.FILES))
        assert set(sent) == {DeliveryStatus.SENT}


async def test_an_infected_file_goes_nowhere(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> None:
    scanner = tmp_path / "scanner"
    scanner.write_text("#!/bin/sh\nif grep -q EVIL; then echo 'stream: Test.Virus FOUND'; exit 1; fi\n")
    scanner.chmod(0o700)
    built = slack_settings(sqlite_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL)
    async with slack_desk(built.model_copy(update={"virus_scanner": str(scanner)}), slack) as desk:
        await share(desk, slack.share("bad.txt", b"EVIL"), slack.share("good.txt", b"fine"))
        found = {file.filename: (file.scan, file.found) for file in await attachments(desk)}
        assert found == {"bad.txt": (Scan.INFECTED, "Test.Virus"), "good.txt": (Scan.CLEAN, "")}
        assert [names for _, names in uploads(desk, requests.TRIAGE_CHANNEL)] == [["good.txt"]]
        assert any("Test.Virus" in text_of(one) for one in slack.messages(requests.TRIAGE_CHANNEL))


async def test_files_in_a_channel_are_taken_out_when_their_ticket_becomes_private(
    desk: SlackDesk, slack: FakeSlack
) -> None:
    await share(desk)
    await desk.send(requests.command("/triage", "1 public on", user=requests.MODERATOR))
    await answer_with(desk, "manual.txt", b"zebracode")
    assert any(one["name"] == "manual.txt" for one in slack.uploaded.values())
    in_channel = [names for _, names in uploads(desk, requests.CHANNEL)]
    assert in_channel == [["manual.txt"]]
    await desk.send(requests.command("/triage", "1 public off", user=requests.MODERATOR))
    await desk.run_jobs()
    assert [names for _, names in uploads(desk, requests.CHANNEL)] == [[]]
    assert [names for _, names in uploads(desk, requests.TRIAGE_CHANNEL)] == [["manual.txt"]]
