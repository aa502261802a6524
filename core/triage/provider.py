"""The way to OpenAI's API, or to any endpoint that speaks it; opened when it is first needed."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class Provider:
    """One client for all calls. It tries nothing again: each try is billed and told by whoever asks."""

    def __init__(self, *, api_key: str, base_url: str | None, timeout: float) -> None:
        self._api_key = api_key
        self._base_url = base_url or None
        self._timeout = timeout
        self._client: AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()

    async def client(self) -> "AsyncOpenAI":
        """Made off the event loop, once."""
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    def _connect(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI  # noqa: PLC0415 (0.4 s: only a desk with a key pays for it, off the loop)

        return AsyncOpenAI(api_key=self._api_key, base_url=self._base_url, timeout=self._timeout, max_retries=0)
