"""The doors of mail as a deployment's settings join them, in a running service."""

import base64
import socket
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import select

from config.imap import look_at_mailbox
from config.running import Part, Running, running
from config.settings import Settings, load_settings
from core.clock import Clock
from core.errors import ConfigurationError
from core.intake.models import Intake
from core.intake.values import Outcome
from core.people.values import system_actor
from tests.fakes.certificates import self_signed
from tests.fakes.imap import PASSWORD, USER, FakeImap, imap_server
from tests.fakes.mail import smtp_client, until
from tests.fakes.oauth import FakeProvider, oauth_provider
from tests.fakes.waiting import eventually

MAIL_PARTS = frozenset({Part.SMTP, Part.WORKER})
MAIL = b"From: ada@people.example\r\nTo: support@localhost\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"


def settings(folder: Path, **more: str) -> Settings:
    return load_settings({"DATA_DIR": str(folder / "data"), "SMTP_PORT": "0", "EMBEDDING_MODEL": "none", **more})


def url(server: FakeImap) -> str:
    return f"imap://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/INBOX"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def port_of(service: Running, door: str) -> int:
    line = next(line for line in service.lines if line.split()[0] == door)
    return int(line.split()[1].rpartition(":")[2])


async def outcomes(service: Running) -> list[Outcome]:
    async with service.desk.reading(system_actor(0)) as reading:
        return list((await reading.session.scalars(select(Intake.outcome))).all())


async def ticketed(service: Running) -> None:
    async def is_ticketed() -> bool:
        return await outcomes(service) == [Outcome.TICKETED]

    await eventually(is_ticketed)


async def test_a_mail_in_the_mailbox_becomes_a_ticket(tmp_path: Path) -> None:
    async with imap_server(FakeImap()) as server:
        server.deliver(MAIL)
        chosen = settings(tmp_path, IMAP_URL=url(server), IMAP_AFTER="move:Taken")
        async with running(chosen, frozenset({Part.IMAP, Part.WORKER})) as service:
            await ticketed(service)
            states = {state.part: state for state in await service.desk.readiness(service.checks)}
            assert states["imap"].ok
            assert f"imap      imap://{USER}@127.0.0.1:{server.port}/INBOX" in service.lines
            assert PASSWORD not in "".join(service.lines) + states["imap"].detail
            await until(lambda: not server.inbox.mails)
        assert await server.contents("Taken") == [(MAIL, False)]


async def test_a_process_that_does_not_fetch_tells_how_the_mailbox_stands(tmp_path: Path) -> None:
    """osTicket#6455: whoever looks at any process learns that mail has stopped coming."""
    async with imap_server(FakeImap()) as server:
        async with running(settings(tmp_path, IMAP_URL=url(server)), frozenset({Part.WORKER})) as service:
            states = {state.part: state for state in await service.desk.readiness(service.checks)}
            assert "not read yet" in states["imap"].detail
        assert server.commands == []


async def test_an_oauth_lapse_is_a_failing_part(tmp_path: Path) -> None:
    """osTicket#6455."""
    async with imap_server(FakeImap()) as server, oauth_provider(FakeProvider()) as provider:
        provider.status, provider.answer = 400, {"error": "invalid_grant"}
        chosen = settings(
            tmp_path,
            IMAP_URL=f"imap://{quote(USER)}@127.0.0.1:{server.port}/INBOX",
            IMAP_OAUTH_TOKEN_URL=provider.url,
            IMAP_OAUTH_CLIENT_ID="desk",
            IMAP_OAUTH_CLIENT_SECRET="hush",
            IMAP_OAUTH_REFRESH_TOKEN="first",
        )
        async with running(chosen, frozenset({Part.IMAP})) as service:

            async def fails() -> bool:
                states = {state.part: state for state in await service.desk.readiness(service.checks)}
                return not states["imap"].ok and "invalid_grant" in states["imap"].detail

            await eventually(fails)
    assert provider.forms[0]["client_secret"] == "hush"


async def test_the_doctor_looks_at_the_mailbox_and_changes_nothing(tmp_path: Path) -> None:
    async with imap_server(FakeImap()) as server:
        server.deliver(MAIL)
        chosen = settings(tmp_path, IMAP_URL=url(server), IMAP_AFTER="delete")
        found = await look_at_mailbox(chosen, Clock())
        assert found == f"imap://{USER}@127.0.0.1:{server.port}/INBOX hears of new mail at once, 1 unread, then delete"
        assert await server.contents() == [(MAIL, False)]
        wrong = settings(tmp_path, IMAP_URL=url(server).replace("@127", "x@127"))
        with pytest.raises(ConfigurationError, match="refuses the sign-in"):
            await look_at_mailbox(wrong, Clock())


@pytest.mark.parametrize(
    ("address", "mend"),
    [("imaps://ada@mail.example/INBOX", "IMAP_OAUTH_REFRESH_TOKEN"), ("imaps://mail.example", "imaps://USER")],
)
async def test_a_mailbox_that_cannot_be_signed_in_to_stops_the_start(tmp_path: Path, address: str, mend: str) -> None:
    with pytest.raises(ConfigurationError, match=mend):
        async with running(settings(tmp_path, IMAP_URL=address), frozenset({Part.IMAP})):
            raise AssertionError("it must not start")


async def test_smtp_asks_for_the_account_and_offers_the_certificate_of_the_settings(tmp_path: Path) -> None:
    files = self_signed(tmp_path)
    chosen = settings(
        tmp_path,
        SMTP_TLS_CERT=str(files.certificate),
        SMTP_TLS_KEY=str(files.key),
        SMTP_AUTH_USER="desk",
        SMTP_AUTH_PASSWORD="pass",
    )
    async with running(chosen.model_copy(update={"smtp_port": free_port()}), MAIL_PARTS) as service:
        async with smtp_client(port_of(service, "smtp")) as client:
            assert "STARTTLS" in await client.say("EHLO client.example")
            assert (await client.say("MAIL FROM:<ada@people.example>")).startswith("530")
            account = base64.b64encode(b"\0desk\0pass").decode()
            assert (await client.say(f"AUTH PLAIN {account}")).startswith("235")
            await client.begin("support@localhost")
            await client.send(MAIL + b".\r\n")
            assert (await client.reply()).startswith("250")
        await ticketed(service)


async def test_lmtp_is_for_this_machine_alone(tmp_path: Path) -> None:
    chosen = settings(tmp_path, SMTP_HOST="0.0.0.0", LMTP_PORT=str(free_port()))  # noqa: S104 (LMTP must not follow it)
    async with running(chosen, MAIL_PARTS) as service:
        assert [line.split()[1] for line in service.lines if line.startswith("lmtp")] == [
            f"lmtp://127.0.0.1:{chosen.lmtp_port}"
        ]
        async with smtp_client(port_of(service, "lmtp"), greet=False) as client:
            await client.reply()
            await client.say("LHLO mta.example")
            await client.begin("support@localhost")
            await client.send(MAIL + b".\r\n")
            assert (await client.reply()).startswith("250")
        await ticketed(service)
        states = {state.part: state.ok for state in await service.desk.readiness(service.checks)}
        assert states["lmtp"]
        assert "smtp" not in states
