"""A desk that every mail provider posts to, and how each of them signs."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.email.parse import ParsedMail, parse
from config.settings import Settings
from core.intake.models import Intake, RawMessage
from core.intake.values import Outcome
from core.people.values import system_actor
from tests.fakes.clock import FakeClock
from tests.fakes.resend_server import API_KEY
from tests.fakes.sns import TOPIC
from tests.web.web_desk import WebDesk, web_settings
from webhooks.inbound import mailgun
from webhooks.inbound.svix import signature

POSTMARK_TOKEN = "the postmark token of these tests"
SENDGRID_TOKEN = "the sendgrid token of these tests"
MAILGUN_KEY = "the mailgun key of these tests"
RESEND_SECRET = "whsec_" + base64.b64encode(b"the resend secret of these tests").decode()
SUPPORT = "support@desk.example"

RAW = (
    b"Received: from mx.people.example by mail.provider.example; Mon, 2 Mar 2026 08:59:00 +0000\r\n"
    b'From: "Ada Lovelace" <ada@people.example>\r\nTo: support@desk.example\r\nSubject: The printer jams\r\n'
    b"Date: Mon, 2 Mar 2026 08:58:00 +0000\r\nMessage-ID: <1@people.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nBoth sides, caf\xe9.\r\n"
)


def inbound_settings(database_url: str, folder: Path, **more: Any) -> Settings:
    """Every provider's door open."""
    keys: dict[str, Any] = {
        "postmark_webhook_token": POSTMARK_TOKEN,
        "sendgrid_webhook_token": SENDGRID_TOKEN,
        "mailgun_signing_key": MAILGUN_KEY,
        "resend_webhook_secret": RESEND_SECRET,
        "resend_api_key": API_KEY,
        "ses_topic_arn": TOPIC,
    }
    return web_settings(database_url, folder, **keys | more)


def mailgun_fields(
    clock: FakeClock, *, key: str = MAILGUN_KEY, token: str = "t" * 50, age: float = 0
) -> dict[str, str]:
    """The three fields by which Mailgun proves itself."""
    timestamp = str(int((clock.now() - timedelta(seconds=age)).timestamp()))
    return {"timestamp": timestamp, "token": token, "signature": mailgun.signature(key, timestamp, token)}


def svix_headers(
    clock: FakeClock, body: bytes, *, secret: str = RESEND_SECRET, event_id: str = "msg_1", age: float = 0
) -> dict[str, str]:
    """The headers by which Resend proves itself."""
    timestamp = str(int((clock.now() - timedelta(seconds=age)).timestamp()))
    return {
        "svix-id": event_id,
        "svix-timestamp": timestamp,
        "svix-signature": signature(secret, event_id, timestamp, body),
        "Content-Type": "application/json",
    }


def multipart(
    fields: Mapping[str, str | bytes], files: Sequence[tuple[str, str, str, bytes]] = ()
) -> tuple[bytes, dict[str, str]]:
    """A form as providers post it, and its header. Files are (field, name, type, content)."""
    boundary = "xXxFormOfTheseTestsXxX"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + (value.encode() if isinstance(value, str) else value)
        + b"\r\n"
        for name, value in fields.items()
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'.encode()
        + f"Content-Type: {kind}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, filename, kind, content in files
    ]
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


async def ledger(site: WebDesk) -> list[Intake]:
    """What the ledger holds of mail; the one-time tokens beside it are no mail."""
    statement = select(Intake).where(Intake.outcome != Outcome.ACTED).order_by(Intake.id)
    async with site.desk.reading(system_actor(1)) as reading:
        return list((await reading.session.scalars(statement)).all())


async def stored(site: WebDesk) -> bytes:
    """The bytes of the one mail that was taken in."""
    async with site.desk.reading(system_actor(1)) as reading:
        return (await reading.session.scalars(select(RawMessage.content))).one()


async def stored_mail(site: WebDesk) -> ParsedMail:
    return parse(await stored(site))


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
