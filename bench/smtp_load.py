"""A small SMTP client that keeps several connections busy, for the benchmarks of intake."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

WORDS = tuple(
    "printer calendar export login password invoice screen network slow error update report access folder phone "  # noqa: SIM905 (legible)
    "meeting dashboard browser cable server backup mailbox signature licence monitor keyboard import column".split()
)
SUPPORT = "support@localhost"


def mails(count: int, *, seed: int = 7, first: int = 0) -> list[bytes]:
    """Mails of 2 to 8 KB by different people, a tenth of them with an attachment; the same ones for the same seed.

    People are numbered from `first`.
    """
    chance = random.Random(seed)  # noqa: S311 (test mails)
    return [_mail(number, chance) for number in range(first, first + count)]


def _mail(number: int, chance: random.Random) -> bytes:
    message = EmailMessage()
    message["From"] = f"Person {number} <person{number}@customers.example>"
    message["To"] = SUPPORT
    message["Subject"] = f"{' '.join(chance.choices(WORDS, k=5))} {number}"
    message["Date"] = format_datetime(datetime(2026, 3, 2, 9, tzinfo=UTC))
    message["Message-ID"] = make_msgid(domain="customers.example")
    size = chance.randint(1500, 7000)
    text = " ".join(chance.choices(WORDS, k=size // 7))
    message.set_content("\n".join(text[start : start + 70] for start in range(0, len(text), 70)))
    if number % 10 == 0:
        message.add_attachment(chance.randbytes(3000), maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return message.as_bytes().replace(b"\n", b"\r\n")


async def send_all(port: int, messages: Sequence[bytes], *, connections: int) -> tuple[float, int]:
    """Send every mail; returns the seconds until the last answer and how many got 250."""
    waiting = iter(messages)
    began = time.perf_counter()
    accepted = await asyncio.gather(*(_keep_sending(port, waiting) for _ in range(connections)))
    return time.perf_counter() - began, sum(accepted)


async def _keep_sending(port: int, waiting: Iterator[bytes]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: bytes) -> bytes:
        writer.write(line)
        while True:
            answer = await reader.readline()
            if answer[3:4] != b"-":
                return answer

    await reader.readline()
    await say(b"EHLO bench\r\n")
    accepted = 0
    for message in waiting:
        await say(b"MAIL FROM:<person@customers.example>\r\n")
        await say(f"RCPT TO:<{SUPPORT}>\r\n".encode())
        await say(b"DATA\r\n")
        stuffed = message.replace(b"\r\n.", b"\r\n..")
        accepted += (await say(stuffed + b"\r\n.\r\n")).startswith(b"250")
    writer.write(b"QUIT\r\n")
    writer.close()
    return accepted
