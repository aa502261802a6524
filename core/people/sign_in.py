"""The ways in: password, one-time link, the first admin. What each proves, and what it leaves behind."""

from sqlalchemy import func, select

from core.conversations.actions import tell_sign_in_link
from core.db.unit_of_work import UnitOfWork
from core.errors import InvalidInputError, NotSignedInError
from core.people.actions import NewPerson, audited_state, create_person
from core.people.magic_links import (
    SIGN_IN_PURPOSES,
    LinkPurpose,
    create_magic_link,
    link_url,
    use_magic_link,
    withdraw_links_of,
)
from core.people.models import Identity, Organization, User
from core.people.naming import unused_username
from core.people.passwords import PasswordVerdict
from core.people.sessions import SignedIn, open_session, revoke_session, revoke_sessions_of
from core.people.values import IdentityKind, Role

WRONG_LOGIN = "This name and password do not belong together."
_INVITATIONS = {
    LinkPurpose.SIGN_IN: "Sign in",
    LinkPurpose.VERIFY_EMAIL: "Confirm your address",
    LinkPurpose.RESET_PASSWORD: "Choose a new password",
}


async def sign_in_with_password(uow: UnitOfWork, user_id: int, *, new_hash: str | None = None) -> SignedIn:
    """Open a session for somebody whose password was right (`Passwords.verify`, outside of any transaction).

    Raises:
        NotSignedInError: deactivated in the meantime.
    """
    user = await uow.session.get_one(User, user_id)
    if not user.is_active:
        raise NotSignedInError(WRONG_LOGIN)
    before = audited_state(user)
    if new_hash:
        user.password_hash = new_hash
    signed_in = await open_session(uow, user)
    uow.audit.record("user.signed_in", user, before, {**audited_state(user), "by": "password"})
    return signed_in


async def record_failed_sign_in(uow: UnitOfWork, user_id: int | None) -> None:
    """Note a wrong password. What was typed as the name is not kept: now and then it is somebody's password."""
    if user_id is None:
        organization = await uow.session.get_one(Organization, uow.actor.organization_id)
        uow.audit.record("user.sign_in_failed", organization, after={"reason": "unknown name"})
    else:
        user = await uow.session.get_one(User, user_id)
        uow.audit.record("user.sign_in_failed", user, after={"reason": "wrong password"})


async def record_unknown_address(uow: UnitOfWork) -> None:
    """Note that somebody asked for a link to an address that nobody here has."""
    organization = await uow.session.get_one(Organization, uow.actor.organization_id)
    uow.audit.record("user.link_refused", organization, after={"reason": "unknown address"})


async def sign_out(uow: UnitOfWork, signed_in: SignedIn) -> None:
    """End this session; others of the same person go on."""
    await revoke_session(uow, signed_in.session_id)
    user = await uow.session.get_one(User, signed_in.user_id)
    uow.audit.record("user.signed_out", user)


async def issue_magic_link(
    uow: UnitOfWork, user: User, *, link_key: str, purpose: LinkPurpose = LinkPurpose.SIGN_IN
) -> None:
    """Mail a one-time link to somebody; earlier unused ones of the same purpose end."""
    await withdraw_links_of(uow, user, frozenset({purpose}))
    link = await create_magic_link(uow, user, link_key=link_key, purpose=purpose)
    await tell_sign_in_link(uow, user, link, invitation=_INVITATIONS[purpose])
    uow.audit.record("user.link_mailed", user, after={"purpose": purpose.value})


async def show_magic_link(uow: UnitOfWork, user: User, *, link_key: str) -> str:
    """A sign-in link to hand over by other means than mail: whoever runs the command line may."""
    link = await create_magic_link(uow, user, link_key=link_key, purpose=LinkPurpose.HANDED_OVER)
    uow.audit.record("user.link_shown", user, after={"purpose": link.purpose})
    return link_url(uow.policy.app_url, link_key, link)


