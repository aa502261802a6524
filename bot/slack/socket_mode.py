"""Socket Mode: Slack reached from behind a firewall. The same app, the same acknowledgement after the durable row.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import contextlib

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from core.errors import TryAgainLaterError

PING_SECONDS = 10.0


class SocketMode:
    """One WebSocket connection, opened again whenever it is lost."""

    def __init__(self, app: AsyncApp, *, app_token: str, base_url: str, ping_seconds: float = PING_SECONDS) -> None:
        self._handler = AsyncSocketModeHandler(
            app,
            app_token,
            web_client=AsyncWebClient(base_url=f"{base_url.rstrip('/')}/"),
            ping_interval=ping_seconds,
        )
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin connecting; Slack being away keeps nobody waiting, it is tried again until `stop`."""
        self._connecting = asyncio.create_task(self._connect(), name="slack-socket-mode")

    async def check(self) -> str:
        """For readiness.

        Raises:
            TryAgainLaterError: not connected.
        """
        if not await self._handler.client.is_connected():
            raise TryAgainLaterError("Slack's Socket Mode is not connected.", mend="Check SLACK_APP_TOKEN.")
        return "connected by Socket Mode"

    async def stop(self) -> None:
        """Close the connection. What was not acknowledged Slack sends again to the next one."""
        if self._connecting is not None:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._connecting
        await self._handler.client.close()  # type: ignore[no-untyped-call]  # Bolt has no types here

    async def _connect(self) -> None:
        await self._handler.client.connect()  # type: ignore[no-untyped-call]  # the same; tries until it succeeds
