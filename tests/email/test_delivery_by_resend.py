"""What is special to mail through Resend; what it shares with others is in the contract suite."""

import asyncio
import base64
from dataclasses import replace

import pytest

from bot.email.compose import compose, recipients
from bot.email.transports.port import SentMail
from bot.email.transports.resend import ResendTransport
from core.conversations.values import Outgoing
from core.errors import ConfigurationError, DeliveryRefusedError, TryAgainLaterError
from core.tickets.values import AttachmentSnapshot
from tests.fakes.outgoing import ACKNOWLEDGEMENT, NOON, OWN, PUBLIC_REPLY
from tests.fakes.resend_server import API_KEY, FakeResend, resend_server

OUTGOING = replace(PUBLIC_REPLY, cc=("bob@example.net",))
CONTENT = b"\x00\xff\r\n.\r\n"


async def _send(transport: ResendTransport, outgoing: Outgoing = OUTGOING) -> SentMail:
    message = compose(outgoing, OWN, now=NOON)
    return await transport.send(message, recipients(message), key=outgoing.key)


async def test_resend_gets_the_whole_mail() -> None:
    attachment = AttachmentSnapshot(id=1, filename="ä.bin", content_type="application/x-y", size=7, sha256="f00")
    outgoing = replace(OUTGOING, attachments=(attachment,), recipient_name="Ada, <eve@example.org>")
    message = compose(outgoing, OWN, now=NOON, contents={"f00": CONTENT})
    async with resend_server(FakeResend()) as server:
        sent = await ResendTransport(API_KEY, api_url=f"{server.url}/").send(message, recipients(message), key="k")
    (mail,) = server.taken
    assert sent == SentMail(message_id="email-1@resend.example", provider_id="email-1")
    assert mail["from"] == '"Grace Hopper (Example Org)" <support@example.com>'
    assert (mail["to"], mail["cc"]) == (["ada@example.net"], ["bob@example.net"])
    assert mail["reply_to"] == OWN.reply.for_ticket(1, 12)
    assert mail["subject"] == "Re: The printer jams [#12]"
    assert mail["headers"] == {
        "In-Reply-To": "<m1@example.net>",
        "References": "<m0@example.net> <m1@example.net>",
        "X-TickMate-Loop": OWN.loop_mark,
    }
    assert "<p " in mail["html"]
    assert mail["attachments"] == [
        {
            "filename": "ä.bin",
            "content": base64.b64encode(CONTENT).decode(),
            "content_type": "application/x-y",
        }
    ]


@pytest.mark.parametrize(
    ("failure", "error", "retry_after"),
    [
        ((429, "rate_limit_exceeded", {"Retry-After": "7"}), TryAgainLaterError, 7.0),
        ((429, "daily_quota_exceeded", {}), TryAgainLaterError, None),
        ((500, "application_error", {}), TryAgainLaterError, None),
        ((503, "service_unavailable", {"retry-after": "soon"}), TryAgainLaterError, None),
        ((409, "concurrent_idempotent_requests", {}), TryAgainLaterError, None),
        ((403, "invalid_api_key", {}), TryAgainLaterError, None),
        ((422, "validation_error", {}), DeliveryRefusedError, None),
        ((403, "validation_error", {}), DeliveryRefusedError, None),
    ],
)
async def test_a_refusal_of_resend_is_final_or_passing_as_documented(
    failure: tuple[int, str, dict[str, str]], error: type[Exception], retry_after: float | None
) -> None:
    """osTicket#5050. langfuse#8800: the time that was named is kept to."""
    async with resend_server(FakeResend(failures=[failure])) as server:
        transport = ResendTransport(API_KEY, api_url=server.url)
        with pytest.raises(error) as raised:
            await _send(transport)
        assert getattr(raised.value, "retry_after", None) == retry_after
        assert API_KEY not in str(raised.value)
        await _send(transport)
    assert len(server.taken) == 1


async def test_a_lost_answer_is_asked_for_again_and_sends_no_second_mail() -> None:
    async with resend_server(FakeResend(loses_answers=1)) as server:
        transport = ResendTransport(API_KEY, api_url=server.url)
        with pytest.raises(TryAgainLaterError):
            await _send(transport)
        assert (await _send(transport)).provider_id == "email-1"
    assert len(server.taken) == 1


async def test_a_mail_that_reads_otherwise_by_the_second_try_is_not_sent_twice() -> None:
    """An acknowledgement whose ticket was triaged between two tries: Resend answers 409 for the changed content."""
    async with resend_server(FakeResend(loses_answers=1)) as server:
        transport = ResendTransport(API_KEY, api_url=server.url)
        with pytest.raises(TryAgainLaterError):
            await _send(transport, ACKNOWLEDGEMENT)
        sent = await _send(transport, replace(ACKNOWLEDGEMENT, organization_name="Other"))
    assert sent.message_id == ACKNOWLEDGEMENT.message_id
    assert len(server.taken) == 1


@pytest.mark.parametrize("server", [FakeResend(may_only_send=True), FakeResend(knows_message_ids=False)])
async def test_a_message_id_that_cannot_be_read_back_fails_nothing(server: FakeResend) -> None:
    async with resend_server(server):
        sent = await _send(ResendTransport(API_KEY, api_url=server.url))
    assert sent == SentMail(message_id=OUTGOING.message_id, provider_id="email-1")


async def test_resend_being_away_is_a_passing_fault() -> None:
    with pytest.raises(TryAgainLaterError):
        await _send(ResendTransport(API_KEY, api_url="http://127.0.0.1:9"))


async def test_two_accounts_do_not_mix() -> None:
    """The package keeps key and address in its module."""
    async with resend_server(FakeResend()) as first, resend_server(FakeResend()) as second:
        transports = [ResendTransport(API_KEY, api_url=server.url) for server in (first, second)]
        await asyncio.gather(*(_send(transport) for transport in transports))
        with pytest.raises(TryAgainLaterError, match="RESEND_API_KEY"):
            await _send(ResendTransport("re_wrong", api_url=first.url))
        await _send(transports[0], replace(OUTGOING, key="reply:6"))
    assert (len(first.taken), len(second.taken)) == (2, 1)


def test_resend_without_a_key_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="RESEND_API_KEY"):
        ResendTransport("")
