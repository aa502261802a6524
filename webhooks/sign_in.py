"""The ways in and out, the same for the pages and the JSON API: limits first, then one unit of work each.

Passwords are compared outside of any transaction; whether a name or address is known here shows in no answer.
"""

from collections.abc import Sequence
from dataclasses import replace

from core.errors import NotSignedInError
from core.people import sign_in
from core.people.actions import NewPerson, register
from core.people.magic_links import LinkPurpose
from core.people.models import User
from core.people.naming import checked_address, checked_username
from core.people.passwords import PasswordVerdict, check_password
from core.people.queries import find_for_sign_in, get_user
from core.people.sessions import SignedIn
from core.people.values import Actor
from webhooks.rate_limits import Limit
from webhooks.site import Visit


async def with_password(visit: Visit, login: str, password: str) -> SignedIn:
    """Sign in by username or mail address.

    Raises:
        NotSignedInError: they do not belong together, or nobody has this name: one message for both.
        LimitReachedError: too many tries from this address, or on this account.
    """
    limits = visit.site.limits
    account = login.strip().lower()[:320]
    await limits.count(Limit.SIGN_INS_OF_ADDRESS, visit.address)
    await limits.count(Limit.SIGN_INS_OF_ACCOUNT, account, visit.address)
    await limits.count(Limit.SIGN_INS_OF_ACCOUNT_ANYWHERE, account)
    async with visit.reading() as reading:
        candidates = await find_for_sign_in(reading, login)
    user, verdict = await _compare(visit, candidates, password)
    if user is None:
        await _note_failure(visit, candidates[0] if candidates else None)
        raise NotSignedInError(sign_in.WRONG_LOGIN)
    async with visit.unit_of_work(_as_person(visit, user)) as uow:
        signed_in = await sign_in.sign_in_with_password(uow, user.id, new_hash=verdict.new_hash)
        await uow.commit()
    await limits.forgive(Limit.SIGN_INS_OF_ACCOUNT, account, visit.address)
    return let_in(visit, signed_in)


async def _compare(visit: Visit, candidates: Sequence[User], password: str) -> tuple[User | None, PasswordVerdict]:
    """Whose password it is. Without any candidate it is compared all the same, so that the time tells nothing."""
    for candidate in candidates:
        verdict = await visit.site.passwords.verify(candidate.password_hash, password)
        if verdict.is_right:
            return candidate, verdict
    return None, verdict if candidates else await visit.site.passwords.verify(None, password)


async def _note_failure(visit: Visit, user: User | None) -> None:
    organization_id = user.organization_id if user else visit.site.organization_id
    async with visit.unit_of_work(replace(visit.actor, organization_id=organization_id)) as uow:
        await sign_in.record_failed_sign_in(uow, user.id if user else None)
        await uow.commit()


async def with_link(visit: Visit, token: str) -> SignedIn:
    """Sign in by spending a one-time link.

    Raises:
        NotSignedInError: unknown, used or expired.
    """
    await visit.site.limits.count(Limit.REDEMPTIONS_OF_ADDRESS, visit.address)
    async with visit.unit_of_work() as uow:
        signed_in = await sign_in.redeem_magic_link(uow, token)
        await uow.commit()
    return let_in(visit, signed_in)


def let_in(visit: Visit, signed_in: SignedIn) -> SignedIn:
    """From here on the visit is this person's, and its answer sets their cookie."""
    visit.signed_in = signed_in
    visit.new_token = visit.site.tokens.issue(signed_in)
    visit.signs_out = False
    return signed_in


async def out(visit: Visit) -> None:
    """End the session, if there is one."""
    if visit.signed_in is not None:
        async with visit.unit_of_work() as uow:
            await sign_in.sign_out(uow, visit.signed_in)
            await uow.commit()
    visit.signed_in, visit.new_token, visit.signs_out = None, "", True


