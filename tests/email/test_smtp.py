"""The SMTP door: what is promised with 250, and what is refused how."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP

from bot.email.smtp import SmtpDoor
from bot.email.smtp_paths import read_plain_path
from core.clock import Clock
from core.errors import ConfigurationError, TooLargeError, TryAgainLaterError
from core.intake.values import Channel
from tests.fakes.mail import FakeIntake, smtp_client, until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAIL = b"From: ada@example.net\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"


class Noon(Clock):
    def now(self) -> datetime:
        return NOON


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake({"support@example.com": 1, "help@example.com": 1, "support@example.org": 2, "hilfe@bücher.de": 3})


@pytest.fixture
async def door(intake: FakeIntake) -> AsyncIterator[SmtpDoor]:
    door = SmtpDoor(intake, port=0, hostname="example.com", max_size=1 << 20, clock=Noon())
    await door.start()
    yield door
    intake.gate.set()
    await door.stop(grace=1)


async def test_readiness_sees_whether_the_server_still_listens(door: SmtpDoor) -> None:
    assert door.is_serving
    await door.stop()
    assert not door.is_serving


async def test_a_mail_reaches_the_desk_as_it_was_sent(door: SmtpDoor, intake: FakeIntake) -> None:
    async with smtp_client(door.port) as client:
        await client.begin("Support@Example.com", "help@example.com")
        await client.send(MAIL + b".\r\n")
        reply = await client.reply()

    sha256 = hashlib.sha256(MAIL).hexdigest()
    assert reply == f"250 2.0.0 accepted as {sha256[:12]}"
    (message,) = intake.accepted
    assert message.channel is Channel.EMAIL
    assert (message.raw, message.external_id) == (MAIL, sha256)
    assert message.recipients == ("Support@Example.com", "help@example.com")
    assert message.envelope_sender == "ada@example.net"
    assert message.client_address == "127.0.0.1"
    assert (message.organization_id, message.received_at) == (1, NOON)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b"a\r\n..\r\n...b\r\nc\r\n", b"a\r\n.\r\n..b\r\nc\r\n"),  # transparency
        (b"\xff\x00\xfe caf\xe9\r\n", b"\xff\x00\xfe caf\xe9\r\n"),  # raw eight-bit bytes and NUL
        (b"x" * 300_000 + b"\r\n", b"x" * 300_000 + b"\r\n"),  # one long line
        (b"." + b"x" * 100_000 + b"\r\n", b"x" * 100_000 + b"\r\n"),  # one long line with transparency
        (b"a\n.\nb\r\n", b"a\n.\nb\r\n"),  # bare line feeds
        (b"a\r\n.\nb\n.\r\nc\r.\r\nd\r\n", b"a\r\n\nb\n.\r\nc\r.\r\nd\r\n"),  # ends that are none
        (b"", b""),
    ],
    ids=["dots", "bytes", "long line", "long dotted line", "bare LF", "smuggling", "empty"],
)
async def test_content_is_kept_byte_for_byte(door: SmtpDoor, intake: FakeIntake, sent: bytes, stored: bytes) -> None:
    """zammad#2722: bytes that are no text crash others at the door.

    A lone dot counts only between two CRLF, so no second mail can be smuggled in.
    """
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(sent + b".\r\n")
        assert (await client.reply()).startswith("250")

    assert [message.raw for message in intake.accepted] == [stored]


async def test_nothing_is_promised_before_the_desk_has_stored_it(door: SmtpDoor, intake: FakeIntake) -> None:
    """PostHog#98370: an acknowledgement ahead of the durable row loses mail."""
    intake.gate.clear()
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(MAIL + b".\r\n")
        reply = asyncio.create_task(client.reply())
        await intake.entered.wait()
        assert not reply.done()
        assert intake.accepted == []
        intake.gate.set()
        assert (await reply).startswith("250 2.0.0 accepted as ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TryAgainLaterError("The database is busy."), "451 4.3.0"),
        (OSError("database gone"), "451 4.3.0"),
        (RuntimeError("a defect of ours"), "451 4.3.0"),
        (TooLargeError("Too large."), "552 5.3.4"),
    ],
)
async def test_a_passing_fault_is_4xx_and_a_final_refusal_5xx(
    door: SmtpDoor, intake: FakeIntake, error: Exception, code: str
) -> None:
    """osTicket#5050: a temporary refusal answered as a final one makes the sender's server bounce the mail."""
    intake.error = error
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith(code)
        intake.error = None
        await client.begin("support@example.com")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")


