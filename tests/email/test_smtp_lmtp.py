"""LMTP: the mail server on the same machine learns what became of the mail for each recipient."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.email.lmtp import LmtpConversation
from bot.email.smtp import SmtpDoor
from core.errors import ConfigurationError, TryAgainLaterError
from core.intake.values import Accepted, InboundMessage
from tests.fakes.mail import FakeIntake, SmtpClient, smtp_client

MAIL = b"From: ada@example.net\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"


class IntakeOfTwo(FakeIntake):
    """Organization 2 cannot be reached while `is_away`."""

    def __init__(self) -> None:
        super().__init__({"support@example.com": 1, "help@example.com": 1, "support@example.org": 2})
        self.is_away = False

    async def accept(self, message: InboundMessage) -> Accepted:
        if self.is_away and message.organization_id == 2:
            raise TryAgainLaterError("The database is away.")
        return await super().accept(message)


@pytest.fixture
def intake() -> IntakeOfTwo:
    return IntakeOfTwo()


@pytest.fixture
async def door(intake: IntakeOfTwo) -> AsyncIterator[SmtpDoor]:
    door = SmtpDoor(intake, port=0, max_size=1 << 16, conversation=LmtpConversation)
    await door.start()
    yield door
    await door.stop(grace=1)


async def greeted(client: SmtpClient) -> None:
    assert (await client.reply()).startswith("220")
    assert (await client.say("LHLO mta.example")).startswith("250")


async def test_each_recipient_gets_an_answer_in_order(door: SmtpDoor, intake: IntakeOfTwo) -> None:
    intake.is_away = True
    async with smtp_client(door.port, greet=False) as client:
        await greeted(client)
        await client.begin("support@example.org", "support@example.com", "help@example.com")
        await client.send(MAIL + b".\r\n")
        replies = [await client.reply() for _ in range(3)]
        assert [reply[:3] for reply in replies] == ["451", "250", "250"]
        assert (await client.say("NOOP")).startswith("250")
    assert [message.recipients for message in intake.accepted] == [("support@example.com", "help@example.com")]


async def test_over_smtp_the_same_is_one_passing_fault(intake: IntakeOfTwo) -> None:
    """osTicket#5050: what is sent again is known where it was stored, and nothing bounces."""
    intake.is_away = True
    door = SmtpDoor(intake, port=0)
    await door.start()
    async with smtp_client(door.port) as client:
        await client.begin("support@example.com", "support@example.org")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("451")
    await door.stop(grace=1)


async def test_unknown_recipients_are_refused_before_the_content(door: SmtpDoor) -> None:
    async with smtp_client(door.port, greet=False) as client:
        await greeted(client)
        await client.say("MAIL FROM:<>")
        assert (await client.say("RCPT TO:<nobody@example.com>")).startswith("550")
        assert (await client.say("DATA")).startswith("503")
        assert (await client.say("RCPT TO:<help@example.com>")).startswith("250")
        assert (await client.say("DATA")).startswith("354")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")


async def test_content_over_the_limit_is_refused_for_each_recipient(door: SmtpDoor) -> None:
    """zammad#1970: a final refusal for all, so that the server does not try again for days."""
    async with smtp_client(door.port, greet=False) as client:
        await greeted(client)
        await client.begin("support@example.org", "support@example.com")
        await client.send(b"x" * 1022 + b"\r\n" + b"x" * (1 << 17))
        assert [(await client.reply())[:3] for _ in range(2)] == ["552", "552"]


@pytest.mark.parametrize("greeting", ["EHLO mta.example", "HELO mta.example"])
async def test_who_speaks_smtp_is_told_so(door: SmtpDoor, greeting: str) -> None:
    async with smtp_client(door.port, greet=False) as client:
        await client.reply()
        assert (await client.say(greeting)).startswith("500 5.5.1")
        assert (await client.say("MAIL FROM:<ada@example.net>")).startswith("503")
        assert (await client.say("LHLO mta.example")).startswith("250")


async def test_smtp_does_not_know_lmtp(intake: IntakeOfTwo) -> None:
    door = SmtpDoor(intake, port=0)
    await door.start()
    async with smtp_client(door.port) as client:
        assert (await client.say("LHLO mta.example")).startswith("500")
    await door.stop(grace=1)


async def test_stopping_lets_a_mail_arrive(door: SmtpDoor, intake: IntakeOfTwo) -> None:
    intake.gate.clear()
    async with smtp_client(door.port, greet=False) as client:
        await greeted(client)
        await client.begin("support@example.com", "help@example.com")
        await client.send(MAIL + b".\r\n")
        await intake.entered.wait()
        stop = asyncio.create_task(door.stop())
        await asyncio.sleep(0)
        intake.gate.set()
        assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "421"]
        await stop


async def test_a_busy_port_names_its_own_setting(door: SmtpDoor, intake: IntakeOfTwo) -> None:
    with pytest.raises(ConfigurationError, match=r"LMTP cannot listen on .*Set LMTP_PORT"):
        await SmtpDoor(intake, port=door.port, conversation=LmtpConversation).start()
