"""What clients that mean harm cost the SMTP door: its memory before, at the worst moment and after.

Run: `python bench/smtp_hostile.py`. Prints JSON:
  idle             200 connections that say EHLO and stay, each from an address of its own; `greeted` counts them.
  mail_between_ms  how long one ordinary mail takes while they stay.
  hoards           connections that hold on to 24 MiB of a mail each, of one client and of 20: memory, how many mails of
                   5 KB another client then delivers of 20, and how long one takes.
  endless_line, endless_content, endless_headers, endless_recipients   memory while 20 clients send without end.
Memory in MiB, resident, as Linux tells it.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress

from floors import free_port
from processes import memory_mib, process, tickmate
from smtp_load import mails, send_all

PORT = free_port()
HOSTILE_CLIENTS = 20
MIB_EACH = 64
CHUNK = 1 << 16


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATA_DIR": folder, "SMTP_PORT": str(PORT), "EMBEDDING_MODEL": "none", "LOG_LEVEL": "error"}
        with process(*tickmate(), "run", "--only", "smtp", environment=environment) as service:
            await _until_open()
            await send_all(PORT, mails(50), connections=4)
            print(json.dumps({"before": memory_mib(service.pid)["rss"]} | await _measure(service.pid)))


async def _measure(pid: int) -> dict[str, object]:
    idle = [await _greeted(f"127.0.{number // 100}.{number % 100 + 2}") for number in range(200)]
    began = time.perf_counter()
    _, accepted = await send_all(PORT, mails(1, seed=8), connections=1)
    told: dict[str, object] = {
        "idle": {"greeted": len(idle), "rss": memory_mib(pid)["rss"]},
        "mail_between_ms": round((time.perf_counter() - began) * 1000, 1) if accepted else None,
    }
    for _, writer in idle:
        writer.close()
    told["hoards"] = {clients: await _hoarded(pid, clients) for clients in (1, HOSTILE_CLIENTS)}
    for name, (opening, chunk) in ATTACKS.items():
        peak = await _attacked(pid, opening, chunk)
        told[name] = {"peak": peak, "after": memory_mib(pid)["rss"]}
    return told


async def _attacked(pid: int, opening: bytes, chunk: bytes) -> float:
    clients = [asyncio.create_task(_flood(number, opening, chunk)) for number in range(HOSTILE_CLIENTS)]
    peak = 0.0
    while not all(client.done() for client in clients):
        peak = max(peak, memory_mib(pid)["rss"])
        await asyncio.sleep(0.02)
    return peak


async def _hoarded(pid: int, clients: int) -> dict[str, object]:
    """Hold on to the beginnings of large mails, and let somebody else deliver meanwhile."""
    hoards = [await _greeted(f"127.2.0.{number % clients + 2}") for number in range(HOSTILE_CLIENTS)]
    await asyncio.gather(*(_hold_on(*hoard) for hoard in hoards))
    peak, began = memory_mib(pid)["rss"], time.perf_counter()
    _, accepted = await send_all(PORT, mails(20, seed=9 + clients), connections=1)
    seconds = time.perf_counter() - began
    for _, writer in hoards:
        writer.close()
    return {"rss": peak, "accepted": accepted, "mail_ms": round(seconds * 1000 / 20, 1)}


async def _hold_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, TimeoutError):
        for line in _ENVELOPE.splitlines(keepends=True):
            writer.write(line)
            await reader.readline()
        for _ in range(24 << 20 >> 16):
            writer.write(b"x" * CHUNK)
            await asyncio.wait_for(writer.drain(), 5)


async def _flood(number: int, opening: bytes, chunk: bytes) -> None:
    """Send until the door hangs up, or MIB_EACH have gone."""
    with suppress(OSError, TimeoutError):
        reader, writer = await _greeted(f"127.1.0.{number + 2}")
        for line in opening.splitlines(keepends=True):
            writer.write(line)
            await reader.readline()
        for part in _parts(chunk):
            writer.write(part)
            await asyncio.wait_for(writer.drain(), 5)
        writer.close()


def _parts(chunk: bytes) -> Iterator[bytes]:
    block = chunk * max(1, CHUNK // len(chunk))
    return (block for _ in range(MIB_EACH * (1 << 20) // len(block)))


async def _greeted(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, local_addr=(address, 0))
    await reader.readline()
    writer.write(b"EHLO bench\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    return reader, writer


async def _until_open() -> None:
    for _ in range(600):
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", PORT)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("the SMTP door never opened")


_ENVELOPE = b"MAIL FROM:<a@people.example>\r\nRCPT TO:<support@localhost>\r\nDATA\r\n"
ATTACKS = {
    "endless_line": (b"", b"x" * CHUNK),
    "endless_content": (_ENVELOPE, b"x" * 998 + b"\r\n"),
    "endless_headers": (_ENVELOPE, b"X-A: b\r\n"),
    "endless_recipients": (b"MAIL FROM:<a@people.example>\r\n", b"RCPT TO:<nobody@elsewhere.example>\r\n"),
}

if __name__ == "__main__":
    asyncio.run(main())
