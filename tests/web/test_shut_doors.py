"""A running service whose Slack is not set up says so to whoever knocks there."""

import socket
from pathlib import Path

import aiohttp
import pytest

from config.running import Part, running
from config.settings import load_settings


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("POST", "/slack/events", "Set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET to open it."),
        ("GET", "/slack/install", "Set SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_SIGNING_SECRET to open it."),
        ("POST", "/webhooks/email/raw", "Set INBOUND_WEBHOOK_TOKEN to open it."),
    ],
)
async def test_a_door_that_is_not_set_up_names_what_opens_it(
    tmp_path: Path, method: str, path: str, named: str
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"DATA_DIR": str(tmp_path), "HTTP_PORT": str(port), "EMBEDDING_MODEL": "none"}
    async with (
        running(load_settings(given), frozenset({Part.WEB})),
        aiohttp.ClientSession() as client,
        client.request(method, f"http://127.0.0.1:{port}{path}") as answer,
    ):
        assert answer.status == 404
        assert named in await answer.text()
