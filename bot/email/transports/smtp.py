"""Mail through an SMTP relay."""

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from bot.email.transports.port import SentMail, message_id
from core.errors import ConfigurationError, DeliveryRefusedError, TryAgainLaterError

log = structlog.get_logger(__name__)

DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_MEND = "Check SMTP_RELAY_URL."


@dataclass(frozen=True, kw_only=True, slots=True)
class _Relay:
    scheme: str
    host: str
    port: int
    username: str | None
    password: str | None


class SmtpTransport:
    """Hands each mail to the relay of SMTP_RELAY_URL in a connection of its own.

    `smtp://` never uses TLS and is meant for a relay on this machine or network; `smtps://` starts with TLS;
    `smtp+starttls://` insists on it before anything is said. `USER:PASSWORD@` needs one of the latter two, unless the
    relay is on this machine.

    A connection that breaks after the content was sent leaves open whether it was taken. Then the same mail goes out
    again with the same Message-ID, which most programs show once.
    """

    name = "smtp"

    def __init__(self, url: str, *, timeout: float = 60.0, tls: ssl.SSLContext | None = None) -> None:
        self._relay = _read_url(url)
        self._timeout = timeout
        self._tls = tls

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        sender = parseaddr(str(message["From"]))[1]
        is_ascii = all(address.isascii() for address in (sender, *recipients))
        options = [] if is_ascii else ["SMTPUTF8", "BODY=8BITMIME"]
        raw = await asyncio.to_thread(message.as_bytes)  # aiosmtplib would fold the headers of a message anew
        try:
            async with self._client() as client:
                refused, _ = await client.sendmail(sender, recipients, raw, mail_options=options)
        except aiosmtplib.SMTPRecipientsRefused as error:
            by_address = {one.recipient: one for one in error.recipients}
            _raise_refusal(by_address.get(recipients[0], error.recipients[0]))
        except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPConnectError, aiosmtplib.SMTPHeloError) as error:
            # Even a 5xx: it is about us, whom the operator can mend, and not about this mail.
            raise TryAgainLaterError(f"The mail relay does not let us in: {error.message}", mend=_MEND) from error
        except aiosmtplib.SMTPResponseException as error:
            _raise_refusal(error)
        except aiosmtplib.SMTPNotSupported as error:
            if is_ascii:  # STARTTLS or AUTH
                raise TryAgainLaterError(f"The mail relay lacks something: {error.message}", mend=_MEND) from error
            raise DeliveryRefusedError("The mail relay knows no addresses beyond ASCII (SMTPUTF8).") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise TryAgainLaterError(f"The mail relay cannot be reached: {error}", mend=_MEND) from error
        for address, response in refused.items():
            if address == recipients[0]:
                _raise_refusal(aiosmtplib.SMTPRecipientRefused(response.code, response.message, address))
            log.warning("mail.copy_refused", key=key, code=response.code)
        return SentMail(message_id=message_id(message))

    def _client(self) -> aiosmtplib.SMTP:
        relay = self._relay
        return aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.username,
            password=relay.password,
            use_tls=relay.scheme == "smtps",
            start_tls=relay.scheme == "smtp+starttls",
            timeout=self._timeout,
            tls_context=self._tls,
        )


def _raise_refusal(error: aiosmtplib.SMTPResponseException) -> NoReturn:
    """RFC 5321 section 4.2.1: 4yz may be tried again, 5yz may not."""
    said = f"The mail relay answered {error.code} {error.message}".replace("\n", " ")
    if error.code >= 500:  # noqa: PLR2004 (the first digit is the meaning)
        raise DeliveryRefusedError(said) from error
    raise TryAgainLaterError(said) from error


def _read_url(url: str) -> _Relay:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ConfigurationError(
            "SMTP_RELAY_URL is no address of a mail relay.",
            mend="Write smtp://HOST:PORT, smtps://USER:PASSWORD@HOST or smtp+starttls://USER:PASSWORD@HOST.",
        )
    relay = _Relay(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or DEFAULT_PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
    if relay.password and relay.scheme == "smtp" and not _is_this_machine(relay.host):
        raise ConfigurationError(
            "SMTP_RELAY_URL would send its password over the network unencrypted.",
            mend="Write smtp+starttls:// or smtps:// instead of smtp://.",
        )
    return relay


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
