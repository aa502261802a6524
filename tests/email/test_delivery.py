"""The courier for mail, from what is to be said to what the transport was handed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage

import pytest

from bot.email.delivery import MailCourier
from bot.email.transports.port import SentMail
from core.clock import Clock
from core.conversations.ports import Courier
from core.conversations.values import DeliveryKind, Receipt
from core.errors import DeliveryRefusedError, NotFoundError, TryAgainLaterError
from core.tickets.values import AttachmentSnapshot
from tests.fakes.outgoing import NOON, OWN, PUBLIC_REPLY

FILES = (
    AttachmentSnapshot(id=1, filename="a.csv", content_type="text/csv", size=3, sha256="aa"),
    AttachmentSnapshot(id=2, filename="b.csv", content_type="text/csv", size=3, sha256="aa"),
    AttachmentSnapshot(id=3, filename="c.zip", content_type="application/zip", size=2, sha256="bb"),
)


class Noon(Clock):
    def now(self) -> datetime:
        return NOON


class Files(dict[str, bytes]):
    async def read(self, sha256: str) -> bytes:
        if sha256 not in self:
            raise NotFoundError("There is no such file.")
        return self[sha256]


class RecordingTransport:
    name = "recording"

    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[tuple[EmailMessage, Sequence[str], str]] = []
        self.error = error

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        if self.error:
            raise self.error
        self.sent.append((message, recipients, key))
        return SentMail(message_id="assigned@provider.example", provider_id="p1")


def _courier(transport: RecordingTransport, files: Files | None = None) -> Courier:
    return MailCourier(transport, OWN, files or Files(), clock=Noon())


async def test_a_delivery_is_composed_and_sent_under_its_key() -> None:
    transport = RecordingTransport()
    courier = _courier(transport)
    receipt = await courier.deliver(replace(PUBLIC_REPLY, cc=("bob@example.net",)))

    assert courier.channel == "email"
    assert receipt == Receipt(external_id="assigned@provider.example", provider_id="p1")
    ((message, recipients, key),) = transport.sent
    assert tuple(recipients) == ("ada@example.net", "bob@example.net")
    assert key == PUBLIC_REPLY.key
    assert message["Message-ID"] == f"<{PUBLIC_REPLY.message_id}>"
    assert message["Date"].datetime == NOON


async def test_attachments_go_along_byte_for_byte() -> None:
    transport = RecordingTransport()
    await _courier(transport, Files(aa=b"1;2", bb=b"\xff\x00")).deliver(replace(PUBLIC_REPLY, attachments=FILES))

    ((message, _, _),) = transport.sent
    attached = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()]
    assert attached == [("a.csv", b"1;2"), ("b.csv", b"1;2"), ("c.zip", b"\xff\x00")]


async def test_a_mail_whose_attachment_is_gone_fails_visibly() -> None:
    """osTicket#6617: what was not sent as it was meant must not pass for sent."""
    transport = RecordingTransport()
    with pytest.raises(DeliveryRefusedError, match="attachment"):
        await _courier(transport).deliver(replace(PUBLIC_REPLY, attachments=FILES))
    assert transport.sent == []


@pytest.mark.parametrize("kind", [DeliveryKind.CARD, DeliveryKind.INTERNAL_NOTE, DeliveryKind.ALERT])
async def test_what_is_not_for_mail_is_refused_before_anything_is_sent(kind: DeliveryKind) -> None:
    """chatwoot#15605: an internal note reaches the customer."""
    transport = RecordingTransport()
    with pytest.raises(DeliveryRefusedError):
        await _courier(transport).deliver(replace(PUBLIC_REPLY, kind=kind))
    assert transport.sent == []


@pytest.mark.parametrize("error", [TryAgainLaterError("busy", retry_after=3.0), DeliveryRefusedError("no")])
async def test_what_the_transport_says_reaches_the_desk(error: Exception) -> None:
    """osTicket#6617: a failure to send is told to the desk, which shows it."""
    with pytest.raises(type(error)) as raised:
        await _courier(RecordingTransport(error)).deliver(PUBLIC_REPLY)
    assert raised.value is error
