"""Waiting for something that another task or process brings about."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 30.0  # seconds; reached only where the thing never happens


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = PATIENCE) -> None:
    """Returns when `condition` holds; fails the test with TimeoutError where it never does."""
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110 (rows and processes have no event)
            await asyncio.sleep(0.005)
