"""The SMTP door under clients that take more than their share."""

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.email import smtp_conversation
from bot.email.smtp import SmtpDoor
from bot.email.smtp_conversation import Conversation
from bot.email.smtp_reception import UNKNOWN_RECIPIENTS
from bot.email.smtp_room import ALWAYS, Room
from tests.fakes.clock import FakeClock
from tests.fakes.mail import FakeIntake, SmtpClient, smtp_client, until

LIMIT = 1 << 20
Opener = Callable[..., Coroutine[None, None, SmtpDoor]]


@pytest.fixture
async def open_door() -> AsyncIterator[Opener]:
    async with AsyncExitStack() as stack:

        async def open_door(intake: FakeIntake, **limits: Any) -> SmtpDoor:
            door = SmtpDoor(intake, port=0, max_size=LIMIT, **limits)
            await door.start()
            stack.push_async_callback(door.stop, grace=1)
            return door

        yield open_door


@pytest.mark.parametrize("chunk", [b"x" * 1022 + b"\r\n", b"x" * 1024], ids=["lines", "no line ends"])
async def test_content_over_the_limit_is_552_and_the_end(open_door: Opener, chunk: bytes) -> None:
    """zammad#1970; MEASURED: aiosmtpd takes 150 MB without line ends under a limit of 30."""
    intake = FakeIntake()
    door = await open_door(intake)
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(chunk * 1024)
        await client.send(chunk * 128)  # what has no line end is looked at 64 KiB late
        assert (await client.reply()).startswith("552 5.3.4")
        assert await client.is_hung_up()
    assert intake.accepted == []


async def test_a_mail_of_exactly_the_limit_is_taken(open_door: Opener) -> None:
    intake = FakeIntake()
    door = await open_door(intake)
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send((b"x" * 1022 + b"\r\n") * 1024 + b".\r\n")
        assert (await client.reply()).startswith("250")
    assert len(intake.accepted[0].raw) == LIMIT


async def test_a_client_that_keeps_sending_still_reads_the_refusal_and_memory_stays_flat(open_door: Opener) -> None:
    door = await open_door(FakeIntake())
    tracemalloc.start()
    try:
        async with smtp_client(door.port) as client:
            await client.begin("support@example.com")
            chunk = b"x" * (1 << 16)
            for _ in range(16 * 32):  # 32 MiB
                await client.send(chunk)
            assert (await client.reply()).startswith("552 5.3.4")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * LIMIT


async def test_the_bytes_of_a_refused_mail_are_let_go_while_its_client_still_sends(open_door: Opener) -> None:
    door = await open_door(FakeIntake())
    part = b"x" * 1022 + b"\r\n"
    tracemalloc.start()
    try:
        async with smtp_client(door.port) as client:
            await client.begin("support@example.com")
            for _ in range(17):
                await client.send(part * 64)
            assert (await client.reply()).startswith("552 5.3.4")
            held, _ = tracemalloc.get_traced_memory()
            await client.send(part)  # it is listened to
    finally:
        tracemalloc.stop()
    assert held < LIMIT // 2


@pytest.mark.parametrize(("more", "code"), [(b"", "250"), (b"x\r\n", "552")])
async def test_dots_that_transparency_adds_do_not_count(open_door: Opener, more: bytes, code: str) -> None:
    intake = FakeIntake()
    door = await open_door(intake)
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send((b".." + b"x" * 1021 + b"\r\n") * 1024 + more + b".\r\n")
        assert (await client.reply()).startswith(code)
    assert [len(message.raw) for message in intake.accepted] == ([LIMIT] if code == "250" else [])


async def test_a_refused_client_is_not_listened_to_for_ever(open_door: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_conversation, "LINGER", 0.05)
    door = await open_door(FakeIntake())
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(b"x" * (LIMIT + 1))
        with pytest.raises(ConnectionError):
            await client.send_for_ever(b"x" * (1 << 16))


