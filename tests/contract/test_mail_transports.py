"""What every mail transport promises, and what is special to those on this machine."""

import io
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.email.compose import compose, recipients
from bot.email.transports.console import ConsoleTransport
from bot.email.transports.file import FileTransport
from bot.email.transports.port import SentMail, Transport
from bot.email.transports.resend import ResendTransport
from bot.email.transports.smtp import SmtpTransport
from core.clock import Clock
from core.conversations.values import Outgoing
from core.errors import TryAgainLaterError
from tests.fakes.outgoing import NOON, OWN, PUBLIC_REPLY, REPLY, SIGN_IN_LINK
from tests.fakes.resend_server import API_KEY, FakeResend, resend_server
from tests.fakes.smtp_relay import FakeRelay, smtp_relay

TEXT = "Zäh: 1 < 2 🔥\n.\n..\nFrom here on"
OUTGOING = replace(PUBLIC_REPLY, reply=replace(REPLY, text=TEXT), cc=("bob@example.net",))


class Steps(Clock):
    """Each look at the clock is a second later."""

    def __init__(self) -> None:
        self.looks = 0

    def now(self) -> datetime:
        self.looks += 1
        return NOON + timedelta(seconds=self.looks)


@dataclass
class Way:
    """One transport, and how to see what left by it: (text, Message-ID on the wire)."""

    transport: Transport
    seen: Callable[[], list[tuple[str, str]]]


def _files(directory: Path) -> list[Path]:
    return list(directory.glob("*.eml"))


def _read(raw: bytes) -> tuple[str, str]:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return body.get_content().replace("\r\n", "\n"), message["Message-ID"].strip("<>")


@pytest.fixture(params=["console", "file", "smtp", "resend"])
async def way(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Way]:
    async with AsyncExitStack() as stack:
        if request.param == "console":
            printed = io.StringIO()
            yield Way(
                ConsoleTransport(printed),
                lambda: [(part, OUTGOING.message_id) for part in printed.getvalue().split("─" * 72) if part.strip()],
            )
        elif request.param == "file":
            yield Way(
                FileTransport(tmp_path / "outbox", clock=Steps()),
                lambda: [_read(path.read_bytes()) for path in _files(tmp_path / "outbox")],
            )
        elif request.param == "smtp":
            relay = await stack.enter_async_context(smtp_relay(FakeRelay()))
            yield Way(
                SmtpTransport(f"smtp://127.0.0.1:{relay.port}"),
                lambda: [_read(mail.raw) for mail in relay.taken],
            )
        else:
            server = await stack.enter_async_context(resend_server(FakeResend()))
            yield Way(
                ResendTransport(API_KEY, api_url=server.url),
                lambda: [
                    (mail["text"].replace("\r\n", "\n"), f"email-{n}@resend.example")
                    for n, mail in enumerate(server.taken, 1)
                ],
            )


async def _send(transport: Transport, outgoing: Outgoing = OUTGOING) -> SentMail:
    message = compose(outgoing, OWN, now=NOON)
    return await transport.send(message, recipients(message), key=outgoing.key)


async def test_the_text_leaves_as_it_was_written_under_the_id_that_is_returned(way: Way) -> None:
    sent = await _send(way.transport)
    ((text, message_id),) = way.seen()
    assert TEXT in text
    assert sent.message_id == message_id
    assert way.transport.name in type(way.transport).__name__.lower()


async def test_different_mails_are_different(way: Way) -> None:
    await _send(way.transport)
    await _send(way.transport, replace(OUTGOING, key="reply:6", message_id="d6.abc@example.com"))
    assert len(way.seen()) == 2


async def test_a_second_try_is_the_same_mail(way: Way) -> None:
    """zammad#78: one thing to say, two mails. Where the other side cannot tell, both have one Message-ID."""
    first = await _send(way.transport)
    second = await _send(way.transport)
    assert first == second
    assert len(way.seen()) == (1 if way.transport.name in ("file", "resend") else 2)


async def test_a_used_key_of_another_database_swallows_nothing(way: Way) -> None:
    """libredesk#122: one key that swallows later mail. Keys start again in a fresh database, Message-IDs do not."""
    await _send(way.transport)
    await _send(way.transport, replace(OUTGOING, message_id="d1.fresh@example.com"))
    assert len(way.seen()) == 2


async def test_the_console_prints_to_standard_output_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    message = compose(SIGN_IN_LINK, OWN, now=NOON)
    await ConsoleTransport().send(message, recipients(message), key="sign-in:9")
    printed = capsys.readouterr()
    assert "Subject: Sign in: Example Org\n" in printed.out
    assert "\nhttps://desk.example.com/auth/magic-link/t0ken\n" in printed.out
    assert printed.err == ""


async def test_what_strangers_wrote_does_not_steer_the_terminal() -> None:
    message = EmailMessage()
    message["To"] = "ada@example.net"
    message["Subject"] = "x \x1b]0;owned\x07 \u202e"
    message.set_content("\x1b[2Jgone\r\nöß\n")
    printed = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="")
    await ConsoleTransport(printed).send(message, ["ada@example.net"], key="k\x1b")
    printed.seek(0)
    text = printed.read()
    assert "gone\n??\n" in text
    assert all(character.isprintable() or character == "\n" for character in text)


async def test_a_file_is_named_by_time_and_key_and_is_private(tmp_path: Path) -> None:
    await _send(FileTransport(tmp_path, clock=Steps()), replace(OUTGOING, key="../reply:5/é"))
    (path,) = _files(tmp_path)
    assert path.name.startswith("20261123T120001.000000Z-.._reply_5__-")
    assert path.suffix == ".eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_unfinished_file_of_a_crash_is_no_mail_and_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crashing:
        crashing.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(TryAgainLaterError, match="No space left"):
            await _send(FileTransport(tmp_path))
    assert _files(tmp_path) == []
    await _send(FileTransport(tmp_path))
    assert len(_files(tmp_path)) == 1
