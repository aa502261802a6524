"""The two ways of asking a virus scanner."""

import asyncio
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.errors import ConfigurationError, TryAgainLaterError
from core.files.scanning import Clamd, ScanCommand, scanner_at

LARGE = b"x" * 200_000


@asynccontextmanager
async def clamd(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A clamd that reads one INSTREAM and answers; gives its port, and the files that it read."""
    read: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = bytearray()
        while size := struct.unpack("!L", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        read.append(bytes(content))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], read


@pytest.mark.parametrize(
    ("answer", "found"), [(b"stream: OK\0", ""), (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", "Win.Test.EICAR_HDB-1")]
)
async def test_clamd_says_what_it_found(answer: bytes, found: str) -> None:
    async with clamd(answer) as (port, read):
        assert await scanner_at(f"clamd://127.0.0.1:{port}").scan(LARGE) == found
    assert read == [LARGE]


async def test_a_clamd_that_fails_or_is_away_is_asked_again_later() -> None:
    async with clamd(b"INSTREAM size limit exceeded. ERROR\0") as (port, _):
        with pytest.raises(TryAgainLaterError, match="size limit"):
            await Clamd(host="127.0.0.1", port=port).scan(b"x")
    with pytest.raises(TryAgainLaterError, match="does not answer"):
        await Clamd(host="127.0.0.1", port=port).scan(b"x")


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("import sys; sys.exit(0 if len(sys.stdin.buffer.read()) == 200000 else 5)", ""),
        ("import sys; sys.stdin.read(); print('stream: Evil.A FOUND'); sys.exit(1)", "Evil.A"),
        ("import sys; sys.stdin.read(); sys.exit(1)", "a virus"),
    ],
)
async def test_a_command_tells_by_its_exit_code(program: str, found: str) -> None:
    assert await ScanCommand([sys.executable, "-c", program]).scan(LARGE) == found


async def test_a_command_that_fails_is_tried_again() -> None:
    with pytest.raises(TryAgainLaterError, match="exit 2"):
        await ScanCommand([sys.executable, "-c", "raise SystemExit(2)"]).scan(b"x")
    with pytest.raises(TryAgainLaterError, match="cannot be run"):
        await ScanCommand(["/nowhere/scanner"]).scan(b"x")


@pytest.mark.parametrize("address", ["http://scanner.example", "'unclosed", " "])
def test_what_is_no_scanner_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="VIRUS_SCANNER"):
        scanner_at(address)


def test_a_socket_of_this_machine() -> None:
    assert scanner_at("clamd:///run/clamd.sock") == Clamd(host="", socket="/run/clamd.sock")