async def redeem_magic_link(uow: UnitOfWork, token: str) -> SignedIn:
    """Sign in with a link, once. A mailed link proves the mailbox: the address is believed from now on.

    Raises:
        NotSignedInError: unknown, used or expired.
    """
    user, purpose = await use_magic_link(uow, token, SIGN_IN_PURPOSES)
    before = audited_state(user)
    if purpose is LinkPurpose.SIGN_IN and user.email and not user.email_verified:
        await _withdraw_unproven_password(uow, user)
        await _believe_address(uow, user)
    signed_in = await open_session(uow, user)
    uow.audit.record("user.signed_in", user, before, {**audited_state(user), "by": purpose.value})
    return signed_in


async def verify_email(uow: UnitOfWork, token: str) -> User:
    """Believe the address of whoever registered it, now that its owner has said so.

    Raises:
        NotSignedInError: the link is unknown, used or expired.
    """
    user, _purpose = await use_magic_link(uow, token, frozenset({LinkPurpose.VERIFY_EMAIL}))
    before = audited_state(user)
    await _believe_address(uow, user)
    uow.audit.record("user.email_verified", user, before, audited_state(user))
    return user


async def reset_password(uow: UnitOfWork, token: str, password_hash: str) -> User:
    """Set the password of whoever got the link by mail; every session ends, so that a thief is out too.

    Raises:
        NotSignedInError: the link is unknown, used or expired.
    """
    user, _purpose = await use_magic_link(uow, token, frozenset({LinkPurpose.RESET_PASSWORD}))
    before = audited_state(user)
    user.password_hash = password_hash
    await _believe_address(uow, user)
    await revoke_sessions_of(uow, user)
    uow.audit.record("user.password_reset", user, before, audited_state(user))
    return user


def require_right_password(verdict: PasswordVerdict) -> None:
    """Raises InvalidInputError where the current password, asked for before a change, is wrong."""
    if not verdict.is_right:
        raise InvalidInputError("The current password is wrong.", field="current_password")


async def set_password(uow: UnitOfWork, user: User, password_hash: str, *, session_id: str = "") -> None:
    """Give somebody a new password; their sessions end, but for the one that asks."""
    before = audited_state(user)
    user.password_hash = password_hash
    user.updated_at = uow.clock.now()
    await revoke_sessions_of(uow, user, except_id=session_id)
    uow.audit.record("user.password_changed", user, before, audited_state(user))


async def bootstrap_admin_link(uow: UnitOfWork, *, link_key: str) -> str | None:
    """A fresh link for the first admin, or None once any admin has signed in. Links printed earlier end."""
    organization_id = uow.actor.organization_id
    # Replicas that start at one moment wait here for each other, so that one makes the admin and the others find them.
    await uow.session.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update())
    signed_in_admins = await uow.session.scalar(
        select(func.count())
        .select_from(User)
        .where(User.organization_id == organization_id, User.role == Role.ADMIN, User.last_signed_in_at.is_not(None))
    )
    if signed_in_admins:
        return None
    admin: User | None = await uow.session.scalar(
        select(User)
        .where(User.organization_id == organization_id, User.role == Role.ADMIN, User.is_active.is_(True))
        .order_by(User.id)
        .limit(1)
    )
    if admin is None:
        username = await unused_username(uow, "admin")
        admin = await create_person(uow, NewPerson(username=username, full_name="Admin", role=Role.ADMIN))
    await withdraw_links_of(uow, admin, frozenset({LinkPurpose.FIRST_ADMIN}))
    link = await create_magic_link(uow, admin, link_key=link_key, purpose=LinkPurpose.FIRST_ADMIN)
    return link_url(uow.policy.app_url, link_key, link)


async def _withdraw_unproven_password(uow: UnitOfWork, user: User) -> None:
    """Somebody may have registered another's address; whoever proves the mailbox must not share the account."""
    user.password_hash = None
    await revoke_sessions_of(uow, user)


async def _believe_address(uow: UnitOfWork, user: User) -> None:
    user.email_verified = True
    user.updated_at = uow.clock.now()
    identities = await uow.session.scalars(
        select(Identity).where(
            Identity.user_id == user.id, Identity.kind == IdentityKind.EMAIL, Identity.external_id == user.email
        )
    )
    for identity in identities:
        if not identity.verified:
            identity.verified = True
            uow.audit.record("user.address_verified", identity, {"verified": False}, {"verified": True})
