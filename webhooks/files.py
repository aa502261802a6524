"""A file that somebody sent, on its way to a browser: always a download, never run or shown in our name."""

from urllib.parse import quote

from aiohttp import web

from core.errors import ForbiddenError, NotFoundError, TryAgainLaterError
from core.tickets.models import Attachment
from core.tickets.values import Scan
from webhooks.site import Visit


async def download(visit: Visit, attachment: Attachment | None) -> web.Response:
    """The bytes as `application/octet-stream` in a sandbox of its own (RFC 6266, CSP `sandbox`).

    Raises:
        NotFoundError: None was given, or the bytes are gone.
        ForbiddenError: a virus was found in it, or the scanner never answered.
        TryAgainLaterError: nobody has looked into it yet.
    """
    if attachment is None:
        raise NotFoundError("There is no such file that you can see.")
    if attachment.scan is Scan.INFECTED:
        raise ForbiddenError(f"This file is held back: {attachment.found}.", mend="Ask its sender for another one.")
    if attachment.scan is Scan.WAITING:
        raise TryAgainLaterError("This file is being looked into for viruses.", mend="Try again in a minute.")
    if attachment.scan is Scan.UNSCANNED:
        raise ForbiddenError(
            "This file could not be looked into for viruses.", mend="Ask for “Check again” on the ticket's page."
        )
    return as_download(await visit.desk.blobs.read(attachment.sha256), attachment.filename)


def as_download(content: bytes, filename: str, *, content_type: str = "application/octet-stream") -> web.Response:
    fallback = "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in '"\\%' else "_" for sign in filename
    )
    disposition = f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(filename, safe='')}"
    return web.Response(
        body=content,
        content_type=content_type,
        headers={"Content-Disposition": disposition, "Content-Security-Policy": "default-src 'none'; sandbox"},
    )
