"""The sign-in on its way between browser and desk: read, renewed, set, removed."""

from contextlib import suppress

from aiohttp import web

from core.errors import NotSignedInError
from core.people.sessions import find_signed_in
from core.people.values import system_actor
from webhooks.site import Visit, refuse_stranger

VISITOR_COOKIE = "tickmate_visitor"


async def recognise(visit: Visit) -> None:
    """Find out who asks: a bearer token if there is one, else the cookie.

    A bad cookie makes a stranger, so that its owner can sign in again. A cookie whose short token has run out is
    renewed while its session is active; a bearer token is not, since nobody would receive the new one.

    Raises:
        NotSignedInError: a bearer token that is not, or no longer, good.
    """
    authorization = visit.request.headers.get("Authorization", "")
    scheme, _, bearer = authorization.partition(" ")
    if scheme.lower() == "bearer":
        visit.by_bearer = True
        await _recognise_token(visit, bearer.strip())
        return
    visit.visitor = visit.request.cookies.get(VISITOR_COOKIE, "")[:100]
    cookie = visit.request.cookies.get(visit.site.options.session_cookie)
    if cookie:
        with suppress(NotSignedInError):
            await _recognise_token(visit, cookie)
        visit.signs_out = visit.signed_in is None


async def _recognise_token(visit: Visit, token: str) -> None:
    claims = visit.site.tokens.read(token)
    if claims.has_expired and visit.by_bearer:
        refuse_stranger()
    async with visit.desk.reading(system_actor(claims.organization_id)) as reading:
        visit.signed_in = await find_signed_in(reading, claims)
    if not visit.by_bearer and visit.site.tokens.wants_renewal(claims):
        visit.new_token = visit.site.tokens.issue(visit.signed_in)


def set_cookies(visit: Visit, response: web.StreamResponse) -> None:
    """Write what changed during the visit. Cookies never go to scripts nor to other sites' requests."""
    options = visit.site.options
    if visit.new_token and visit.signed_in is not None:
        seconds = int((visit.signed_in.session_expires_at - visit.site.clock.now()).total_seconds())
        response.set_cookie(
            options.session_cookie,
            visit.new_token,
            max_age=seconds,
            path="/",
            domain=options.cookie_domain,
            secure=options.secure_cookies,
            httponly=True,
            samesite="Strict",
        )
    elif visit.signs_out:
        response.del_cookie(
            options.session_cookie,
            path="/",
            domain=options.cookie_domain,
            secure=options.secure_cookies,
            httponly=True,
            samesite="Strict",
        )
    if visit.new_visitor:
        response.set_cookie(
            VISITOR_COOKIE,
            visit.new_visitor,
            path="/",
            secure=options.secure_cookies,
            httponly=True,
            samesite="Strict",
        )


def came_from_elsewhere(request: web.Request) -> bool:
    """A link in a mail or in Slack was followed: the browser holds SameSite=Strict cookies back this once."""
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
    )
