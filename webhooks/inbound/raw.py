"""`POST /webhooks/email/raw`: a whole mail (RFC 5322) as the body, for any system that can send one by HTTP."""

import hashlib

from aiohttp import web

from core.errors import InvalidInputError
from core.intake.values import Channel, InboundMessage
from webhooks.inbound.taking import check_token, setting
from webhooks.routing import json_response, read_body
from webhooks.site import Visit


async def accept(visit: Visit) -> web.Response:
    """Take a mail in: 202 once it is stored for good, 200 if it had been before.

    `?recipient=` is the envelope recipient and may repeat; `?sender=` the envelope sender. 4xx means never send it
    again, 503 (the database is away) means try again.
    """
    await check_token(visit, setting(visit.site.options.inbound_token, "INBOUND_WEBHOOK_TOKEN"))
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
