"""Who is signed in: a short signed token that the client holds, and a row that can end it at any time.

The token (JWT, RFC 7519, HS256) only names the session. Role and standing are read from the database with every
request, so that whoever was demoted, deactivated or signed out has lost their rights at once.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from sqlalchemy import select, update

from core.clock import Clock
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import ConfigurationError, NotSignedInError
from core.people.models import Session, User
from core.people.values import Actor, Role

SECRET_BYTES = 32
SESSION_LIFETIME = timedelta(hours=12)
_ALGORITHM = "HS256"
_SIGN_IN_AGAIN = "Please sign in again."


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """Somebody with an active session, as they stand in the database now."""

    session_id: str
    session_expires_at: datetime
    user_id: int
    organization_id: int
    username: str
    name: str
    email: str | None
    email_verified: bool
    role: Role
    skills: tuple[str, ...]
    time_zone: str

    def actor(self, *, channel: str, address: str, user_agent: str) -> Actor:
        return Actor(
            organization_id=self.organization_id,
            user_id=self.user_id,
            role=self.role,
            name=self.name,
            channel=channel,
            address=address,
            user_agent=user_agent,
            address_unproven=self.email is not None and not self.email_verified,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a genuine token says. `has_expired` tokens still name a session that may renew them."""

    session_id: str
    user_id: int
    organization_id: int
    issued_at: datetime
    expires_at: datetime
    has_expired: bool


class SessionTokens:
    """Signs and reads the tokens of one deployment.

    Raises:
        ConfigurationError: the secret is shorter than an HS256 key has to be (RFC 7518 3.2).
    """

    def __init__(self, secret: str, *, lifetime: timedelta, clock: Clock) -> None:
        if len(secret.encode()) < SECRET_BYTES:
            raise ConfigurationError(f"JWT_SECRET needs at least {SECRET_BYTES} bytes.")
        self._secret = secret
        self._lifetime = lifetime
        self._clock = clock

    def issue(self, signed_in: SignedIn) -> str:
        """A token for an active session; it never outlives it."""
        now = self._clock.now()
        claims = {
            "sub": str(signed_in.user_id),
            "sid": signed_in.session_id,
            "org": signed_in.organization_id,
            "role": signed_in.role.value,
            "iat": int(now.timestamp()),
            "exp": int(min(now + self._lifetime, signed_in.session_expires_at).timestamp()),
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def read(self, token: str) -> Claims:
        """Believe nothing that we did not sign.

        Raises:
            NotSignedInError: forged, damaged or not a token at all.
        """
        options = {"verify_exp": False, "verify_iat": False, "require": ["sub", "sid", "org", "iat", "exp"]}
        try:
            claims = jwt.decode(token, self._secret, algorithms=[_ALGORITHM], options=options)  # type: ignore[arg-type]  # a TypedDict in the stubs
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
            return Claims(
                session_id=str(claims["sid"]),
                user_id=int(claims["sub"]),
                organization_id=int(claims["org"]),
                issued_at=datetime.fromtimestamp(claims["iat"], UTC),
                expires_at=expires_at,
                has_expired=expires_at <= self._clock.now(),
            )
        except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, OSError) as error:
            raise NotSignedInError("This session is not valid.", mend=_SIGN_IN_AGAIN) from error

    def wants_renewal(self, claims: Claims) -> bool:
        """True once less than half of the token's life is left."""
        return self._clock.now() >= claims.issued_at + (claims.expires_at - claims.issued_at) / 2


async def open_session(uow: UnitOfWork, user: User) -> SignedIn:
    """Start a session of `SESSION_LIFETIME` for somebody who has just proven who they are."""
    now = uow.clock.now()
    session = Session(
        id=secrets.token_urlsafe(24),
        user_id=user.id,
        created_at=now,
        expires_at=now + SESSION_LIFETIME,
        address=uow.actor.address[:100],
        user_agent=uow.actor.user_agent[:1000],
    )
    uow.session.add(session)
    user.last_signed_in_at = now
    await uow.session.flush()
    return _signed_in(session, user)


async def find_signed_in(reading: Reading, claims: Claims) -> SignedIn:
    """The person behind a token, if their session is still active and they are still welcome.

    Raises:
        NotSignedInError: signed out, expired, or deactivated since.
    """
    found = await reading.session.execute(
        select(Session, User)
        .join(User, User.id == Session.user_id)
        .where(
            Session.id == claims.session_id,
            User.id == claims.user_id,
            User.organization_id == claims.organization_id,
            User.is_active.is_(True),
            Session.revoked_at.is_(None),
            Session.expires_at > reading.clock.now(),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise NotSignedInError("This session has ended.", mend=_SIGN_IN_AGAIN)
    session, user = row
    return _signed_in(session, user)


async def revoke_session(uow: UnitOfWork, session_id: str) -> None:
    """End one session; its token is worth nothing from the commit on."""
    await uow.session.execute(
        update(Session).where(Session.id == session_id, Session.revoked_at.is_(None)).values(revoked_at=uow.clock.now())
    )


async def revoke_sessions_of(uow: UnitOfWork, user: User, *, except_id: str = "") -> None:
    """End every session of a person (or every other one): deactivated, or their password was changed."""
    await uow.session.execute(
        update(Session)
        .where(Session.user_id == user.id, Session.revoked_at.is_(None), Session.id != except_id)
        .values(revoked_at=uow.clock.now())
    )


def _signed_in(session: Session, user: User) -> SignedIn:
    return SignedIn(
        session_id=session.id,
        session_expires_at=session.expires_at,
        user_id=user.id,
        organization_id=user.organization_id,
        username=user.username,
        name=user.display_name,
        email=user.email,
        email_verified=user.email_verified,
        role=user.role,
        skills=tuple(user.skills),
        time_zone=user.time_zone,
    )