async def test_an_unknown_recipient_is_refused_and_the_others_are_served(door: SmtpDoor, intake: FakeIntake) -> None:
    async with smtp_client(door.port) as client:
        await client.say("MAIL FROM:<ada@example.net>")
        assert (await client.say("RCPT TO:<nobody@example.com>")).startswith("550 5.1.1 unknown recipient")
        assert (await client.say("DATA")).startswith("503")
        assert (await client.say("RCPT TO:<support@example.com>")).startswith("250")
        assert (await client.say("DATA")).startswith("354")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")

    assert intake.accepted[0].recipients == ("support@example.com",)


async def test_a_recipient_that_cannot_be_looked_up_may_be_tried_again(door: SmtpDoor, intake: FakeIntake) -> None:
    """osTicket#5050: the database being away is no reason to say that an address does not exist."""
    intake.route_error = OSError("database gone")
    async with smtp_client(door.port) as client:
        await client.say("MAIL FROM:<ada@example.net>")
        assert (await client.say("RCPT TO:<support@example.com>")).startswith("451 4.3.0")


async def test_one_mail_to_two_organizations_is_accepted_once_in_each(door: SmtpDoor, intake: FakeIntake) -> None:
    """zammad#4485: one mail to two of our mailboxes."""
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com", "support@example.org", "help@example.com")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")

    assert [(message.organization_id, message.recipients) for message in intake.accepted] == [
        (1, ("support@example.com", "help@example.com")),
        (2, ("support@example.org",)),
    ]


async def test_the_null_sender_of_a_bounce_is_empty(door: SmtpDoor, intake: FakeIntake) -> None:
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com", sender="")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")

    assert intake.accepted[0].envelope_sender == ""


async def test_the_size_limit_is_announced_and_kept_before_content_is_read(door: SmtpDoor) -> None:
    """zammad#1970: a mail larger than what can be stored."""
    async with smtp_client(door.port) as client:
        assert f"250-SIZE {1 << 20}" in (await client.say("EHLO client.example")).splitlines()
        assert (await client.say(f"MAIL FROM:<ada@example.net> SIZE={(1 << 20) + 1}")).startswith("552")
        assert (await client.say(f"MAIL FROM:<ada@example.net> SIZE={1 << 20}")).startswith("250")


async def test_a_stock_client_sends_mail_with_unicode_addresses(door: SmtpDoor, intake: FakeIntake) -> None:
    message = EmailMessage()
    message["Subject"] = "Grüße"
    message.set_content("Es brennt 🔥")
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=door.port, start_tls=False) as client:
        await client.ehlo()
        assert client.supports_extension("8bitmime")
        await client.send_message(message, sender="jörg@bücher.de", recipients=["hilfe@bücher.de"])

    assert intake.accepted[0].recipients == ("hilfe@bücher.de",)
    assert intake.accepted[0].envelope_sender == "jörg@bücher.de"


@pytest.mark.parametrize(
    "path",
    [b"\xe2\x80\xb9", b"<a@[1.2.3.4>", b"<\xff\xfe@example.com>", b"(" * 1500, b"<>", b"", b"<a@b> SIZE=\xc2\xb2"],
)
async def test_hostile_addresses_get_an_answer_and_the_conversation_goes_on(door: SmtpDoor, path: bytes) -> None:
    """zammad#2746; MEASURED: the email package raises IndexError, AttributeError and RecursionError on addresses."""
    async with smtp_client(door.port) as client:
        for command in (b"MAIL FROM:", b"RCPT TO:", b"VRFY "):
            await client.send(command + path + b"\r\n")
            assert (await client.reply())[:1] in ("2", "4", "5")
            await client.say("RSET")
            await client.say("MAIL FROM:<ada@example.net>")
        assert (await client.say("NOOP")).startswith("250")


