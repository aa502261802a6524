"""Files that a virus scanner was too late for are put beside the copies in Slack after all, once."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.conversations.files_to_send import PATIENCE
from core.errors import TryAgainLaterError
from tests.fakes import slack_requests as requests
from tests.fakes.slack import FakeSlack
from tests.slack.slack_desk import SlackDesk, advance, slack_desk, slack_settings, text_of

CHECKED_LATER = "A file is still being checked for viruses"


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """While this file is there, the scanner fails."""
    marker = tmp_path / "away"
    marker.touch()
    return marker


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, slack: FakeSlack, away: Path) -> AsyncIterator[SlackDesk]:
    scanner = tmp_path / "scanner"
    scanner.write_text(f"#!/bin/sh\nif [ -e {away} ]; then exit 2; fi\nif grep -q EVIL; then exit 1; fi\n")
    scanner.chmod(0o700)
    built = slack_settings(database_url, tmp_path, slack.url, requests.TRIAGE_CHANNEL)
    async with slack_desk(built.model_copy(update={"virus_scanner": str(scanner)}), slack) as desk:
        yield desk


def come_back(away: Path) -> None:
    """The scanner answers again."""
    away.unlink()


async def run_each_once(desk: SlackDesk) -> None:
    for job in await desk.waiting():
        with suppress(TryAgainLaterError):
            await desk.run_job(job)


async def wait_in_vain(desk: SlackDesk) -> None:
    for _ in range(4):
        await run_each_once(desk)
    advance(desk, seconds=PATIENCE.total_seconds() + 1)
    for _ in range(2):
        await run_each_once(desk)


def uploaded(desk: SlackDesk, channel: str) -> list[str]:
    return [file["name"] for message in desk.slack.messages(channel) for file in message.get("files", ())]


def announced(desk: SlackDesk, channel: str) -> int:
    return sum(CHECKED_LATER in text_of(message) for message in desk.slack.messages(channel))


async def test_a_file_of_an_answer_is_announced_and_follows_once(desk: SlackDesk, away: Path) -> None:
    await desk.file("printer jams")
    await desk.answer_with("manual.txt", b"open the lid")
    await wait_in_vain(desk)
    assert (uploaded(desk, "D0ADA"), announced(desk, "D0ADA")) == ([], 1)

    come_back(away)
    await desk.run_jobs()
    await desk.run_jobs()
    for channel in ("D0ADA", requests.TRIAGE_CHANNEL):
        assert (uploaded(desk, channel), announced(desk, channel)) == (["manual.txt"], 1)


async def test_a_file_of_a_ticket_follows_to_its_card(desk: SlackDesk, away: Path, slack: FakeSlack) -> None:
    await desk.send(requests.mention("printer jams", files=[slack.share("log.txt", b"jam")], subtype="file_share"))
    await wait_in_vain(desk)
    assert (uploaded(desk, requests.TRIAGE_CHANNEL), announced(desk, requests.TRIAGE_CHANNEL)) == ([], 1)
    come_back(away)
    await desk.run_jobs()
    assert uploaded(desk, requests.TRIAGE_CHANNEL) == ["log.txt"]


async def test_one_with_a_virus_never_follows_and_moderators_are_told(desk: SlackDesk, away: Path) -> None:
    await desk.file("printer jams")
    await desk.answer_with("manual.txt", b"EVIL")
    await wait_in_vain(desk)
    come_back(away)
    await desk.run_jobs()
    assert uploaded(desk, "D0ADA") == []
    told = [text_of(message) for message in desk.slack.messages(requests.TRIAGE_CHANNEL)]
    assert any("is held back" in one and "has gone out without it" in one for one in told)
