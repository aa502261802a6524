"""From somebody as a door knows them to a person of the desk."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.db.unit_of_work import UnitOfWork
from core.errors import InvalidInputError, TryAgainLaterError
from core.people.actions import add_identity, audited_state, checked_address, unused_username
from core.people.models import Identity, User
from core.people.values import IdentityKind, Role, Sender

IDENTITY_LENGTH = 320


async def find_or_create_person(uow: UnitOfWork, sender: Sender) -> User:
    """The person behind a mail address or Slack user, made on first sight.

    An unverified sender is joined to the person of that address, so that their message lands with the others, but
    gains no rights: see `role_of_sender`.

    Raises:
        TryAgainLaterError: another transaction made the same person at this moment.
    """
    external_id = sender.external_id.strip().replace("\x00", "")[:IDENTITY_LENGTH]
    if sender.kind is IdentityKind.EMAIL:
        external_id = external_id.lower()
    identity = await _identity(uow, sender.kind, external_id)
    if identity is not None:
        return await _known(uow, identity, sender)
    try:
        async with uow.session.begin_nested():
            return await _first_seen(uow, sender, external_id)
    except IntegrityError as error:
        raise TryAgainLaterError("Somebody with this address is being added just now.") from error


async def is_known(uow: UnitOfWork, sender: Sender) -> bool:
    """Whether the desk has met this address or Slack user before."""
    external_id = sender.external_id.strip().replace("\x00", "")[:IDENTITY_LENGTH]
    if sender.kind is not IdentityKind.EMAIL:
        return await _identity(uow, sender.kind, external_id) is not None
    return await _by_address(uow, external_id.lower()) is not None


def role_of_sender(user: User, sender: Sender) -> Role:
    """What a message of this sender may do: a forged From line must not act as the moderator it names."""
    return user.role if sender.verified and user.is_active else Role.USER


async def _known(uow: UnitOfWork, identity: Identity, sender: Sender) -> User:
    user = await uow.session.get_one(User, identity.user_id)
    before = audited_state(user)
    if sender.name and not user.full_name:
        user.full_name = _cleaned(sender.name)
    # Where a password exists, whoever registered the address need not be who writes from it: only a link proves that.
    newly_proven = sender.verified and not identity.verified and user.password_hash is None
    if newly_proven:
        identity.verified = True
        if user.email == identity.external_id:
            user.email_verified = True
    if newly_proven or audited_state(user) != before:
        user.updated_at = uow.clock.now()
        uow.audit.record("user.recognised", user, before, audited_state(user), covers=[identity])
    return user


async def _first_seen(uow: UnitOfWork, sender: Sender, external_id: str) -> User:
    email = _usable_address(external_id if sender.kind is IdentityKind.EMAIL else sender.email)
    if sender.kind is IdentityKind.SLACK and not sender.verified:
        email = None
    user = await _by_address(uow, email) if email else None
    if user is not None:
        identity = await add_identity(uow, user, sender.kind, external_id, verified=sender.verified)
        after = {"identity": f"{sender.kind.value}:{external_id}"}
        uow.audit.record("user.identity_added", user, after=after, covers=[identity])
        return user
    now = uow.clock.now()
    user = User(
        organization_id=uow.actor.organization_id,
        username=await unused_username(uow, sender.name or external_id.partition("@")[0]),
        email=email,
        password_hash=None,
        full_name=_cleaned(sender.name),
        role=Role.USER,
        skills=[],
        is_active=True,
        email_verified=sender.verified and email is not None,
        time_zone="",
        created_at=now,
        updated_at=now,
    )
    uow.session.add(user)
    await uow.session.flush()
    identities = [await add_identity(uow, user, sender.kind, external_id, verified=sender.verified)]
    if email and sender.kind is IdentityKind.SLACK:
        identities.append(await add_identity(uow, user, IdentityKind.EMAIL, email, verified=True))
    uow.audit.record("user.first_seen", user, after=audited_state(user), covers=identities)
    return user


async def _identity(uow: UnitOfWork, kind: IdentityKind, external_id: str) -> Identity | None:
    return (
        await uow.session.scalars(
            select(Identity).where(
                Identity.organization_id == uow.actor.organization_id,
                Identity.kind == kind,
                Identity.external_id == external_id,
            )
        )
    ).one_or_none()


async def _by_address(uow: UnitOfWork, email: str) -> User | None:
    identity = await _identity(uow, IdentityKind.EMAIL, email)
    if identity is not None:
        return await uow.session.get_one(User, identity.user_id)
    return (
        await uow.session.scalars(
            select(User).where(User.organization_id == uow.actor.organization_id, User.email == email)
        )
    ).one_or_none()


def _usable_address(address: str) -> str | None:
    try:
        return checked_address(address)
    except InvalidInputError:
        return None


def _cleaned(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:200]
