"""`POST /webhooks/email/mailgun`: a form with the mail in parts; `…/mailgun/mime` with the raw mail.

Sources: https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http and
…/webhooks/securing-webhooks. Only 200 is a success to Mailgun, and only 406 stops it from trying again.
"""

import asyncio
import hashlib
import hmac
import json

from aiohttp import web

from core.errors import ConflictError, InvalidInputError
from core.intake.acts import find_act, record_act
from core.intake.values import Channel
from webhooks.inbound.forms import Form, read_form
from webhooks.inbound.headers import Header, headers, with_missing
from webhooks.inbound.json_fields import read_json
from webhooks.inbound.mime import File, Text, build_mail
from webhooks.inbound.taking import PostedMail, largest_post, refuse, refusing_for_good, setting, take_in
from webhooks.routing import read_body
from webhooks.site import Visit

OLDEST = 8 * 3600 + 300  # seconds; Mailgun tries again for eight hours, with the signature of the first time
NEWEST = 300  # seconds that its clock may be ahead of ours
_LONGEST_TIMESTAMP = 12  # digits


async def accept(visit: Visit) -> web.Response:
    """Take a mail in: 200 once it is stored for good, 406 if it never will be, 503 to try again."""
    key = setting(visit.site.options.mailgun_key, "MAILGUN_SIGNING_KEY")
    with refusing_for_good("mailgun", web.HTTPNotAcceptable):
        if visit.request.content_type == "application/json":
            await _refuse_tracking(visit, key)
        form = await read_form(visit.request, largest_post(visit))
        token = form.last_text("token")
        await _check_signature(visit, key, form.last_text("timestamp"), token, form.last_text("signature"))
        mail = await asyncio.to_thread(convert, form)
        await _bind_token(visit, token, mail)
        return await take_in(visit, mail)


async def _refuse_tracking(visit: Visit, key: str) -> None:
    post = read_json(await read_body(visit.request, visit.site.options.largest_body))
    signed = post.object("signature")
    await _check_signature(visit, key, signed.text("timestamp"), signed.text("token"), signed.text("signature"))
    raise _not_a_mail(post.object("event-data").text("event"))


def _not_a_mail(event: str) -> InvalidInputError:
    return InvalidInputError(
        f"This is Mailgun's {event or 'tracking'} webhook, not a mail.",
        mend="Give this address to a route's forward().",
    )


def signature(key: str, timestamp: str, token: str) -> str:
    """HMAC-SHA256 of timestamp and token, in hex."""
    return hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()


async def _check_signature(visit: Visit, key: str, timestamp: str, token: str, given: str) -> None:
    expected = signature(key, timestamp, token)
    if not token or not hmac.compare_digest(given.encode(), expected.encode()):
        await refuse(visit, "The signature is missing or wrong.")
    signed_at = int(timestamp) if timestamp.isdecimal() and len(timestamp) <= _LONGEST_TIMESTAMP else 0
    age = visit.site.clock.now().timestamp() - signed_at
    if not -NEWEST <= age <= OLDEST:
        await refuse(visit, "The signature is too old.")


async def _bind_token(visit: Visit, token: str, mail: PostedMail) -> None:
    """The signature does not cover the mail, so the ledger remembers with which content each token came first."""
    envelope = json.dumps([mail.recipients, mail.sender]).encode()
    content = hashlib.sha256(envelope).digest() + hashlib.sha256(mail.raw).digest()
    key = f"mailgun:{token}"
    try:
        async with visit.unit_of_work() as uow:
            if await find_act(uow, Channel.EMAIL, key, content=content) is None:
                await record_act(uow, Channel.EMAIL, key, content=content, rule="mailgun-token")
                await uow.commit()
    except ConflictError:
        await refuse(visit, "This token came with another mail.")


def convert(form: Form) -> PostedMail:
    """The mail in a post.

    Raises:
        InvalidInputError: this is another of Mailgun's webhooks.
    """
    if "event" in form:
        raise _not_a_mail(form.text("event"))
    if "attachments" in form and "message-headers" not in form:
        raise InvalidInputError(
            "Mailgun's store() action keeps the mail and its attachments.", mend="Use forward() in the route."
        )
    recipient = form.text("recipient")
    return PostedMail(
        raw=form.content("body-mime") or _build(form),
        recipients=(recipient,) if recipient else (),
        sender=form.text("sender") or None,
    )


def _build(form: Form) -> bytes:
    if not any(name in form for name in ("message-headers", "body-plain", "body-html")):
        raise InvalidInputError("There is no mail in this form.", mend="Use forward() in the route.")
    plain, html = form.content("body-plain"), b"\n".join(form.contents("body-html"))
    return build_mail(
        _headers(form),
        text=Text(plain) if plain else None,
        html=Text(html) if html else None,
        files=_files(form),
    )


def _headers(form: Form) -> list[Header]:
    try:
        listed = json.loads(form.text("message-headers") or "[]")
    except (ValueError, RecursionError):
        listed = []
    pairs = [one for one in listed if isinstance(one, list) and [type(part) for part in one] == [str, str]]
    return with_missing(
        headers((name, value) for name, value in pairs),
        [
            ("From", form.text("from") or form.text("From")),
            ("To", form.text("To")),
            ("Date", form.text("Date")),
            ("Message-Id", form.text("Message-Id")),
            ("Subject", form.text("subject") or form.text("Subject")),
        ],
    )


def _files(form: Form) -> list[File]:
    """Every posted file. Those that the HTML shows are in `content-id-map`, in which one id may stand twice."""
    try:
        pairs = json.loads(form.text("content-id-map") or "{}", object_pairs_hook=list)
    except (ValueError, RecursionError):
        pairs = []
    ids = {field: content_id for content_id, field in pairs if isinstance(field, str)}
    return [
        File(
            filename=one.filename or "",
            content_type=one.content_type,
            content=one.content,
            content_id=ids.get(one.name, ""),
            inline=one.name in ids,
        )
        for one in form.files
    ]
