"""On which terms the SMTP door takes mail: how much, from whom, encrypted with what."""

import hmac
import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.email.loopback import is_loopback
from core.clock import Clock
from core.errors import ConfigurationError

log = structlog.get_logger(__name__)

CLIENTS_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one account that may send, where sending needs one."""

    user: str
    password: str = field(repr=False)

    def match(self, user: bytes, password: bytes) -> bool:
        """In constant time; both are always compared."""
        is_user = hmac.compare_digest(user, self.user.encode())
        return hmac.compare_digest(password, self.password.encode()) and is_user


class Certificate:
    """The certificate for STARTTLS, read again where its files have changed: renewals need no restart.

    Args:
        key: the file of the private key; None where it is in the certificate's file.

    Raises:
        ConfigurationError: the files cannot be read or do not belong together.
    """

    def __init__(self, certificate: Path, key: Path | None = None) -> None:
        self._certificate = certificate
        self._key = key
        self._changed_at = self._stamp()
        self._context = self._read()

    def context(self) -> ssl.SSLContext:
        """For the next handshake. A renewal that is broken or half written leaves the last one in use."""
        try:
            changed_at = self._stamp()
            if changed_at != self._changed_at:
                self._context = self._read()
                self._changed_at = changed_at
        except ConfigurationError as error:
            log.warning("smtp.certificate_not_renewed", reason=error.message)
        return self._context

    def _stamp(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in (self._certificate, self._key) if path)
        except OSError as error:
            raise self._unusable(error.strerror or "unreadable") from error

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self._certificate, self._key, password=lambda: "")  # never asks at the terminal
        except OSError as error:  # ssl.SSLError is one
            raise self._unusable(error.strerror or "not a certificate with its key") from error
        return context

    def _unusable(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"SMTP_TLS_CERT and SMTP_TLS_KEY cannot be used: {why}.",
            mend="Name PEM files that this account may read: the certificate with its chain, and its key.",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What every connection of a door is told: bytes of one mail, seconds of silence, seconds of one mail's content."""

    hostname: str
    max_size: int
    idle_timeout: float
    content_timeout: float
    clock: Clock
    certificate: Certificate | None = None


class MailRate:
    """How many mails one client may send: `per_minute` on average, that many at once. 0 sets no limit.

    This machine is not limited.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}  # client: mails, and when that was

    def take(self, client: str) -> bool:
        """Count one mail; False where there were too many."""
        if not self._per_minute or is_loopback(client):
            return True
        now = self._clock.monotonic()
        left, then = self._left.pop(client, (float(self._per_minute), now))
        left = min(left + (now - then) * self._per_minute / 60, float(self._per_minute))
        if len(self._left) >= CLIENTS_COUNTED:
            del self._left[next(iter(self._left))]  # who has been silent the longest
        self._left[client] = (left - 1 if left >= 1 else left, now)
        return left >= 1


def client_of(address: str) -> str:
    """Who limits are counted for: an address, or an IPv6 network of /64, of which one machine has all addresses."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped or parsed.is_loopback:  # noqa: PLR2004 (IP's own number)
        return address
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))