async def test_a_client_that_holds_on_to_much_is_refused_while_others_deliver(open_door: Opener) -> None:
    """One client's slow mails once filled the room of all, who were told 452."""
    intake = FakeIntake()
    door = await open_door(intake)
    line = b"x" * 1021 + b".\r\n"
    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(smtp_client(door.port, source="127.0.0.2")) for _ in range(3)]
        for client in slow:
            await client.begin("support@example.com")
        for client in slow[:2]:
            await client.send(line * 1000)
        await until(lambda: door.room.held_by("127.0.0.2") == 2 * (1000 * len(line) - ALWAYS))
        await slow[2].send(line * 1000)
        assert (await slow[2].reply()).startswith("452 4.3.1")
        good = await stack.enter_async_context(smtp_client(door.port))
        await good.begin("support@example.com")
        await good.send(line * 900 + b".\r\n")
        assert (await good.reply()).startswith("250")
        for client in slow[:2]:
            await client.send(b".\r\n")
            assert (await client.reply()).startswith("250")
    assert len(intake.accepted) == 3
    assert [door.room.held_by(f"127.0.0.{n}") for n in (1, 2)] == [0, 0]


def test_however_many_hold_on_to_their_share_an_ordinary_mail_finds_room() -> None:
    room = Room(100 << 20)
    hoards = [room.take(f"192.0.2.{hoarder}") for hoarder in range(200)]
    for place in hoards:
        size = 1 << 16
        while place.hold(size + 1024):
            size += 1024
    ordinary = room.take("198.51.100.1")
    assert ordinary.hold(ALWAYS)
    assert not ordinary.hold(1 << 20)
    for place in hoards:
        place.leave()
    assert ordinary.hold(ALWAYS + (50 << 20))
    assert not ordinary.hold(ALWAYS + (50 << 20) + 1)


async def test_who_hangs_up_while_their_mail_is_stored_holds_its_room_until_it_is(open_door: Opener) -> None:
    intake = FakeIntake()
    door = await open_door(intake)
    intake.gate.clear()
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(b"x" * 2 * ALWAYS + b"\r\n.\r\n")
        await intake.entered.wait()
    await until(lambda: not door._conversations)
    assert door.room.held_by("127.0.0.1") > ALWAYS
    intake.gate.set()
    await until(lambda: door.room.held_by("127.0.0.1") == 0)
    assert len(intake.accepted) == 1


