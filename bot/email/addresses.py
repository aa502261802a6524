"""Our own addresses: the signed one that answers come back to, and the mark by which we know our own mail."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from core.errors import ConfigurationError

LOOP_HEADER = "X-TickMate-Loop"
LOCAL_PART_LENGTH = 64  # octets, RFC 5321 section 4.5.3.1.1

_SIGNATURE_LENGTH = 16  # base32 characters: 80 bits
_ISSUED = re.compile(rf"([1-9][0-9]{{0,9}})-([1-9][0-9]{{0,9}})\.([a-z2-7]{{{_SIGNATURE_LENGTH}}})")
_LONGEST_SUFFIX = len("+") + 10 + len("-") + 10 + len(".") + _SIGNATURE_LENGTH


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyTarget:
    """The ticket that an address of ours was issued for."""

    organization_id: int
    number: int


class ReplyAddress:
    """Issues and reads `support+<number>-<organization>.<signature>@domain`, one address a ticket and organization.

    The signature is an HMAC of ticket and organization, so an answer finds its ticket even where the sender's
    program dropped every threading header, and nobody can make up an address of another ticket. Case does not matter.

    Raises:
        ConfigurationError: `support_address` is no address, or its local part leaves no room for the suffix.
    """

    def __init__(self, secret: str, support_address: str) -> None:
        local, at, domain = support_address.strip().lower().rpartition("@")
        if not (local and at and domain):
            raise ConfigurationError(
                f"SUPPORT_ADDRESS is no mail address: {support_address!r}.",
                mend="Set it to one like support@example.com.",
            )
        if len(local.encode()) + _LONGEST_SUFFIX > LOCAL_PART_LENGTH:
            raise ConfigurationError(
                f"SUPPORT_ADDRESS is too long before the @: {support_address!r}.",
                mend=f"Use at most {LOCAL_PART_LENGTH - _LONGEST_SUFFIX} characters.",
            )
        self._local = local
        self._domain = domain
        self._key = _derive(secret, "reply address")

    def for_ticket(self, organization_id: int, number: int, *, address: str = "") -> str:
        """The address for a ticket, at `address` where that is another of ours with room for the suffix."""
        local, _, domain = address.strip().lower().rpartition("@")
        if not local or len(local.encode()) + _LONGEST_SUFFIX > LOCAL_PART_LENGTH:
            local, domain = self._local, self._domain
        signature = self._signature(organization_id, number)
        return f"{local}+{number}-{organization_id}.{signature}@{domain}"

    def read(self, address: str) -> ReplyTarget | None:
        """The ticket `address` was issued for; None for any other address. Never raises."""
        local, _, _ = address.strip().lower().rpartition("@")
        issued = _ISSUED.fullmatch(local.rpartition("+")[2])
        if issued is None:
            return None
        number, organization_id = int(issued[1]), int(issued[2])
        if not hmac.compare_digest(issued[3], self._signature(organization_id, number)):
            return None
        return ReplyTarget(organization_id=organization_id, number=number)

    def _signature(self, organization_id: int, number: int) -> str:
        return _base32(hmac.digest(self._key, f"{organization_id}:{number}".encode(), hashlib.sha256))


def base_address(address: str) -> str:
    """`address` in lower case without its last `+suffix`: what a route is looked up by. Never raises."""
    local, at, domain = address.strip().lower().rpartition("@")
    base = local.rpartition("+")[0] or local
    return f"{base}{at}{domain}"


def loop_mark(secret: str) -> str:
    """What `LOOP_HEADER` carries on every mail of this deployment: an instance id that tells nothing of the secret."""
    return _base32(_derive(secret, "loop mark"))


def _derive(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"tickmate {purpose}".encode(), hashlib.sha256)


def _base32(digest: bytes) -> str:
    return base64.b32encode(digest).decode("ascii").lower()[:_SIGNATURE_LENGTH]
