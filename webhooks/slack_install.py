"""`/slack/install` and `/slack/oauth_redirect`: a workspace gets the app, and the desk its token.

Slack sends the browser back from another site, so the cookie that binds an installation to its browser is Lax, as the
sign-in cookie cannot be (docs/adr/0010). Source: https://docs.slack.dev/authentication/installing-with-oauth
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import BaseModel, Field

from core.errors import ConflictError, ForbiddenError, InvalidInputError, TryAgainLaterError
from core.installations.actions import STATE_LIFETIME, begin_install, install, redeem_state
from core.installations.models import Installation
from core.installations.ports import AppStore
from core.installations.queries import home_organization_id
from core.installations.sealing import TokenSeal
from core.installations.values import Granted, Wish
from core.people.models import Organization
from core.people.values import Permission, system_actor
from webhooks.cookies import came_from_elsewhere
from webhooks.pages.page import form_page, page, return_page
from webhooks.problems import problem_of
from webhooks.rate_limits import Limit
from webhooks.routing import Access, Door, Route
from webhooks.site import Visit, refuse_stranger

_LONGEST = 1_000
_REFUSALS = {
    "access_denied": "The installation was cancelled at Slack.",
    "invalid_team_for_non_distributed_app": (
        "Slack lets this app into its own workspace only. Its owner allows others under “Manage Distribution” in the "
        "app's settings at Slack."
    ),
    "no_bot_scopes_requested": "This is a whole Enterprise organization. Choose one workspace of it.",
}
"""What Slack's codes mean for whoever installs."""
_CONSENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self' {slack}"
)


class InstallQuery(BaseModel):
    code: Annotated[str, Field(max_length=_LONGEST)] = ""


class InstallForm(BaseModel):
    code: Annotated[str, Field(max_length=_LONGEST)] = ""
    is_own: bool = False


