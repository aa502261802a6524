"""What every request finds: the desk, the web's own parts, and who is asking."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aiohttp import web

from core.clock import Clock
from core.db.unit_of_work import Reading, UnitOfWork
from core.desk import Desk
from core.errors import NotSignedInError
from core.people.passwords import Passwords
from core.people.sessions import SessionTokens, SignedIn
from core.people.values import Actor, Permission
from webhooks.client import user_agent
from webhooks.inbound.sns import Sns
from webhooks.options import WebOptions
from webhooks.rate_limits import RateLimits
from webhooks.readiness import Readiness
from webhooks.rendering import Pages
from webhooks.sent_files import SentFiles


@dataclass(kw_only=True, slots=True)
class Site:
    """The parts of one running web. `organization_id` is where strangers register, known once the web has started."""

    desk: Desk
    options: WebOptions
    tokens: SessionTokens
    passwords: Passwords
    limits: RateLimits
    pages: Pages
    clock: Clock
    readiness: Readiness
    sns: Sns
    openapi: Callable[[], dict[str, Any]]
    organization_id: int = 0


@dataclass(kw_only=True, slots=True)
class Visit:
    """One request and who makes it.

    `visitor` names a browser that is not signed in, so that its forms can carry a token too; `new_visitor` and
    `new_token` are cookies that the answer will set, `signs_out` that it removes the sign-in.
    """

    request: web.Request
    site: Site
    channel: str
    address: str
    request_id: str
    signed_in: SignedIn | None = None
    by_bearer: bool = False
    visitor: str = ""
    new_visitor: str = ""
    new_token: str = ""
    signs_out: bool = False
    form: dict[str, str] = field(default_factory=dict)
    files: SentFiles = field(default_factory=SentFiles)

    @property
    def desk(self) -> Desk:
        return self.site.desk

    @property
    def actor(self) -> Actor:
        agent = user_agent(self.request)
        if self.signed_in is not None:
            return self.signed_in.actor(channel=self.channel, address=self.address, user_agent=agent)
        return Actor(
            organization_id=self.site.organization_id,
            name="somebody not signed in",
            channel=self.channel,
            address=self.address,
            user_agent=agent,
        )

    @property
    def person(self) -> SignedIn:
        """Who is signed in; the route table has made sure that somebody is."""
        if self.signed_in is None:
            refuse_stranger()
        return self.signed_in

    def may(self, permission: Permission) -> bool:
        return self.signed_in is not None and self.actor.may(permission)

    def reading(self) -> Reading:
        return self.desk.reading(self.actor)

    def unit_of_work(self, actor: Actor | None = None) -> UnitOfWork:
        return self.desk.unit_of_work(actor or self.actor)

    @property
    def csrf_token(self) -> str:
        """What a form must bring back: it belongs to this session, or to this visitor's cookie."""
        if self.signed_in is None and not self.visitor:
            self.visitor = self.new_visitor = secrets.token_urlsafe(18)
        return self._csrf_token(self.signed_in.session_id if self.signed_in else self.visitor)

    def is_csrf_token(self, token: str) -> bool:
        anchor = self.signed_in.session_id if self.signed_in else self.visitor
        return bool(anchor) and hmac.compare_digest(self._csrf_token(anchor).encode(), token.encode())

    def _csrf_token(self, anchor: str) -> str:
        key = self.site.options.jwt_secret.encode()
        return hmac.new(key, f"form\0{anchor}".encode(), hashlib.sha256).hexdigest()


def refuse_stranger() -> NoReturn:
    raise NotSignedInError("You are not signed in.", mend="Please sign in.")


SITE: web.AppKey[Site] = web.AppKey("site", Site)
VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)