async def mail_link(visit: Visit, address: str, purpose: LinkPurpose) -> None:
    """Mail a link to whoever has this address; for an address that nobody has, the same silence.

    Raises:
        InvalidInputError: it is no address.
        LimitReachedError: asked for too often.
    """
    email = checked_address(address)
    await visit.site.limits.count(Limit.LINKS_OF_ADDRESS, visit.address)
    await visit.site.limits.count(Limit.LINKS_OF_ACCOUNT, email)
    async with visit.reading() as reading:
        people = await find_for_sign_in(reading, email)
    for person in people:
        async with visit.unit_of_work(replace(visit.actor, organization_id=person.organization_id)) as uow:
            user = await uow.session.get_one(User, person.id)
            await sign_in.issue_magic_link(uow, user, link_key=visit.desk.link_key, purpose=purpose)
            await uow.commit()
    if not people:
        async with visit.unit_of_work() as uow:  # as long a way as for a known address
            await sign_in.record_unknown_address(uow)
            await uow.commit()


async def join(visit: Visit, new: NewPerson, password: str) -> None:
    """Register somebody.

    Where the address belongs to somebody already, its owner gets a sign-in link and the caller hears the same answer
    as for a new one.

    Raises:
        InvalidInputError: name, address or password will not do.
        ConflictError: the username is taken.
    """
    username, email = checked_username(new.username), checked_address(new.email or "")
    check_password(password, personal=(username, email, new.full_name))
    await visit.site.limits.count(Limit.REGISTRATIONS_OF_ADDRESS, visit.address)
    password_hash = await visit.site.passwords.hash(password)
    async with visit.unit_of_work() as uow:
        user = await register(uow, replace(new, username=username, email=email, password_hash=password_hash))
        if user is not None:
            await sign_in.issue_magic_link(uow, user, link_key=visit.desk.link_key, purpose=LinkPurpose.VERIFY_EMAIL)
            await uow.commit()
    if user is None:
        await mail_link(visit, email, LinkPurpose.SIGN_IN)


async def confirm_address(visit: Visit, token: str) -> User:
    """Believe a mail address by its link.

    Raises:
        NotSignedInError: unknown, used or expired.
    """
    await visit.site.limits.count(Limit.REDEMPTIONS_OF_ADDRESS, visit.address)
    async with visit.unit_of_work() as uow:
        user = await sign_in.verify_email(uow, token)
        await uow.commit()
    return user


async def reset_password(visit: Visit, token: str, password: str) -> None:
    """Choose a new password by a mailed link; every session ends.

    Raises:
        InvalidInputError: the password will not do.
        NotSignedInError: the link is unknown, used or expired.
    """
    check_password(password)
    await visit.site.limits.count(Limit.REDEMPTIONS_OF_ADDRESS, visit.address)
    password_hash = await visit.site.passwords.hash(password)
    async with visit.unit_of_work() as uow:
        await sign_in.reset_password(uow, token, password_hash)
        await uow.commit()


async def change_password(visit: Visit, current: str, password: str) -> None:
    """Set one's own password. Whoever has one must show it; the other sessions end.

    Raises:
        InvalidInputError: the current password is wrong, or the new one will not do.
    """
    person = visit.person
    check_password(password, personal=(person.username, person.email, person.name))
    await visit.site.limits.count(Limit.SIGN_INS_OF_ACCOUNT, person.username, visit.address)
    async with visit.reading() as reading:
        user = await get_user(reading, person.user_id)
    if user.password_hash is not None:
        verdict = await visit.site.passwords.verify(user.password_hash, current)
        sign_in.require_right_password(verdict)
    password_hash = await visit.site.passwords.hash(password)
    async with visit.unit_of_work() as uow:
        user = await uow.session.get_one(User, person.user_id)
        await sign_in.set_password(uow, user, password_hash, session_id=person.session_id)
        await uow.commit()


def _as_person(visit: Visit, user: User) -> Actor:
    return replace(
        visit.actor, organization_id=user.organization_id, user_id=user.id, role=user.role, name=user.display_name
    )
