"""`POST /webhooks/email/resend`: mail that has arrived at Resend, and what became of the mail it sent for us.

Sources: https://resend.com/docs/webhooks/introduction, …/webhooks/emails/received, …/webhooks/emails/bounced. The event
of a mail that arrived names it only; a job fetches the mail. Resend tries every answer but 2xx again.
"""

import re

from aiohttp import web

from core.conversations.delivery_events import note_delivery_event
from core.conversations.values import DeliveryEvent, DeliveryStatus
from core.errors import InvalidInputError, TryAgainLaterError
from core.intake.fetching import fetch_later
from webhooks.inbound.json_fields import JsonObject, read_json
from webhooks.inbound.resend_api import SOURCE
from webhooks.inbound.svix import is_signed
from webhooks.inbound.taking import refuse, refusing_for_good, setting
from webhooks.routing import json_response, read_body
from webhooks.site import Visit

_RECEIVED = "email.received"
_STATUS = {
    "email.sent": DeliveryStatus.SENT,
    "email.delivered": DeliveryStatus.DELIVERED,
    "email.delivery_delayed": DeliveryStatus.DELAYED,
    "email.bounced": DeliveryStatus.BOUNCED,
    "email.complained": DeliveryStatus.COMPLAINED,
    "email.failed": DeliveryStatus.FAILED,
    "email.suppressed": DeliveryStatus.FAILED,
}
_OF_A_DELIVERY = {
    DeliveryStatus.DELAYED: "the recipient's server does not take it yet; Resend keeps trying",
    DeliveryStatus.BOUNCED: "the recipient's server refused it",
    DeliveryStatus.COMPLAINED: "the recipient marked it as spam",
    DeliveryStatus.FAILED: "Resend did not send it",
}
_FINAL = "Permanent"  # a full mailbox is "Transient"
_EMAIL_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


async def accept(visit: Visit) -> web.Response:
    """Note an event: 200 once it is stored for good, and again for the same one, which adds nothing."""
    secret = setting(visit.site.options.resend_secret, "RESEND_WEBHOOK_SECRET")
    with refusing_for_good("resend", web.HTTPUnprocessableEntity):
        body = await read_body(visit.request, visit.site.options.largest_body)
        if not is_signed(secret, visit.request.headers, body, now=visit.site.clock.now()):
            await refuse(visit, "The signature is missing, wrong or too old.")
        return await _note(visit, read_json(body))


async def _note(visit: Visit, event: JsonObject) -> web.Response:
    kind, email = event.text("type"), event.object("data")
    status = _STATUS.get(kind)
    if kind != _RECEIVED and status is None:
        return json_response({"status": "ignored"})
    email_id = email.text("email_id")
    if not _EMAIL_ID.fullmatch(email_id):
        raise InvalidInputError("The event names no mail.", field="email_id")
    if status is None:
        return await _have_fetched(visit, email_id)
    told = DeliveryEvent(
        provider_id=email_id,
        status=status,
        detail=_detail(status, email),
        is_final=email.object("bounce").text("type") == _FINAL,
    )
    async with visit.unit_of_work() as uow:
        note_delivery_event(uow, told, event_id=f"{SOURCE}:{_event_id(visit)}")
        await uow.commit()
    return json_response({"status": "noted"})


async def _have_fetched(visit: Visit, email_id: str) -> web.Response:
    if not visit.site.options.resend_fetches:
        raise TryAgainLaterError("The mail cannot be fetched from Resend.", mend="Set RESEND_API_KEY.")
    async with visit.unit_of_work() as uow:
        is_new = await fetch_later(uow, SOURCE, email_id)
        await uow.commit()
    return json_response({"status": "accepted" if is_new else "known"})


def _event_id(visit: Visit) -> str:
    """The same for every try of one event."""
    headers = visit.request.headers
    return (headers.get("svix-id") or headers.get("webhook-id") or "")[:200]


def _detail(status: DeliveryStatus, email: JsonObject) -> str:
    """Why, in Resend's words where it gives any."""
    bounce = email.object("bounce")
    reasons = [
        bounce.text("message"),
        *bounce.texts("diagnosticCode"),
        email.object("failed").text("reason"),
        email.object("suppressed").text("message"),
    ]
    said = " ".join(reason for reason in reasons if reason).replace("\x00", "")[:800]
    what = _OF_A_DELIVERY.get(status, "")
    return f"{what}: {said}" if said else what