@pytest.mark.parametrize("line", [b"..\r\n", b"a.\r\n"])
async def test_content_of_full_stops_lets_others_in_between(
    open_door: Opener, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    """What has arrived is read without a pause, a full stop at a time."""
    read_part, since_turn, most, total = Conversation._read_part, 0, 0, 0

    async def counted(conversation: Conversation) -> bytes:
        nonlocal since_turn, total
        since_turn, total = since_turn + 1, total + 1
        return await read_part(conversation)

    monkeypatch.setattr(Conversation, "_read_part", counted)
    door = await open_door(FakeIntake())
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        answered = asyncio.create_task(_send_and_ask(client, line * 100_000 + b"\r\n.\r\n"))
        while not answered.done():
            most, since_turn = max(most, since_turn), 0
            await asyncio.sleep(0)
        assert (await answered).startswith("250")
    assert total > 10_000
    assert most <= 2 * smtp_conversation.PARTS_AT_ONCE


async def _send_and_ask(client: SmtpClient, content: bytes) -> str:
    await client.send(content)
    return await client.reply()


async def test_a_mail_that_trickles_in_has_a_time_to_end_in(open_door: Opener) -> None:
    clock, intake = FakeClock(), FakeIntake()
    door = await open_door(intake, clock=clock, content_timeout=60)
    async with smtp_client(door.port) as client:
        for _ in range(2):  # of each mail anew
            await client.begin("support@example.com")
            clock.advance(seconds=59)
            await client.send(b"x\r\n")
            await client.send(b".\r\n")
            assert (await client.reply()).startswith("250")
        await client.begin("support@example.com")
        await client.send(b"x" * 2 * ALWAYS + b".\r\n")
        await until(lambda: door.room.held_by("127.0.0.1") > 0)
        clock.advance(seconds=60)
        await client.send(b"x\r\n")
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.is_hung_up()
    assert len(intake.accepted) == 2
    await until(lambda: door.room.held_by("127.0.0.1") == 0)


@pytest.mark.parametrize("limits", [{"connections": 2}, {"connections_per_client": 2}])
async def test_one_connection_too_many_is_421_and_a_place_becomes_free_again(
    open_door: Opener, limits: dict[str, int]
) -> None:
    door = await open_door(FakeIntake(), **limits)
    async with smtp_client(door.port) as first, smtp_client(door.port):
        async with smtp_client(door.port, greet=False) as third:
            assert (await third.reply()).startswith("421 4.7.0")
            assert await third.is_hung_up()
        assert (await first.say("QUIT")).startswith("221")
        await until(lambda: len(door._conversations) == 1)
        async with smtp_client(door.port) as fourth:
            assert (await fourth.say("NOOP")).startswith("250")


@pytest.mark.parametrize("sent", [b"", b"x" * 200_000], ids=["silent", "endless command"])
async def test_a_client_that_says_nothing_is_hung_up_on(
    open_door: Opener, let_pass: Callable[[float], None], sent: bytes
) -> None:
    door = await open_door(FakeIntake(), idle_timeout=60)
    async with smtp_client(door.port) as client:
        await client.send(sent)
        let_pass(61)
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.is_hung_up()


async def test_a_client_that_never_reads_does_not_keep_its_place(open_door: Opener) -> None:
    door = await open_door(FakeIntake(), idle_timeout=0.1)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", door.port))
        deaf.setblocking(False)  # noqa: FBT003 (its only parameter)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(deaf, b"EHLO deaf.example\r\n")
        echoed = b"VRFY " + b">" * 2000 + b"\r\n"
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(loop.sock_sendall(deaf, echoed * 20_000), timeout=10)
    await until(lambda: not door._conversations)


async def test_content_that_keeps_coming_is_not_idle(open_door: Opener, let_pass: Callable[[float], None]) -> None:
    intake = FakeIntake()
    door = await open_door(intake, idle_timeout=60)
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        (conversation,) = door._conversations
        for _ in range(4):
            heard = conversation._idle_until
            await client.send(b"x\r\n")
            await until(lambda heard=heard: conversation._idle_until > heard)
            let_pass(40)
        await client.send(b".\r\n")
        assert (await client.reply()).startswith("250")
    assert len(intake.accepted) == 1


async def test_guessing_addresses_ends_the_conversation(open_door: Opener) -> None:
    door = await open_door(FakeIntake())
    async with smtp_client(door.port) as client:
        await client.say("MAIL FROM:<ada@example.net>")
        replies = [await client.say(f"RCPT TO:<guess{n}@example.com>") for n in range(UNKNOWN_RECIPIENTS)]
        assert [reply[:3] for reply in replies] == ["550"] * (UNKNOWN_RECIPIENTS - 1) + ["421"]
        assert await client.is_hung_up()


async def test_too_many_recipients_may_be_sent_in_parts(open_door: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.email.smtp_reception.RECIPIENTS", 1)
    door = await open_door(FakeIntake())
    async with smtp_client(door.port) as client:
        await client.say("MAIL FROM:<ada@example.net>")
        assert (await client.say("RCPT TO:<support@example.com>")).startswith("250")
        assert (await client.say("RCPT TO:<support@example.com>")).startswith("452 4.5.3")


async def test_a_client_that_sends_too_many_mails_is_to_try_again_later(
    open_door: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """osTicket#5050: a limit is no reason to bounce."""
    monkeypatch.setattr("bot.email.smtp_terms.is_loopback", lambda _host: False)
    intake, clock = FakeIntake(), FakeClock()
    door = await open_door(intake, mails_per_minute=2, clock=clock)
    async with smtp_client(door.port) as client:
        for _ in range(2):
            await client.begin("support@example.com")
            await client.send(b"x\r\n.\r\n")
            assert (await client.reply()).startswith("250")
        await client.say("MAIL FROM:<ada@example.net>")
        await client.say("RCPT TO:<support@example.com>")
        assert (await client.say("DATA")).startswith("450 4.7.1")
        clock.advance(seconds=30)
        assert (await client.say("DATA")).startswith("354")
        await client.send(b"x\r\n.\r\n")
        assert (await client.reply()).startswith("250")
    assert len(intake.accepted) == 3