class ReturnQuery(BaseModel):
    code: Annotated[str, Field(max_length=_LONGEST)] = ""
    state: Annotated[str, Field(max_length=_LONGEST)] = ""
    error: Annotated[str, Field(max_length=_LONGEST)] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installing:
    """What installing needs: Slack's side of it, the seal of the tokens, and the code of the link for others."""

    store: AppStore
    seal: TokenSeal
    code: str | None = field(default=None, repr=False)

    async def show(self, visit: Visit, query: InstallQuery) -> web.StreamResponse:
        """Asks for one press of a button: a link alone installs nothing."""
        if visit.signed_in is None and not self._is_invited(query.code) and came_from_elsewhere(visit.request):
            return return_page(visit)
        own = await self._own_organization(visit, query.code)
        slack = _origins_of(self.store.consent_address(""))
        response = form_page(
            visit, "slack_install.html", code=query.code, own=own, may_add=await self._may_add(visit, query.code)
        )
        response.headers["Content-Security-Policy"] = _CONSENT_POLICY.format(slack=slack)
        return response

    async def start(self, visit: Visit, form: InstallForm) -> web.StreamResponse:
        """Send the browser to Slack with a state that is good once, for ten minutes, in this browser."""
        own = await self._own_organization(visit, form.code)
        if form.is_own and own is None:
            raise ForbiddenError("You may not do that.", mend="Ask an admin of this desk.")
        if not form.is_own and not await self._may_add(visit, form.code):
            raise ForbiddenError("Only admins of this desk add other workspaces.")
        browser = secrets.token_urlsafe(32)
        async with visit.unit_of_work() as uow:
            wish = Wish(organization_id=own.id if form.is_own and own else None, begun_by=visit.actor.name)
            state = await begin_install(uow, wish, browser=browser)
            await uow.commit()
        response = web.Response(status=303, headers={"Location": self.store.consent_address(state)})
        _set_cookie(visit, response, browser)
        return response

    async def finish(self, visit: Visit, query: ReturnQuery) -> web.StreamResponse:
        """Slack has sent the browser back: use up the state, fetch the token, keep it."""
        if query.error:
            refusal = _REFUSALS.get(query.error, "Slack refused it.")
            return _not_installed(visit, refusal, code="" if query.error in _REFUSALS else query.error)
        try:
            return await self._finish(visit, query)
        except (InvalidInputError, ConflictError, TryAgainLaterError) as error:
            return _not_installed(visit, str(error), status=problem_of(error).status)

    async def _finish(self, visit: Visit, query: ReturnQuery) -> web.StreamResponse:
        browser = visit.request.cookies.get(_cookie_name(visit), "")
        async with visit.desk.reading(system_actor(0)) as reading:
            home = await home_organization_id(reading)
        async with visit.unit_of_work(system_actor(home)) as uow:
            wish = await redeem_state(uow, query.state, browser)
            await uow.commit()
        granted = await self.store.exchange(query.code)
        installed = await self._keep(visit, granted, home=home, wish=wish)
        response = page(visit, "slack_installed.html", installation=installed, workspace_id=granted.workspace_id)
        response.del_cookie(_cookie_name(visit), path="/")
        return response

    async def _keep(self, visit: Visit, granted: Granted, *, home: int, wish: Wish) -> Installation:
        own_workspace = await self.store.own_workspace()
        async with visit.unit_of_work(system_actor(home)) as uow:
            installed = await install(uow, granted, seal=self.seal, wish=wish, home_workspace=own_workspace)
            await uow.commit()
        return installed

    def _is_invited(self, code: str) -> bool:
        return self.code is not None and hmac.compare_digest(self.code.encode(), code.encode())

    async def _own_organization(self, visit: Visit, code: str) -> Organization | None:
        """The organization that an admin may connect: their own. None for somebody who only has the link.

        Raises:
            NotSignedInError, ForbiddenError: neither an admin nor somebody with the link.
        """
        if not visit.may(Permission.MANAGE_PEOPLE):
            if self._is_invited(code):
                return None
            if code:
                await visit.site.limits.count(Limit.WRONG_TOKENS_OF_ADDRESS, visit.address)
                raise ForbiddenError("This link to install is not known here, or no longer.", mend="Ask for a new one.")
            if visit.signed_in is None:
                refuse_stranger()
            raise ForbiddenError("Only admins install the app.", mend="Ask an admin of this desk.")
        async with visit.reading() as reading:
            return await reading.session.get(Organization, visit.actor.organization_id)

    async def _may_add(self, visit: Visit, code: str) -> bool:
        """Whether this visitor may bring a workspace that gets an organization of its own."""
        if self._is_invited(code):
            return True
        if not visit.may(Permission.MANAGE_PEOPLE):
            return False
        async with visit.reading() as reading:
            return visit.actor.organization_id == await home_organization_id(reading)


def install_routes(installing: Installing) -> tuple[Route, ...]:
    """The two addresses of an installation."""

    async def show(visit: Visit, query: InstallQuery) -> web.StreamResponse:
        return await installing.show(visit, query)

    async def start(visit: Visit, form: InstallForm) -> web.StreamResponse:
        return await installing.start(visit, form)

    async def finish(visit: Visit, query: ReturnQuery) -> web.StreamResponse:
        return await installing.finish(visit, query)

    def route(method: str, path: str, endpoint: Callable[..., Awaitable[web.StreamResponse]]) -> Route:
        return Route(method=method, path=path, endpoint=endpoint, door=Door.PAGE, needs=Access.ANYBODY)

    return (
        route("GET", "/slack/install", show),
        route("POST", "/slack/install", start),
        route("GET", "/slack/oauth_redirect", finish),
    )


def _not_installed(visit: Visit, text: str, *, code: str = "", status: int = 400) -> web.Response:
    may_begin = visit.may(Permission.MANAGE_PEOPLE)
    return page(visit, "slack_not_installed.html", status=status, text=text, code=code, may_begin=may_begin)


def _cookie_name(visit: Visit) -> str:
    return "__Host-tickmate_install" if visit.site.options.secure_cookies else "tickmate_install"


def _set_cookie(visit: Visit, response: web.StreamResponse, browser: str) -> None:
    response.set_cookie(
        _cookie_name(visit),
        browser,
        max_age=int(STATE_LIFETIME.total_seconds()),
        path="/",
        secure=visit.site.options.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def _origins_of(address: str) -> str:
    """Where the form may lead: Slack, which goes on to the workspace's own host."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc} {parts.scheme}://*.{parts.netloc}"