async def test_a_client_that_hangs_up_does_not_tear_the_commit_apart(door: SmtpDoor, intake: FakeIntake) -> None:
    intake.gate.clear()
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(MAIL + b".\r\n")
        await intake.entered.wait()
    await until(lambda: not door._conversations)
    intake.gate.set()
    await door.stop()
    assert [message.raw for message in intake.accepted] == [MAIL]


async def test_stopping_lets_a_mail_arrive_and_sends_idle_clients_away(door: SmtpDoor, intake: FakeIntake) -> None:
    intake.gate.clear()
    async with smtp_client(door.port) as busy, smtp_client(door.port) as idle:
        await busy.begin("support@example.com")
        await busy.send(MAIL + b".\r\n")
        await intake.entered.wait()
        stop = asyncio.create_task(door.stop())
        assert (await idle.reply()).startswith("421 4.3.2")
        assert not stop.done()
        intake.gate.set()
        assert (await busy.reply()).startswith("250")
        assert (await busy.reply()).startswith("421")
        await stop
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", door.port)


async def test_stopping_does_not_wait_for_ever(door: SmtpDoor, intake: FakeIntake) -> None:
    intake.gate.clear()
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        await client.send(MAIL + b".\r\n")
        await intake.entered.wait()
        await door.stop(grace=0.05)
        assert await client.is_hung_up()
    assert intake.accepted == []


async def test_a_busy_port_names_the_setting_that_mends_it(door: SmtpDoor, intake: FakeIntake) -> None:
    with pytest.raises(ConfigurationError, match=r"SMTP cannot listen on .*Set SMTP_PORT"):
        await SmtpDoor(intake, port=door.port).start()


def stuffed(content: bytes) -> bytes:
    """As a client writes it into DATA (RFC 5321 section 4.5.2)."""
    return re.sub(rb"(?:(?<=\r\n)|\A)\.", b"..", content)


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b".\r\n",
        b"..\r\n...\r\n",
        b"a.\r\nb.\r\n.\r\n",
        b"bare \n.\n and \r.\r ends\r\n",
        b"x" * 70_000 + b".\r\n",
        b"x" * ((1 << 16) - 3) + b"\r\n.y\r\n" + b"z" * 40 + b"\r\n",
        b"x" * ((1 << 16) - 2) + b"\r\n.y\r\n",
        b"x" * ((1 << 16) - 1) + b"\r\n..\r\n",
        b"x" * (1 << 16) + b"\r\n.\r\n",
    ],
    ids=range(11),
)
async def test_content_arrives_byte_for_byte_however_it_is_cut(
    door: SmtpDoor, intake: FakeIntake, content: bytes, step: int
) -> None:
    said = stuffed(content) + b".\r\n"
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com")
        if step < 100 and len(said) > 1000:  # only the ends matter, and a byte at a time takes long
            await client.send(said[:-100])
            said = said[-100:]
        for start in range(0, len(said), step):
            await client.send(said[start : start + step])
        assert (await client.reply()).startswith("250")
        assert (await client.say("NOOP")).startswith("250")
    assert [message.raw for message in intake.accepted] == [content]


@pytest.mark.parametrize(
    ("written", "is_plain"),
    [
        ("<ada@example.net>", True),
        ("<ada.l+tag=1@mail-1.example.net> SIZE=1000 BODY=8BITMIME", True),
        ("<#!$%&'*+/=?^_`{|}~-@x>", True),
        ("<ada@example.net>  SIZE=1", True),
        ("<>", False),
        ("<postmaster>", False),
        ('<"ada l"@example.net>', False),
        ("<ada@[192.0.2.1]>", False),
        ("<ada@example.net> (comment) SIZE=1", False),
        ("<ada..l@example.net>", False),
        ("<ada@example.net.>", False),
        ("<äda@exämple.net>", False),
        ("ada@example.net", False),
        ("<ada@example.net>SIZE=1", False),
    ],
)
async def test_a_plain_address_is_read_as_aiosmtpd_would(written: str, *, is_plain: bool) -> None:
    read = read_plain_path(written)
    assert (read is not None) is is_plain
    assert read is None or read == SMTP._getaddr(SMTP(None, loop=asyncio.get_running_loop()), written)
