"""What is special to mail through an SMTP relay; what it shares with others is in the contract suite."""

import shutil
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.email.compose import compose, recipients
from bot.email.transports.port import SentMail
from bot.email.transports.smtp import SmtpTransport
from core.conversations.values import Outgoing
from core.errors import ConfigurationError, DeliveryRefusedError, TryAgainLaterError
from core.tickets.values import AttachmentSnapshot
from tests.fakes.outgoing import NOON, OWN, PUBLIC_REPLY
from tests.fakes.smtp_relay import FakeRelay, smtp_relay

OUTGOING = replace(PUBLIC_REPLY, cc=("bob@example.net",))
CONTENT = b"\x00\xff\r\n.\r\n"


async def _send(transport: SmtpTransport, outgoing: Outgoing = OUTGOING) -> SentMail:
    message = compose(outgoing, OWN, now=NOON)
    return await transport.send(message, recipients(message), key=outgoing.key)


async def test_the_relay_gets_every_byte_and_both_recipients() -> None:
    attachment = AttachmentSnapshot(id=1, filename="ä.bin", content_type="application/x-y", size=7, sha256="f00")
    message = compose(replace(OUTGOING, attachments=(attachment,)), OWN, now=NOON, contents={"f00": CONTENT})
    async with smtp_relay(FakeRelay()) as relay:
        await SmtpTransport(f"smtp://127.0.0.1:{relay.port}").send(message, recipients(message), key="k")
    (mail,) = relay.taken
    assert mail.sender == "support@example.com"
    assert mail.recipients == ("ada@example.net", "bob@example.net")
    assert mail.raw == message.as_bytes()


@pytest.mark.parametrize(
    ("relay", "error"),
    [
        (FakeRelay(recipient_replies={"ada@example.net": "550 5.1.1 no such user"}), DeliveryRefusedError),
        (FakeRelay(recipient_replies={"ada@example.net": "450 4.2.0 greylisted"}), TryAgainLaterError),
        (FakeRelay(data_reply="554 5.7.1 spam"), DeliveryRefusedError),
        (FakeRelay(data_reply="452 4.3.1 disk full"), TryAgainLaterError),
        (FakeRelay(breaks_after_data=True), TryAgainLaterError),
    ],
    ids=["unknown", "greylisted", "spam", "full", "broken"],
)
@pytest.mark.parametrize("cc", [(), ("bob@example.net",)], ids=["alone", "with a copy"])
async def test_a_refusal_of_the_relay_is_final_or_passing_as_it_says(
    relay: FakeRelay, error: type[Exception], cc: tuple[str, ...]
) -> None:
    """osTicket#5050, osTicket#6617: permanent and temporary mixed up; “posted” though sending failed."""
    async with smtp_relay(relay):
        with pytest.raises(error):
            await _send(SmtpTransport(f"smtp://127.0.0.1:{relay.port}"), replace(OUTGOING, cc=cc))


async def test_a_refused_copy_does_not_send_the_mail_again() -> None:
    async with smtp_relay(FakeRelay(recipient_replies={"bob@example.net": "450 later"})) as relay:
        assert (await _send(SmtpTransport(f"smtp://127.0.0.1:{relay.port}"))).message_id == OUTGOING.message_id
    assert [mail.recipients for mail in relay.taken] == [("ada@example.net",)]


async def test_a_relay_that_is_away_is_tried_again() -> None:
    async with smtp_relay(FakeRelay()) as relay:
        pass
    with pytest.raises(TryAgainLaterError, match="SMTP_RELAY_URL"):
        await _send(SmtpTransport(f"smtp://127.0.0.1:{relay.port}"))


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # of the relay, which is on this machine
async def test_a_wrong_password_is_for_the_operator_to_mend() -> None:
    async with smtp_relay(FakeRelay(password="p@ss")) as relay:
        with pytest.raises(TryAgainLaterError, match="SMTP_RELAY_URL") as raised:
            await _send(SmtpTransport(f"smtp://desk:wr0ng@127.0.0.1:{relay.port}"))
        assert "wr0ng" not in str(raised.value)
        await _send(SmtpTransport(f"smtp://desk:p%40ss@127.0.0.1:{relay.port}"))
    assert len(relay.taken) == 1


@pytest.mark.parametrize("utf8", [True, False])
async def test_an_address_beyond_ascii_needs_a_relay_that_knows_them(utf8: bool) -> None:
    outgoing = replace(OUTGOING, recipient="jörg@bücher.de", cc=())
    async with smtp_relay(FakeRelay(), utf8=utf8) as relay:
        transport = SmtpTransport(f"smtp://127.0.0.1:{relay.port}")
        if utf8:
            await _send(transport, outgoing)
            assert relay.taken[0].recipients == ("jörg@xn--bcher-kva.de",)
        else:
            with pytest.raises(DeliveryRefusedError, match="SMTPUTF8"):
                await _send(transport, outgoing)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the relay's certificate, is not installed")
    path = tmp_path_factory.mktemp("tls") / "relay.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", path.with_suffix(".crt")),
        ],
        check=True,
        capture_output=True,
    )
    return path


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
async def test_tls_is_used_where_it_is_asked_for_and_the_certificate_is_checked(certificate: Path, scheme: str) -> None:
    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offered.load_cert_chain(certificate.with_suffix(".crt"), certificate)
    tls, starttls = (offered, None) if scheme == "smtps" else (None, offered)
    trusted = ssl.create_default_context(cafile=certificate.with_suffix(".crt"))
    async with smtp_relay(FakeRelay(), tls=tls, starttls=starttls) as relay:
        url = f"{scheme}://127.0.0.1:{relay.port}"
        with pytest.raises(TryAgainLaterError):
            await _send(SmtpTransport(url))
        await _send(SmtpTransport(url, tls=trusted))
    assert [mail.was_encrypted for mail in relay.taken] == [True]


async def test_starttls_is_never_left_out() -> None:
    async with smtp_relay(FakeRelay()) as relay:
        with pytest.raises(TryAgainLaterError):
            await _send(SmtpTransport(f"smtp+starttls://127.0.0.1:{relay.port}"))
    assert relay.taken == []


@pytest.mark.parametrize(
    "url",
    ["", "relay.example", "http://relay.example", "smtp://", "smtp://h:x", "smtp://[", "smtp://u:p@relay.example"],
)
def test_an_unusable_relay_is_named_with_its_setting_and_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="SMTP_RELAY_URL") as raised:
        SmtpTransport(url)
    assert "u:p" not in str(raised.value)
