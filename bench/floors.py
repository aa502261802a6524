"""What the figures of a benchmark stand beside, measured in the same run."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

EMPTY_SMTP_SERVER = """
import asyncio, sys
from aiosmtpd.smtp import SMTP

class Nothing:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Nothing(), loop=loop), "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
"""


def rate(count: int, work: Callable[[], object]) -> float:
    """How many of `count` things a second `work` does."""
    began = time.perf_counter()
    work()
    return round(count / (time.perf_counter() - began), 1)


def sync_milliseconds(folder: Path, count: int) -> list[float]:
    """How long each of `count` durable writes of two pages takes there: no commit can be faster."""
    took = []
    with (folder / "synced").open("wb", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(bytes(8192))
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(0.005)  # as commits come: one after the other, not all at once
    return took


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
