"""What happens to every request, outermost first: named and measured, errors told, asked who it is and what it may."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import hdrs, web

from core.errors import DeskError, ForbiddenError
from core.people.values import Permission
from webhooks.client import client_address
from webhooks.cookies import came_from_elsewhere, recognise, set_cookies
from webhooks.csrf import add_cors, answer_preflight, check_origin, keep_words
from webhooks.measures import measure
from webhooks.pages.page import error_page, return_page, sign_in_redirect
from webhooks.problems import Problem, problem_of
from webhooks.rate_limits import Limit
from webhooks.routing import Access, Door, Entrance, json_response
from webhooks.site import SITE, VISIT, Visit, refuse_stranger

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ENTRANCES: web.AppKey[Mapping[web.AbstractRoute, Entrance]] = web.AppKey("entrances", dict)
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`: on every answer, whoever made it. A response's own headers win."""
    options = request.app[SITE].options
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if options.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers["X-Request-ID"] = request.get(REQUEST_ID, "")
    response.headers.popall(hdrs.SERVER, None)
    add_cors(request, response, options.cors_origin)


@web.middleware
async def name_and_measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bind the request id for every log line. The log knows a route's pattern, never its path: paths hold tokens."""
    given = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "unknown"
    start = request.app[SITE].clock.monotonic()
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
        response = await handler(request)
        seconds = request.app[SITE].clock.monotonic() - start
        measure(request.method, route, response.status, seconds)
        visit = request.get(VISIT)
        note = log.debug if _is_probe(request) else log.info
        note(
            "http.request",
            method=request.method,
            route=route,
            status=response.status,
            ms=round(seconds * 1000, 1),
            user=visit.signed_in.user_id if visit and visit.signed_in else None,
        )
    return response


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever was raised into a page or a problem."""
    try:
        return await handler(request)
    except (DeskError, web.HTTPException) as error:
        if isinstance(error, web.HTTPException) and error.status < 400:  # noqa: PLR2004 (a redirect)
            return error
        return await _told(request, error)
    except Exception as error:
        log.exception("http.failed")
        return await _told(request, error)


async def _told(request: web.Request, error: BaseException) -> web.StreamResponse:
    problem = problem_of(error)
    entrance = _entrance(request)
    wants_page = entrance.route.door is Door.PAGE if entrance else _reads_html(request)
    visit = request.get(VISIT)
    if not wants_page or visit is None:
        response = _problem_response(problem, request[REQUEST_ID])
    elif problem.status == 401 and visit.signed_in is None and request.method == hdrs.METH_GET:  # noqa: PLR2004 (HTTP)
        response = sign_in_redirect(visit)
    else:
        response = await error_page(visit, problem)
    if visit is not None:
        set_cookies(visit, response)
    return response


def _reads_html(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")


def _problem_response(problem: Problem, request_id: str) -> web.Response:
    response = json_response(problem.json(request_id), status=problem.status, content_type="application/problem+json")
    response.headers.update(problem.headers)
    return response


@web.middleware
async def enter(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks, whether they may, and whether they ask themselves; then let them in."""
    site = request.app[SITE]
    preflight = answer_preflight(request, site.options.cors_origin)
    if preflight is not None:
        return preflight
    entrance = _entrance(request)
    door = entrance.route.door if entrance else Door.PLAIN
    visit = Visit(
        request=request,
        site=site,
        channel="api" if door is Door.API else "web",
        address=client_address(request, site.options.trusted_proxies),
        request_id=request[REQUEST_ID],
    )
    request[VISIT] = visit
    if entrance is None or door is Door.PLAIN:
        return await (handler(request) if entrance is None else entrance.enter(visit))
    if door is not Door.HOOK:
        await site.limits.count(Limit.REQUESTS, visit.address)
        await recognise(visit)
    needs = entrance.route.needs
    is_closed = visit.signed_in is None and needs is not Access.ANYBODY
    if is_closed and door is Door.PAGE and came_from_elsewhere(request):
        return return_page(visit)
    if is_closed and door is Door.PAGE:
        await keep_words(visit)
    authorise(visit, needs)
    await check_origin(visit, door, takes_files=entrance.takes_files)
    response = await entrance.enter(visit)
    set_cookies(visit, response)
    return response


def authorise(visit: Visit, needs: Access | Permission) -> None:
    """The one place that holds a route's need against who asks.

    Raises:
        NotSignedInError: nobody is signed in and somebody must be.
        ForbiddenError: this person may not.
    """
    if needs is Access.ANYBODY:
        return
    if visit.signed_in is None:
        refuse_stranger()
    if isinstance(needs, Permission) and not visit.may(needs):
        raise ForbiddenError("You may not do that.", mend="Ask an admin of this desk.")


def _is_probe(request: web.Request) -> bool:
    entrance = _entrance(request)
    return entrance is not None and entrance.route.door is Door.PLAIN


def _entrance(request: web.Request) -> Entrance | None:
    return request.app[ENTRANCES].get(request.match_info.route)
