"""A workspace and a desk for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from config.settings import Settings
from tests.fakes.slack import FakeSlack, running_slack
from tests.fakes.slack_requests import TRIAGE_CHANNEL
from tests.slack.slack_desk import SlackDesk, slack_desk, slack_settings


@pytest.fixture(autouse=True)
def plain_tracebacks() -> Iterator[None]:
    """As in a deployment: structlog's own default draws every local variable, which takes seconds."""
    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    yield
    structlog.configure(**before)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """The in-process double. What it refused as beyond Slack's limits fails the test."""
    async with running_slack() as fake:
        yield fake
        assert fake.problems == []


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, slack: FakeSlack) -> Settings:
    return slack_settings(sqlite_url, tmp_path, slack.url, TRIAGE_CHANNEL)


@pytest.fixture
async def desk(settings: Settings, slack: FakeSlack) -> AsyncIterator[SlackDesk]:
    async with slack_desk(settings, slack) as built:
        yield built
