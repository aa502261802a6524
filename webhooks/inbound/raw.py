"""`POST /webhooks/email/raw`: a whole mail (RFC 5322) as the body, for any system that can send one by HTTP."""

import base64
import binascii
import hashlib
import hmac

from aiohttp import web

from core.errors import InvalidInputError, NotFoundError, NotSignedInError
from core.intake.values import Channel, InboundMessage
from webhooks.rate_limits import Limit
from webhooks.routing import json_response, read_body
from webhooks.site import Visit


async def accept(visit: Visit) -> web.Response:
    """Take a mail in: 202 once it is stored for good, 200 if it had been before.

    `?recipient=` is the envelope recipient and may repeat; `?sender=` the envelope sender. 4xx means never send it
    again, 503 (the database is away) means try again.
    """
    await _check_token(visit)
    raw = await read_body(visit.request, visit.site.options.largest_mail)
    if not raw:
        raise InvalidInputError("The body is empty.", mend="Send the whole mail as the body.")
    accepted = await visit.desk.intake.accept(
        InboundMessage(
            channel=Channel.EMAIL,
            external_id=hashlib.sha256(raw).hexdigest(),
            raw=raw,
            received_at=visit.site.clock.now(),
            recipients=tuple(visit.request.query.getall("recipient", [])),
            envelope_sender=visit.request.query.get("sender"),
            client_address=visit.address,
        )
    )
    answer = {"intake": accepted.intake_id, "status": "accepted" if accepted.is_new else "known"}
    return json_response(answer, status=202 if accepted.is_new else 200)


async def _check_token(visit: Visit) -> None:
    expected = visit.site.options.inbound_token
    if expected is None:
        raise NotFoundError("This door is shut.", mend="Set INBOUND_WEBHOOK_TOKEN to open it.")
    given = _given_token(visit.request.headers.get("Authorization", ""))
    if not hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected.encode()).digest()):
        await visit.site.limits.count(Limit.WRONG_TOKENS_OF_ADDRESS, visit.address)
        raise NotSignedInError("The token is missing or wrong.")


def _given_token(authorization: str) -> bytes:
    """The bearer token, or the password of basic authentication (RFC 7617) with any name."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return value.strip().encode("utf-8", "surrogateescape") if scheme.lower() == "bearer" else b""
