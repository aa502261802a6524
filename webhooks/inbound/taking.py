"""What the door of every mail provider has in common: who may post, what becomes of a mail, and how it is refused."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NoReturn

import structlog
from aiohttp import web

from core.errors import InvalidInputError, NotFoundError, NotSignedInError, TooLargeError
from core.intake.values import Channel, InboundMessage
from webhooks.inbound.headers import named_recipients
from webhooks.options import MIB
from webhooks.rate_limits import Limit
from webhooks.routing import json_response
from webhooks.site import Visit

log = structlog.get_logger(__name__)

_LONGEST_ADDRESS = 320


@dataclass(frozen=True, kw_only=True, slots=True)
class PostedMail:
    """A whole mail (RFC 5322) as a provider handed it over, with its envelope. `sender` is None where it is unknown."""

    raw: bytes = field(repr=False)
    recipients: tuple[str, ...] = ()
    sender: str | None = None


async def take_in(visit: Visit, mail: PostedMail) -> web.Response:
    """Store the mail: 200 once it is there for good, and again for the same mail, which adds nothing.

    200 and no other code, because to some providers every other one is a failure.

    Raises:
        InvalidInputError: it is for nobody here.
        TooLargeError: larger than this desk takes.
        TryAgainLaterError: the database is away.
    """
    message = InboundMessage(
        channel=Channel.EMAIL,
        external_id=hashlib.sha256(mail.raw).hexdigest(),
        raw=mail.raw,
        received_at=visit.site.clock.now(),
        recipients=_clean(mail.recipients),
        envelope_sender=_sender(mail.sender),
        client_address=visit.address,
    )
    if await visit.desk.intake.organization_for(message) is None:
        message = await _routed_by_header(visit, message)
    accepted = await visit.desk.intake.accept(message)
    return json_response({"intake": accepted.intake_id, "status": "accepted" if accepted.is_new else "known"})


async def _routed_by_header(visit: Visit, message: InboundMessage) -> InboundMessage:
    """Where the envelope leads nowhere (the provider's own address, forwarded to), whom the mail names counts.

    A mail that names nobody was handed to this desk all the same: it is for the support address.
    """
    named = _clean(named_recipients(message.raw))
    if not named and not message.recipients:
        named = (visit.desk.policy.support_address,)
    return replace(message, recipients=(*message.recipients, *named))


def _sender(address: str | None) -> str | None:
    return None if address is None else address.replace("\x00", "").strip("<> ")[:_LONGEST_ADDRESS]


def _clean(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses that a database takes."""
    return tuple(one for one in addresses if len(one) <= _LONGEST_ADDRESS and "\x00" not in one)


def largest_post(visit: Visit) -> int:
    """Bytes of a post that hold one mail: encoded, and once more in parts beside its raw form."""
    return 3 * visit.site.options.largest_mail + MIB


def setting(value: str | None, name: str) -> str:
    """The setting that opens a door.

    Raises:
        NotFoundError: it is not set.
    """
    if not value:
        raise NotFoundError("This door is shut.", mend=f"Set {name} to open it.")
    return value


async def check_token(visit: Visit, expected: str) -> None:
    """The token may be the path's last part, a bearer token, or the password of basic authentication (RFC 7617).

    Raises:
        NotSignedInError: it is missing or wrong.
    """
    in_path = visit.request.match_info.get("token")
    given = (
        _in_header(visit.request.headers.get("Authorization", ""))
        if in_path is None
        else in_path.encode("utf-8", "replace")
    )
    if not hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected.encode()).digest()):
        await refuse(visit, "The token is missing or wrong.")


def _in_header(authorization: str) -> bytes:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return value.strip().encode("utf-8", "surrogateescape") if scheme.lower() == "bearer" else b""


async def refuse(visit: Visit, why: str) -> NoReturn:
    """Turn a post away that proves nothing. Only such ones are counted, so that no limit ever meets a true one.

    Raises:
        NotSignedInError: always, unless it is a LimitReachedError.
    """
    await visit.site.limits.count(Limit.WRONG_TOKENS_OF_ADDRESS, visit.address)
    raise NotSignedInError(why)


@contextmanager
def refusing_for_good(provider: str, kind: type[web.HTTPClientError]) -> Iterator[None]:
    """Tell a provider never to send this post again, in the one code that it understands so."""
    try:
        yield
    except (InvalidInputError, TooLargeError) as error:
        log.warning("inbound.refused", provider=provider, reason=str(error))
        raise kind(text=str(error)) from error
