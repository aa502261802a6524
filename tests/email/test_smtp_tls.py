"""STARTTLS and AUTH at the SMTP door: encrypted when offered, and no password in the clear."""

import asyncio
import base64
import os
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from cryptography.hazmat.primitives import serialization

from bot.email.smtp import SmtpDoor
from bot.email.smtp_conversation import SIGN_INS
from bot.email.smtp_terms import Certificate, Credentials
from core.errors import ConfigurationError
from tests.fakes import certificates
from tests.fakes.certificates import self_signed
from tests.fakes.mail import FakeIntake, SmtpClient, smtp_client, until

MAIL = b"From: ada@example.net\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"
ACCOUNT = Credentials("desk", "pässword")
PLAIN = base64.b64encode("\0desk\0pässword".encode()).decode()
WRONG = base64.b64encode(b"\0desk\0guess").decode()
Opener = Callable[..., Coroutine[None, None, SmtpDoor]]


@pytest.fixture
def files(tmp_path: Path) -> certificates.Certificate:
    return self_signed(tmp_path)


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake()


@pytest.fixture
async def open_door(intake: FakeIntake, files: certificates.Certificate) -> AsyncIterator[Opener]:
    async with AsyncExitStack() as stack:

        async def open_door(**terms: Any) -> SmtpDoor:
            terms = {"certificate": Certificate(files.certificate, files.key), "max_size": 1 << 20, **terms}
            door = SmtpDoor(intake, port=0, **terms)
            await door.start()
            stack.push_async_callback(door.stop, grace=1)
            return door

        yield open_door


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every client counts as one of another machine."""
    monkeypatch.setattr("bot.email.smtp_conversation.is_loopback", lambda _host: False)


async def encrypt(client: SmtpClient, files: certificates.Certificate) -> None:
    assert (await client.say("STARTTLS")).startswith("220")
    await client.writer.start_tls(files.client_context(), server_hostname="localhost")


async def test_a_mail_comes_encrypted_where_the_client_asks_for_it(
    open_door: Opener, intake: FakeIntake, files: certificates.Certificate
) -> None:
    door = await open_door()
    async with smtp_client(door.port) as client:
        assert "250-STARTTLS" in (await client.say("EHLO client.example")).splitlines()
        await encrypt(client, files)
        assert (await client.say("MAIL FROM:<ada@example.net>")).startswith("503")  # RFC 3207: all is forgotten
        assert "STARTTLS" not in await client.say("EHLO client.example")
        await client.begin("support@example.com")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")
    assert intake.accepted[0].raw == MAIL
    assert intake.accepted[0].client_address == "127.0.0.1"
    await until(lambda: not door._conversations and not door._by_client)


async def test_a_stock_client_upgrades_by_itself(
    open_door: Opener, intake: FakeIntake, files: certificates.Certificate
) -> None:
    door = await open_door(credentials=ACCOUNT)
    async with aiosmtplib.SMTP(
        hostname="localhost",
        port=door.port,
        start_tls=True,
        tls_context=files.client_context(),
        username=ACCOUNT.user,
        password=ACCOUNT.password,
    ) as client:
        await client.sendmail("ada@example.net", ["support@example.com"], MAIL)
    assert intake.accepted[0].raw == MAIL


async def test_nothing_said_before_the_encryption_counts_after_it(
    open_door: Opener, intake: FakeIntake, files: certificates.Certificate
) -> None:
    """CVE-2024-34083: commands smuggled in behind STARTTLS were carried out as if they were encrypted."""
    door = await open_door()
    async with smtp_client(door.port) as client:
        await client.send(b"STARTTLS\r\nEHLO smuggler.example\r\nMAIL FROM:<eve@example.net>\r\n")
        assert (await client.reply()).startswith("220")
        await client.writer.start_tls(files.client_context(), server_hostname="localhost")
        assert (await client.say("MAIL FROM:<ada@example.net>")).startswith("503")


async def test_encryption_begins_only_once(open_door: Opener, files: certificates.Certificate) -> None:
    door = await open_door()
    async with smtp_client(door.port) as client:
        await encrypt(client, files)
        assert (await client.say("STARTTLS")).startswith("503 5.5.1")
        assert (await client.say("EHLO client.example")).startswith("250")


async def test_without_a_certificate_nothing_is_offered(open_door: Opener) -> None:
    door = await open_door(certificate=None)
    async with smtp_client(door.port) as client:
        assert "STARTTLS" not in await client.say("EHLO client.example")
        assert (await client.say("STARTTLS")).startswith("454")
        assert (await client.say("NOOP")).startswith("250")


async def test_a_handshake_that_fails_frees_its_place(open_door: Opener) -> None:
    door = await open_door(connections=1)
    for _ in range(2):
        async with smtp_client(door.port) as client:
            assert (await client.say("STARTTLS")).startswith("220")
            await client.send(b"this is no TLS\r\n" * 10)
            await client.is_hung_up()
        await until(lambda: not door._conversations and not door._by_client)


async def test_a_handshake_that_never_ends_does_not_keep_its_place(
    open_door: Opener, let_pass: Callable[[float], None]
) -> None:
    door = await open_door(idle_timeout=60)
    async with smtp_client(door.port) as client:
        assert (await client.say("STARTTLS")).startswith("220")
        let_pass(61)
        await until(lambda: not door._conversations)


async def test_the_limits_hold_for_encrypted_content(
    open_door: Opener, intake: FakeIntake, files: certificates.Certificate
) -> None:
    """zammad#1970."""
    door = await open_door()
    async with smtp_client(door.port) as client:
        await encrypt(client, files)
        await client.say("EHLO client.example")
        await client.begin("support@example.com")
        await client.send(b"x" * (1 << 20) + b"y" * (1 << 18))
        assert (await client.reply()).startswith("552 5.3.4")
    assert intake.accepted == []


