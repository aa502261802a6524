"""`POST /webhooks/email/sendgrid`: Inbound Parse, a form with the mail in parts, or raw where "Send Raw" is ticked.

Source: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/inbound-email. The token stands in the
webhook's address. SendGrid tries 5xx again for three days and drops the mail at 4xx.
"""

import asyncio

from aiohttp import web

from core.errors import InvalidInputError
from webhooks.inbound.forms import Form, read_form
from webhooks.inbound.headers import Header, read_headers, with_missing
from webhooks.inbound.json_fields import JsonObject, read_json
from webhooks.inbound.mime import File, Text, build_mail
from webhooks.inbound.taking import PostedMail, check_token, largest_post, refusing_for_good, setting, take_in
from webhooks.site import Visit


async def accept(visit: Visit) -> web.Response:
    """Take a mail in: 200 once it is stored for good, 422 if it never will be, 503 to try again."""
    await check_token(visit, setting(visit.site.options.sendgrid_token, "SENDGRID_WEBHOOK_TOKEN"))
    with refusing_for_good("sendgrid", web.HTTPUnprocessableEntity):
        form = await read_form(visit.request, largest_post(visit))
        return await take_in(visit, await asyncio.to_thread(convert, form))


def convert(form: Form) -> PostedMail:
    """The mail in a post.

    Raises:
        InvalidInputError: there is none.
    """
    envelope = _json_of(form, "envelope")
    return PostedMail(
        raw=form.content("email") or _build(form),
        recipients=tuple(envelope.texts("to")),
        sender=envelope.text("from") if "from" in envelope else None,
    )


def _build(form: Form) -> bytes:
    if not any(name in form for name in ("headers", "from", "text", "html")):
        raise InvalidInputError("There is no mail in this form.", mend="Give this address to Inbound Parse.")
    charsets = _json_of(form, "charsets")
    return build_mail(
        _headers(form, charsets),
        text=_text(form, charsets, "text"),
        html=_text(form, charsets, "html"),
        files=_files(form),
    )


def _headers(form: Form, charsets: JsonObject) -> list[Header]:
    given = read_headers(form.content("headers") or b"")
    apart = [(name.title(), _decoded(form, charsets, name)) for name in ("from", "to", "cc", "subject")]
    return with_missing(given, apart)


def _decoded(form: Form, charsets: JsonObject, name: str) -> str:
    content = form.content(name) or b""
    try:
        return content.decode(charsets.text(name) or "utf-8", "replace")
    except (LookupError, ValueError):  # a charset unknown to Python
        return content.decode("utf-8", "replace")


def _text(form: Form, charsets: JsonObject, name: str) -> Text | None:
    """Each field is posted in the charset of its part of the mail, named in `charsets`."""
    content = form.content(name)
    return Text(content, charsets.text(name) or "utf-8") if content else None


def _files(form: Form) -> list[File]:
    """`attachment-info` describes each file by its field; `content-ids` names the field of each Content-ID."""
    described = _json_of(form, "attachment-info")
    shown = _json_of(form, "content-ids")
    ids = {shown.text(content_id): content_id for content_id in shown.fields}
    files = []
    for one in form.files:
        info = described.object(one.name)
        content_id = ids.get(one.name) or info.text("content-id")
        files.append(
            File(
                filename=info.text("filename") or info.text("name") or one.filename or "",
                content_type=info.text("type") or one.content_type,
                content=one.content,
                content_id=content_id,
                inline=bool(content_id),
            )
        )
    return files


def _json_of(form: Form, name: str) -> JsonObject:
    """An object posted as a field; empty where it is missing or broken, so that the mail is taken all the same."""
    try:
        return read_json(form.text(name))
    except InvalidInputError:
        return JsonObject()
