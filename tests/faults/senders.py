"""Senders of mail as mail servers are: what is not taken with 250 is sent again, until it is."""

import asyncio
import random
from email.message import EmailMessage
from email.utils import make_msgid

from tests.fakes.mail import SmtpClient, smtp_client
from tests.faults.deployment import PATIENCE

SUPPORT = "support@localhost"
RETRY_SECONDS = 0.05


def mails(count: int, chance: random.Random) -> dict[str, bytes]:
    """Mails of as many people, by Message-ID without brackets; every tenth has an attachment."""
    made = {}
    for number in range(count):
        mail = EmailMessage()
        mail["From"] = f"Person {number} <person{number}@customers.example>"
        mail["To"] = SUPPORT
        mail["Subject"] = f"Question {number}"
        mail["Message-ID"] = make_msgid(domain="customers.example")
        mail.set_content(f"Something {number} is broken.\n" + "It was fine before.\n" * chance.randint(10, 120))
        if number % 10 == 0:
            mail.add_attachment(chance.randbytes(2000), maintype="application", subtype="zip", filename="log.zip")
        made[mail["Message-ID"].strip("<>")] = mail.as_bytes().replace(b"\n", b"\r\n")
    return made


class Senders:
    """Several connections that send all mails. `accepted` holds the Message-IDs that got 250, in that order."""

    def __init__(self, port: int, waiting: dict[str, bytes], *, connections: int = 6) -> None:
        self._port = port
        self._waiting = list(waiting.items())
        self._connections = connections
        self.accepted: list[str] = []
        self._watch: list[tuple[int, asyncio.Event]] = []

    async def run(self) -> None:
        """Returns when every mail was taken."""
        await asyncio.gather(*(self._connection() for _ in range(self._connections)))

    async def reaches(self, count: int) -> None:
        """Returns as soon as so many mails were taken."""
        event = asyncio.Event()
        self._watch.append((count, event))
        self._tell()
        async with asyncio.timeout(PATIENCE):
            await event.wait()

    async def _connection(self) -> None:
        while self._waiting:
            try:
                async with smtp_client(self._port) as client:
                    await self._send(client)
            except (OSError, AssertionError):  # nobody there, hung up, or not now
                await asyncio.sleep(RETRY_SECONDS)

    async def _send(self, client: SmtpClient) -> None:
        while self._waiting:
            message_id, content = self._waiting.pop()
            try:
                await client.begin(SUPPORT)
                await client.send(content.replace(b"\r\n.", b"\r\n.."))
                answer = await client.say(".")
                assert answer.startswith("250"), answer
            except BaseException:
                self._waiting.append((message_id, content))
                raise
            self.accepted.append(message_id)
            self._tell()

    def _tell(self) -> None:
        for count, event in self._watch:
            if len(self.accepted) >= count:
                event.set()
