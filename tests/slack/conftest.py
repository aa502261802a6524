"""A workspace and a desk for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.slack import FakeSlack, running_slack
from tests.slack.slack_desk import SlackDesk, slack_desk


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """The in-process double. What it refused as beyond Slack's limits fails the test."""
    async with running_slack() as fake:
        yield fake
        assert fake.problems == []


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> AsyncIterator[SlackDesk]:
    async with slack_desk(sqlite_url, tmp_path, slack) as built:
        yield built
