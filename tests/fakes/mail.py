"""The desk as the SMTP door sees it, and a bare SMTP client that says exactly what the test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

from core.intake.values import Accepted, InboundMessage


async def until(condition: Callable[[], bool]) -> None:
    """Lets the event loop run until `condition` holds, for at most 10 seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (what is waited for has no event of its own)
            await asyncio.sleep(0)


class FakeIntake:
    """Routes by a table; `accept` waits for `gate` and raises `error` where there is one."""

    def __init__(self, routes: dict[str, int] | None = None) -> None:
        self.routes = {"support@example.com": 1} if routes is None else routes
        self.accepted: list[InboundMessage] = []
        self.error: Exception | None = None
        self.route_error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()

    async def route(self, address: str) -> int | None:
        if self.route_error:
            raise self.route_error
        return self.routes.get(address.lower())

    async def accept(self, message: InboundMessage) -> Accepted:
        self.entered.set()
        await self.gate.wait()
        if self.error:
            raise self.error
        self.accepted.append(message)
        return Accepted(intake_id=len(self.accepted), is_new=True)


class SmtpClient:
    """Lines in, replies out; no rule of the protocol is kept unless the test keeps it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def send_for_ever(self, data: bytes) -> NoReturn:
        while True:
            await self.send(data)

    async def reply(self) -> str:
        """One reply, its lines joined; empty where the door hung up."""
        lines = []
        while line := (await self.reader.readline()).decode():
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                break
        return "\n".join(lines)

    async def say(self, command: str) -> str:
        await self.send(command.encode() + b"\r\n")
        return await self.reply()

    async def begin(self, *recipients: str, sender: str = "ada@example.net") -> None:
        """Everything up to where content may be sent."""
        for command in (f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{recipient}>" for recipient in recipients)):
            reply = await self.say(command)
            assert reply.startswith("250"), reply
        assert (await self.say("DATA")).startswith("354")

    async def is_hung_up(self) -> bool:
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def smtp_client(port: int, *, greet: bool = True, source: str = "127.0.0.1") -> AsyncIterator[SmtpClient]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    client = SmtpClient(reader, writer)
    try:
        if greet:
            assert (await client.reply()).startswith("220")
            assert (await client.say("EHLO client.example")).startswith("250")
        yield client
    finally:
        writer.close()
