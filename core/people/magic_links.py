"""One-time links by mail: to sign in, to confirm an address, to choose a new password.

The token is HMAC-SHA256(link key, purpose and nonce): computed when it is shown or mailed, never stored. The row keeps
its SHA-256, so that a stolen database opens nothing, and a job that mails a link holds the row's id alone.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select, update

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import NotSignedInError
from core.people.models import MagicLink, User


class LinkPurpose(StrEnum):
    SIGN_IN = "sign_in"
    HANDED_OVER = "handed_over"  # printed by the command line; proves no mailbox
    FIRST_ADMIN = "first_admin"  # printed at start until an admin has signed in
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (a purpose, not a password)


LIFETIME = {
    LinkPurpose.SIGN_IN: timedelta(minutes=15),
    LinkPurpose.HANDED_OVER: timedelta(minutes=15),
    LinkPurpose.FIRST_ADMIN: timedelta(hours=1),
    LinkPurpose.VERIFY_EMAIL: timedelta(hours=24),
    LinkPurpose.RESET_PASSWORD: timedelta(minutes=15),
}
SIGN_IN_PURPOSES = frozenset({LinkPurpose.SIGN_IN, LinkPurpose.HANDED_OVER, LinkPurpose.FIRST_ADMIN})
ANY_PURPOSE = frozenset(LinkPurpose)


def link_token(link_key: str, link: MagicLink) -> str:
    """The secret of a link, 43 characters that may stand in an address."""
    return _token(link_key, link.purpose, link.nonce)


def link_url(app_url: str, link_key: str, link: MagicLink) -> str:
    """The address to mail or print."""
    return f"{app_url}/auth/magic-link/{link_token(link_key, link)}"


def _token(link_key: str, purpose: str, nonce: str) -> str:
    digest = hmac.new(link_key.encode(), f"magic-link\0{purpose}\0{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def create_magic_link(uow: UnitOfWork, user: User, *, link_key: str, purpose: LinkPurpose) -> MagicLink:
    """A new link for this person, good once and for `LIFETIME[purpose]`. Nothing is mailed here."""
    now = uow.clock.now()
    nonce = secrets.token_urlsafe(24)
    link = MagicLink(
        user_id=user.id,
        purpose=purpose.value,
        token_hash=_token_hash(_token(link_key, purpose.value, nonce)),
        nonce=nonce,
        created_at=now,
        expires_at=now + LIFETIME[purpose],
    )
    uow.session.add(link)
    await uow.session.flush()
    return link


async def use_magic_link(uow: UnitOfWork, token: str, purposes: frozenset[LinkPurpose]) -> tuple[User, LinkPurpose]:
    """Spend a link: of two requests with the same token, one gets the person.

    Raises:
        NotSignedInError: unknown, used or expired, or its owner is deactivated.
    """
    now = uow.clock.now()
    spent = await uow.session.execute(
        update(MagicLink)
        .where(
            MagicLink.token_hash == _token_hash(token),
            MagicLink.purpose.in_([purpose.value for purpose in purposes]),
            MagicLink.used_at.is_(None),
            MagicLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(MagicLink.user_id, MagicLink.purpose)
    )
    row = spent.one_or_none()
    user = await uow.session.get(User, row.user_id) if row else None
    if row is None or user is None or not user.is_active:
        raise _spent()
    return user, LinkPurpose(row.purpose)


async def find_link(reading: Reading, token: str) -> tuple[User, LinkPurpose]:
    """Whose link this is and what it opens, changing nothing.

    Raises:
        NotSignedInError: as `use_magic_link` would.
    """
    found = await reading.session.execute(
        select(User, MagicLink.purpose)
        .join(MagicLink, MagicLink.user_id == User.id)
        .where(
            MagicLink.token_hash == _token_hash(token),
            MagicLink.used_at.is_(None),
            MagicLink.expires_at > reading.clock.now(),
            User.is_active.is_(True),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise _spent()
    user, purpose = row
    return user, LinkPurpose(purpose)


async def withdraw_links_of(uow: UnitOfWork, user: User, purposes: frozenset[LinkPurpose]) -> None:
    """Make the unused links of these purposes worthless."""
    await uow.session.execute(
        update(MagicLink)
        .where(
            MagicLink.user_id == user.id,
            MagicLink.used_at.is_(None),
            MagicLink.purpose.in_([purpose.value for purpose in purposes]),
        )
        .values(used_at=uow.clock.now())
    )


def _spent() -> NotSignedInError:
    return NotSignedInError("This link has been used, or has expired.", mend="Ask for a new one.")
