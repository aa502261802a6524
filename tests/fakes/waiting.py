"""Waiting for something that another task or process brings about."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 30.0  # seconds; reached only where the thing never happens
SHORTEST, LONGEST = 0.002, 0.05  # seconds between two looks, which take time from what is waited for


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = PATIENCE) -> None:
    """Returns when `condition` holds; fails the test with TimeoutError where it never does."""
    async with asyncio.timeout(within):
        pause = SHORTEST
        while not await condition():
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST)
