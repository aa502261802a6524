"""What the figures of a benchmark stand beside, measured in the same run."""

import socket
import time
from collections.abc import Callable

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
