"""A sender proven by DKIM, signed with keys of our own and looked up in a DNS of our own."""

import asyncio
import base64

import dkim
import dns.asyncresolver
import dns.resolver
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.email import sender_check
from bot.email.sender_check import DkimCheck, DnsKeys
from core.intake.values import Channel, InboundMessage
from tests.email.mail_desk import MailDesk
from tests.fakes.clock import FakeClock
from tests.fakes.dns_server import dns_server
from tests.fakes.raw_mail import raw_mail


def key_pair() -> tuple[bytes, bytes]:
    """A private key (PEM) and the TXT record that publishes its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


PRIVATE, PUBLISHED = key_pair()


def signed(raw: bytes, domain: str = "example.org", *, length: bool = False, private: bytes = PRIVATE) -> bytes:
    headers = [b"From", b"To", b"Subject", b"Date", b"Message-ID"]
    header: bytes = dkim.sign(raw, b"s1", domain.encode(), private, include_headers=headers, length=length)
    return header + raw


def check(published: dict[str, bytes] | None = None) -> DkimCheck:
    zone = {"s1._domainkey.example.org.": PUBLISHED} if published is None else published

    async def look_up(name: str) -> bytes | None:
        return zone.get(name)

    return DkimCheck(look_up)


async def is_proven(raw: bytes, by: DkimCheck | None = None) -> bool:
    message = InboundMessage(channel=Channel.EMAIL, external_id="x", raw=raw, received_at=FakeClock().now())
    return await (by or check()).is_genuine(message)


async def test_a_signature_of_the_senders_domain_proves_it() -> None:
    assert await is_proven(signed(raw_mail()))


async def test_a_signature_of_the_domain_above_proves_it() -> None:
    assert await is_proven(signed(raw_mail(headers={"From": "ada@mail.example.org"})))


async def test_one_good_signature_among_others_is_enough() -> None:
    stranger = signed(signed(raw_mail()), "else.example")
    assert await is_proven(stranger)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Please help.", b"Please pay."),
        (b"Subject: Printer on fire", b"Subject: Payment due"),
        (b"ada@example.org", b"eve@example.org"),
        (b"From: Ada", b"From: eve@else.example\r\nFrom: Ada"),
        (b"ada@example.org>", b"ada@example.org>, eve@else.example"),
    ],
)
async def test_an_altered_mail_proves_nothing(old: bytes, new: bytes) -> None:
    """itop-jb-mail-to-ticket-automation-v2#218: a forged From is trusted."""
    raw = signed(raw_mail())
    assert old in raw
    assert not await is_proven(raw.replace(old, new, 1))


@pytest.mark.parametrize(
    ("raw", "published"),
    [
        (raw_mail(), None),  # no signature
        (signed(raw_mail(), "else.example"), {"s1._domainkey.else.example.": PUBLISHED}),  # another's
        (signed(raw_mail(), "mail.example.org"), {"s1._domainkey.mail.example.org.": PUBLISHED}),  # a child's
        (signed(raw_mail(), "org"), {"s1._domainkey.org.": PUBLISHED}),  # a registry's
        (signed(raw_mail()), {}),  # no key to be had
        (signed(raw_mail()), {"s1._domainkey.example.org.": b"v=DKIM1; p="}),  # revoked
        (signed(raw_mail()), {"s1._domainkey.example.org.": b"\xff\x00;;=;p=AAAA"}),
        (signed(raw_mail()), {"s1._domainkey.example.org.": key_pair()[1]}),  # another key
        (signed(raw_mail(), length=True), None),  # lets anybody append
        (b"DKIM-Signature: v=1; d=example.org; s=s1\r\n" + raw_mail(), None),
        (b"DKIM-Signature: \xff\x00\r\n" * 50 + raw_mail(), None),
        (b"", None),
    ],
)
async def test_anything_less_proves_nothing(raw: bytes, published: dict[str, bytes] | None) -> None:
    assert not await is_proven(raw, check(published))


async def test_a_short_key_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_check, "SHORTEST_KEY", 4096)
    assert not await is_proven(signed(raw_mail()))


@pytest.mark.parametrize(
    "error", [dns.resolver.NXDOMAIN(), dns.resolver.LifetimeTimeout(timeout=1, errors=[]), OSError()]
)
async def test_a_resolver_that_fails_proves_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(dns.asyncresolver.Resolver, "resolve", fails)
    assert await DnsKeys().look_up("s1._domainkey.example.org.") is None


async def test_a_key_is_looked_up_once_for_as_long_as_it_holds() -> None:
    long = PUBLISHED.decode()
    async with dns_server({"s1._domainkey.example.org.": f'"{long[:200]}" "{long[200:]}"'}) as server:
        by = DkimCheck(DnsKeys(server.resolver).look_up)
        assert await is_proven(signed(raw_mail()), by)
        assert await is_proven(signed(raw_mail(headers={"Subject": "Another"})), by)
        assert not await is_proven(signed(raw_mail(headers={"From": "ada@else.example"}), "else.example"), by)
    assert server.asked == ["s1._domainkey.example.org.", "s1._domainkey.else.example."]


async def test_a_name_that_is_none_proves_nothing() -> None:
    assert await DnsKeys().look_up("x" * 300) is None


async def test_a_resolver_that_never_answers_proves_nothing_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def never(name: str) -> bytes | None:
        asked.append(name)
        return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(sender_check, "LOOKUP_SECONDS", 0.01)
    raw = signed(signed(raw_mail()), "org.example.org")
    assert not await is_proven(raw, DkimCheck(never))
    assert asked == ["s1._domainkey.example.org."]


async def test_the_desk_asks_only_where_it_is_told_to(mail: MailDesk) -> None:
    raw = signed(raw_mail(headers={"To": "support@desk.example"}))
    await mail.receive(raw)
    assert [ticket.sender_verified for ticket in await mail.tickets()] == [False]
    mail.desk.processing.sender_checks[Channel.EMAIL] = check()  # type: ignore[index]  # a dict at run time
    await mail.receive(signed(raw_mail(headers={"To": "support@desk.example", "Message-ID": "<2@example.org>"})))
    assert [ticket.sender_verified for ticket in await mail.tickets()] == [False, True]