async def test_stopping_sends_encrypted_clients_away(open_door: Opener, files: certificates.Certificate) -> None:
    door = await open_door()
    async with smtp_client(door.port) as client:
        await encrypt(client, files)
        await client.say("EHLO client.example")
        stop = asyncio.create_task(door.stop(grace=1))
        assert (await client.reply()).startswith("421 4.3.2")
        await stop


@pytest.mark.usefixtures("from_elsewhere")
async def test_a_password_is_not_asked_for_in_the_clear(
    open_door: Opener, intake: FakeIntake, files: certificates.Certificate
) -> None:
    door = await open_door(credentials=ACCOUNT)
    async with smtp_client(door.port) as client:
        assert "AUTH" not in await client.say("EHLO client.example")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("538")
        assert (await client.say("MAIL FROM:<ada@example.net>")).startswith("530")
        await encrypt(client, files)
        assert "250-AUTH LOGIN PLAIN" in (await client.say("EHLO client.example")).splitlines()
        assert (await client.say("MAIL FROM:<ada@example.net>")).startswith("530")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("235")
        await client.begin("support@example.com")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")
    assert len(intake.accepted) == 1


async def test_on_this_machine_a_password_needs_no_encryption(open_door: Opener) -> None:
    door = await open_door(certificate=None, credentials=ACCOUNT)
    async with smtp_client(door.port) as client:
        assert "250-AUTH LOGIN PLAIN" in (await client.say("EHLO client.example")).splitlines()
        assert (await client.say("auth login")).startswith("334")
        assert (await client.say(base64.b64encode(b"desk").decode())).startswith("334")
        assert (await client.say(base64.b64encode("pässword".encode()).decode())).startswith("235")
        assert (await client.say("MAIL FROM:<ada@example.net> AUTH=<> SIZE=9")).startswith("250")


async def test_what_was_signed_in_before_the_encryption_is_forgotten(
    open_door: Opener, files: certificates.Certificate
) -> None:
    """RFC 3207 section 4.2."""
    door = await open_door(credentials=ACCOUNT)
    async with smtp_client(door.port) as client:
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("235")
        await encrypt(client, files)
        await client.say("EHLO client.example")
        assert (await client.say("MAIL FROM:<ada@example.net>")).startswith("530")


@pytest.mark.parametrize("attempt", [f"AUTH PLAIN {WRONG}", "AUTH PLAIN !", "AUTH DIGEST-MD5", "AUTH"])
async def test_guessing_passwords_ends_the_conversation(open_door: Opener, attempt: str) -> None:
    door = await open_door(credentials=ACCOUNT)
    async with smtp_client(door.port) as client:
        for _ in range(SIGN_INS):
            assert (await client.say(attempt))[0] == "5"
        assert (await client.reply()).startswith("421 4.7.0")
        assert await client.is_hung_up()


async def test_nobody_is_asked_to_sign_in_where_nobody_can(open_door: Opener, files: certificates.Certificate) -> None:
    door = await open_door()
    async with smtp_client(door.port) as client:
        await encrypt(client, files)
        assert "AUTH" not in await client.say("EHLO client.example")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("502")
        assert (await client.say("MAIL FROM:<ada@example.net>")).startswith("250")


async def test_passwords_are_never_asked_for_across_a_network_in_the_clear(intake: FakeIntake) -> None:
    with pytest.raises(ConfigurationError, match="SMTP_TLS_CERT"):
        await SmtpDoor(intake, host="0.0.0.0", port=0, credentials=ACCOUNT).start()  # noqa: S104 (is refused)


def test_credentials_are_compared_whole() -> None:
    assert ACCOUNT.match(b"desk", "pässword".encode())
    for user, password in ((b"desk", b""), (b"", "pässword".encode()), (b"desk\0", b"p"), (b"\xff", b"\xff")):
        assert not ACCOUNT.match(user, password)
    assert "pässword" not in repr(ACCOUNT)


async def test_a_renewed_certificate_is_used_without_a_restart(
    open_door: Opener, files: certificates.Certificate, tmp_path: Path
) -> None:
    door = await open_door()
    (tmp_path / "renewed").mkdir()
    renewed = self_signed(tmp_path / "renewed")
    renewed.certificate.replace(files.certificate)
    async with smtp_client(door.port) as client:  # only one of the two files is there yet
        assert (await client.say("STARTTLS")).startswith("220")
        with pytest.raises(ssl.SSLCertVerificationError):  # the old one is in use, and trusted no more
            await client.writer.start_tls(files.client_context(), server_hostname="localhost")
    renewed.key.replace(files.key)
    async with smtp_client(door.port) as client:
        await encrypt(client, files)
        assert (await client.say("EHLO client.example")).startswith("250")


def test_files_that_are_no_certificate_are_named(files: certificates.Certificate, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    locked = other / "locked.key"
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
        )
    )
    (other / "empty").write_bytes(b"")
    for certificate, key_file in (
        (files.certificate, self_signed(other).key),
        (files.certificate, locked),
        (files.certificate, None),
        (other / "empty", files.key),
        (other / "missing", files.key),
    ):
        with pytest.raises(ConfigurationError, match="SMTP_TLS_CERT"):
            Certificate(certificate, key_file)
    both = other / "both.pem"
    both.write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    assert Certificate(both).context()
    os.utime(both, ns=(1, 1))
    both.unlink()
