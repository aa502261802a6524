"""A message as its sender formatted it: a document of its own, which the ticket's page shows in a sandboxed frame."""

import asyncio
import base64
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote

from aiohttp import web

from core.errors import NotFoundError
from core.tickets.models import Attachment
from core.tickets.queries import find_ticket, list_attachments, list_replies
from webhooks.site import Visit

# A frame in a sandbox sends no cookies, so the mail's own images stand in the document.
MOST_IMAGE_BYTES = 8 * 1024 * 1024
_PICTURE_STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_OWN_IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")cid:([^"]*)(")')
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light">'
    '<title>Message</title><base target="_blank"><style>body {{ font: 15px/1.5 sans-serif; margin: 12px; '
    "overflow-wrap: anywhere; background: #fff; color: #111 }} img {{ max-width: 100%; height: auto }} "
    "blockquote {{ margin: .5em 0; padding-left: .8em; border-left: 3px solid #ccc }}</style></head>"
    "<body>{body}</body></html>"
)


async def show_description(visit: Visit, number: int) -> web.Response:
    """What the ticket was opened with."""
    async with visit.reading() as reading:
        ticket = await find_ticket(reading, number)
        html, attachments = ticket.description_html, await list_attachments(reading, ticket)
    return await _document(visit, html, attachments)


async def show_reply(visit: Visit, number: int, reply: int) -> web.Response:
    """One reply, if it is one that this person may read."""
    async with visit.reading() as reading:
        ticket = await find_ticket(reading, number)
        found = next((one for one in await list_replies(reading, ticket) if one.id == reply), None)
    return await _document(visit, found.html if found else "", found.attachments if found else [])


async def _document(visit: Visit, html: str, attachments: Sequence[Attachment]) -> web.Response:
    if not html:
        raise NotFoundError("There is no such formatted message that you can see.")
    pictures = await _pictures(visit, html, attachments)
    body = await asyncio.to_thread(with_pictures, html, pictures)
    return web.Response(text=_PAGE.format(body=body), content_type="text/html", charset="utf-8", headers=_HEADERS)


async def _pictures(visit: Visit, html: str, attachments: Sequence[Attachment]) -> dict[str, bytes]:
    """The files that `html` shows, by content id, as many as there is room for."""
    named = {unquote(match[2]) for match in _OWN_IMAGE.finditer(html)}
    pictures: dict[str, bytes] = {}
    room = MOST_IMAGE_BYTES
    for one in attachments:
        if one.scan.may_leave and one.content_id in named and one.content_id not in pictures and one.size <= room:
            room -= one.size
            with suppress(NotFoundError):
                pictures[one.content_id] = await visit.desk.blobs.read(one.sha256)
    return pictures


def with_pictures(html: str, pictures: Mapping[str, bytes]) -> str:
    """Sanitised `html` with the pictures that it names by `cid:` (RFC 2392) written into it, as far as given."""

    def replace(match: re.Match[str]) -> str:
        content = pictures.get(unquote(match[2]), b"")
        kind = picture_kind(content)
        address = f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else "data:,"
        return match[1] + address + match[3]

    return _OWN_IMAGE.sub(replace, html)


def picture_kind(content: bytes) -> str:
    """The type of a picture that a browser may show, by its first bytes, else empty; never SVG, which holds scripts."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _PICTURE_STARTS.items() if content.startswith(start)), "")
