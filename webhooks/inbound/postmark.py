"""`POST /webhooks/email/postmark`: a mail as JSON, with its raw form where the server's settings include that.

Source: https://postmarkapp.com/developer/webhooks/inbound-webhook. Postmark signs nothing; the token stands in the
webhook's address. It tries every answer but 200 again for hours, and stops at 403.
"""

import asyncio
import base64
import binascii

from aiohttp import web

from core.errors import InvalidInputError
from webhooks.inbound.headers import Header, headers, mailbox, with_missing
from webhooks.inbound.json_fields import JsonObject, read_json
from webhooks.inbound.mime import File, Text, build_mail
from webhooks.inbound.taking import PostedMail, check_token, largest_post, refusing_for_good, setting, take_in
from webhooks.routing import read_body
from webhooks.site import Visit


async def accept(visit: Visit) -> web.Response:
    """Take a mail in: 200 once it is stored for good, 403 if it never will be, 503 to try again."""
    await check_token(visit, setting(visit.site.options.postmark_token, "POSTMARK_WEBHOOK_TOKEN"))
    with refusing_for_good("postmark", web.HTTPForbidden):
        body = await read_body(visit.request, largest_post(visit))
        return await take_in(visit, await asyncio.to_thread(convert, body))


def convert(body: bytes) -> PostedMail:
    """The mail in a post.

    Raises:
        InvalidInputError: this is another of Postmark's webhooks.
    """
    post = read_json(body)
    record = post.text("RecordType") or "Inbound"
    if record != "Inbound" or not ("FromFull" in post or "From" in post or "RawEmail" in post):
        raise InvalidInputError(
            f"This is Postmark's {record.lower()} webhook, not a mail.",
            mend="Give this address to the inbound stream only.",
        )
    fields = _headers(post)
    raw = post.text("RawEmail").encode()
    recipient = post.text("OriginalRecipient")
    return PostedMail(
        raw=raw or build_mail(fields, text=_text(post, "TextBody"), html=_text(post, "HtmlBody"), files=_files(post)),
        recipients=(recipient,) if recipient else (),
        sender=next((value.decode() for name, value in fields if name.lower() == "return-path"), None),
    )


def _headers(post: JsonObject) -> list[Header]:
    """Postmark takes the fields below out of the header and gives each apart."""
    given = headers((one.text("Name"), one.text("Value")) for one in post.objects("Headers"))
    sender = post.object("FromFull")
    return with_missing(
        given,
        [
            ("From", mailbox(sender.text("Name"), sender.text("Email")) or post.text("From")),
            ("To", _mailboxes(post, "To")),
            ("Cc", _mailboxes(post, "Cc")),
            ("Reply-To", post.text("ReplyTo")),
            ("Date", post.text("Date")),
            ("Subject", post.text("Subject")),
        ],
    )


def _mailboxes(post: JsonObject, name: str) -> str:
    full = [mailbox(one.text("Name"), one.text("Email")) for one in post.objects(f"{name}Full")]
    return ", ".join(full) or post.text(name)


def _text(post: JsonObject, name: str) -> Text | None:
    text = post.text(name)
    return Text(text.encode()) if text else None


def _files(post: JsonObject) -> list[File]:
    return [
        File(
            filename=one.text("Name"),
            content_type=one.text("ContentType"),
            content=_decoded(one.text("Content") or one.text("Data")),
            content_id=one.text("ContentID"),
            inline=bool(one.text("ContentID")),
        )
        for one in post.objects("Attachments")
    ]


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):  # no base64 after all: it is kept as it came
        return content.encode()
