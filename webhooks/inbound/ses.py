"""`POST /webhooks/email/ses`: mail that Amazon SES receives and publishes whole through an SNS topic.

Sources: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html and
…/receiving-email-action-sns.html. SNS tries 5xx again for up to an hour and gives up at 4xx.
"""

import asyncio
import base64
import binascii

import structlog
from aiohttp import web

from core.errors import ForbiddenError, InvalidInputError
from webhooks.inbound.json_fields import JsonObject, read_json
from webhooks.inbound.sns import CONFIRMATION, NOTIFICATION, WrongSignatureError
from webhooks.inbound.taking import PostedMail, refuse, refusing_for_good, setting, take_in
from webhooks.rate_limits import Limit
from webhooks.routing import json_response, read_body
from webhooks.site import Visit

log = structlog.get_logger(__name__)

LARGEST_POST = 2 * 1024 * 1024  # bytes; SNS carries 256 KiB, which JSON in JSON writes longer
_SET_UP = "AMAZON_SES_SETUP_NOTIFICATION"
_SET_UP_TEXT = "Successfully validated SNS topic"


async def accept(visit: Visit) -> web.Response:
    """Take a mail in: 200 once it is stored for good, 422 if it never will be, 503 to try again.

    The subscription to the one topic of SES_TOPIC_ARN is confirmed by itself.
    """
    topic = setting(visit.site.options.ses_topic_arn, "SES_TOPIC_ARN")
    with refusing_for_good("ses", web.HTTPUnprocessableEntity):
        message = read_json(await read_body(visit.request, LARGEST_POST))
        if message.text("TopicArn") != topic:
            log.warning("inbound.other_topic", topic=message.text("TopicArn")[:200])
            raise ForbiddenError("This is not the topic that is believed here.", mend="See SES_TOPIC_ARN.")
        try:
            return await _take_message(visit, message)
        except WrongSignatureError as error:
            await refuse(visit, str(error))


async def _take_message(visit: Visit, message: JsonObject) -> web.Response:
    async def before_fetching() -> None:
        await visit.site.limits.count(Limit.WRONG_TOKENS_OF_ADDRESS, visit.address)

    await visit.site.sns.verify(message, before_fetching=before_fetching)
    kind = message.text("Type")
    if kind == CONFIRMATION:
        await visit.site.sns.confirm(message)
        log.info("inbound.subscription_confirmed", provider="ses")
        return json_response({"status": "confirmed"})
    if kind != NOTIFICATION or _is_set_up(message.text("Message")):
        return json_response({"status": "noted"})
    return await take_in(visit, await asyncio.to_thread(convert, message.text("Message")))


def _is_set_up(notification: str) -> bool:
    """What SES publishes when it is given the topic."""
    return notification.startswith(_SET_UP_TEXT) or f'"{_SET_UP}"' in notification[:200]


def convert(notification: str) -> PostedMail:
    """The mail in the notification of an SNS action.

    Raises:
        InvalidInputError: it carries none.
    """
    event = read_json(notification)
    kind = event.text("notificationType") or event.text("eventType")
    receipt = event.object("receipt")
    action = receipt.object("action")
    if kind != "Received":
        raise InvalidInputError(
            f"This is SES's {kind or 'unknown'} notification, not a mail.",
            mend="Subscribe this address to the topic of the receipt rule's SNS action only.",
        )
    if not event.text("content"):
        raise InvalidInputError(
            f"The mail is not in the notification: the receipt rule's action is {action.text('type') or 'another'}.",
            mend="Use the SNS action with the encoding Base64; for mails over its 150 KB see docs/mail.md.",
        )
    mail = event.object("mail")
    return PostedMail(
        raw=_content(event.text("content"), action.text("encoding")),
        recipients=tuple(receipt.texts("recipients") or mail.texts("destination")),
        sender=mail.text("source") if "source" in mail else None,
    )


def _content(content: str, encoding: str) -> bytes:
    if encoding.upper() != "BASE64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInputError("The mail's Base64 is broken.") from error
