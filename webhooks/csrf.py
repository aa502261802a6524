"""Is this change asked for by our own page, or by somebody else's?

Cookies are SameSite=Strict already. On top of that a browser says where a request comes from (Fetch Metadata, Origin),
and each form carries a token. A bearer token is not sent by browsers on their own, so it needs none of this.
"""

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web

from core.errors import DeskError, ForbiddenError, NotSignedInError
from webhooks.routing import Door, read_form
from webhooks.site import Visit
from webhooks.uploads import MULTIPART, read_upload

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_FIELD = "csrf_token"  # noqa: S105 (a field's name)


async def check_origin(visit: Visit, door: Door, *, takes_files: bool = False) -> None:
    """Let through what changes nothing, comes from our pages, or is no browser's doing. Reads a page's form.

    Raises:
        ForbiddenError: another site asks, or the form is not ours.
    """
    if visit.request.method in SAFE_METHODS or visit.by_bearer or door in {Door.HOOK, Door.PLAIN}:
        return
    if not _is_own_origin(visit, door):
        raise ForbiddenError("This request came from another site.", mend="Open the page here and try again.")
    if door is Door.PAGE:
        if takes_files and visit.request.content_type == MULTIPART:
            visit.files = (await read_upload(visit, before_files=lambda fields: _check_token(visit, fields))).files
        else:
            visit.form = await read_form(visit.request, visit.site.options.largest_body)
        _check_token(visit, visit.form)
        del visit.form[TOKEN_FIELD]


async def keep_words(visit: Visit) -> None:
    """Read the form of somebody whose sign-in has ended meanwhile, so that they can be shown what they wrote."""

    def no_file(_fields: Mapping[str, str]) -> None:
        raise NotSignedInError("You are not signed in.")

    if visit.request.method in SAFE_METHODS or not _is_own_origin(visit, Door.PAGE):
        return
    with suppress(DeskError, web.HTTPException):
        if visit.request.content_type == MULTIPART:
            await read_upload(visit, before_files=no_file)
        else:
            visit.form = await read_form(visit.request, visit.site.options.largest_body)


def _check_token(visit: Visit, fields: Mapping[str, str]) -> None:
    if not visit.is_csrf_token(fields.get(TOKEN_FIELD, "")):
        raise ForbiddenError("This form has expired.", mend="Go back, reload the page and send it again.")


def _is_own_origin(visit: Visit, door: Door) -> bool:
    headers = visit.request.headers
    origin = headers.get("Origin", "")
    if door is Door.API and origin and origin == visit.site.options.cors_origin:
        return True
    fetch_site = headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    if not origin or origin == "null":  # a program; or an older browser on a page with Referrer-Policy: no-referrer
        return True
    return origin == visit.site.options.origin or urlsplit(origin).netloc == visit.request.host


def add_cors(request: web.Request, response: web.StreamResponse, allowed: str | None) -> None:
    """Let the one configured origin read the JSON API's answers (Fetch standard 3.2)."""
    if allowed and request.headers.get("Origin") == allowed and request.path.startswith("/api/"):
        response.headers["Access-Control-Allow-Origin"] = allowed
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After"
        response.headers["Vary"] = "Origin"


def answer_preflight(request: web.Request, allowed: str | None) -> web.Response | None:
    """The browser's question before a cross-origin call, or None where this is no such question."""
    if request.method != "OPTIONS" or not allowed or request.headers.get("Origin") != allowed:
        return None
    if not request.path.startswith("/api/") or "Access-Control-Request-Method" not in request.headers:
        return None
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
            "Access-Control-Max-Age": "600",
        },
    )
