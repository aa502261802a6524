"""A workspace and a desk for each test."""

from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from config.doors import web_options
from config.settings import Settings
from tests.fakes.slack import FakeSlack, running_slack
from tests.fakes.slack_requests import TRIAGE_CHANNEL
from tests.slack.emulator_story import Story, running_story
from tests.slack.slack_desk import SlackDesk, slack_desk, slack_settings
from tests.slack.visibility_scene import Scene, build
from webhooks.app import build_web


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


@pytest.fixture
async def scene(desk: SlackDesk, settings: Settings, tmp_path: Path) -> AsyncIterator[Scene]:
    options = replace(web_options(settings), trusted_proxies=(ip_network("127.0.0.0/8"),))
    server = TestServer(build_web(desk.desk, options))
    await server.start_server()
    built = Scene(desk=desk, server=server, outbox=tmp_path / "outbox")
    try:
        await build(built)
        yield built
    finally:
        for browser in built.browsers.values():
            await browser.session.close()
        await server.close()


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with running_story(database_url, tmp_path) as running:
        yield running
