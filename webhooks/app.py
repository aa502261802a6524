"""The HTTP door, put together."""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version

from aiohttp import web

from core.desk import Check, Desk
from core.people.organizations import first_organization_id
from core.people.passwords import Passwords
from core.people.sessions import SessionTokens
from core.people.values import system_actor
from webhooks.api.openapi import openapi
from webhooks.inbound.outside import get
from webhooks.inbound.sns import Sns
from webhooks.middleware import ENTRANCES, add_headers, enter, name_and_measure, tell_errors
from webhooks.options import MIB, WebOptions
from webhooks.rate_limits import RateLimits
from webhooks.readiness import Readiness
from webhooks.rendering import Pages
from webhooks.routes import ROUTES
from webhooks.routing import Entrance, Route
from webhooks.site import SITE, Site


def build_web(
    desk: Desk,
    options: WebOptions,
    *,
    checks: Mapping[str, Check] | None = None,
    more_routes: Sequence[Route] = (),
) -> web.Application:
    """The web of a desk. `checks` look at further parts of the process; `more_routes` belong to Slack.

    Serve it with `AppRunner(app, access_log=None)`: requests are logged here, without their paths, which hold tokens.

    Raises:
        ConfigurationError: the JWT secret is shorter than 32 bytes.
    """
    site = Site(
        desk=desk,
        options=options,
        tokens=SessionTokens(options.jwt_secret, lifetime=options.token_lifetime, clock=desk.clock),
        passwords=Passwords(),
        limits=RateLimits(options.rate_limit_storage),
        pages=Pages(),
        clock=desk.clock,
        readiness=Readiness(desk, {} if checks is None else checks, desk.clock),
        sns=Sns(get, desk.clock),
        openapi=cache(partial(openapi, ROUTES, version=version("tickmate"))),
    )
    app = web.Application(
        middlewares=[name_and_measure, tell_errors, enter],
        client_max_size=max(options.largest_mail, options.largest_attachment) + MIB,
    )
    app[SITE] = site
    app[ENTRANCES] = _add_routes(app, (*ROUTES, *more_routes))
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_open_site)
    return app


def _add_routes(app: web.Application, routes: Sequence[Route]) -> dict[web.AbstractRoute, Entrance]:
    entrances: dict[web.AbstractRoute, Entrance] = {}
    for route in routes:
        entrance = Entrance(route)
        for method in (route.method, "HEAD") if route.method == "GET" else (route.method,):
            entrances[app.router.add_route(method, route.path, _never_called)] = entrance
    return entrances


async def _never_called(_request: web.Request) -> web.StreamResponse:
    """What aiohttp wants for each route; the `enter` middleware calls the entrance itself."""
    raise web.HTTPNotFound


async def _open_site(app: web.Application) -> AsyncIterator[None]:
    site = app[SITE]
    async with site.desk.reading(system_actor(0)) as reading:
        site.organization_id = await first_organization_id(reading)
    yield
    site.passwords.close()
