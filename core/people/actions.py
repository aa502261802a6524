"""What can be done to people. Actions take the unit of work, record, and never commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, InvalidInputError
from core.people.magic_links import ANY_PURPOSE, withdraw_links_of
from core.people.models import Identity, User
from core.people.naming import checked_address, checked_username
from core.people.queries import find_by_address
from core.people.sessions import revoke_sessions_of
from core.people.values import IdentityKind, Role, Standing

AUDITED_FIELDS = (
    "username",
    "email",
    "password_hash",
    "full_name",
    "role",
    "skills",
    "is_active",
    "email_verified",
    "time_zone",
    "standing",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewPerson:
    """Somebody to create. `email_verified` only where we know the mailbox to be theirs."""

    username: str
    email: str | None = None
    full_name: str = ""
    password_hash: str | None = None
    role: Role = Role.USER
    skills: Sequence[str] = ()
    email_verified: bool = False


def audited_state(user: User) -> dict[str, Any]:
    """The fields of a person that the audit log tells of; of a password only that it changed."""
    return {name: getattr(user, name) for name in AUDITED_FIELDS}


async def create_person(uow: UnitOfWork, new: NewPerson) -> User:
    """Add somebody with any role: the command line, seeding and administrators do this.

    Raises:
        InvalidInputError: username or address is malformed.
        ConflictError: the username or address is taken.
    """
    user = await _add_person(uow, new)
    uow.audit.record("user.created", user, after=audited_state(user), covers=await _identities(uow, user))
    return user


async def register(uow: UnitOfWork, new: NewPerson) -> User | None:
    """Public registration: always the role user, and an address that is not yet believed.

    Returns None where the address belongs to somebody already, so that the caller can mail its owner instead of
    telling a stranger.

    Raises:
        InvalidInputError: username or address is malformed, or the address is missing.
        ConflictError: the username is taken.
    """
    if not new.email:
        raise InvalidInputError("A mail address is missing.", field="email")
    await _require_free_username(uow, checked_username(new.username))
    if await find_by_address(uow, checked_address(new.email)) is not None:
        return None
    user = await _add_person(
        uow,
        NewPerson(username=new.username, email=new.email, full_name=new.full_name, password_hash=new.password_hash),
    )
    uow.audit.record("user.registered", user, after=audited_state(user), covers=await _identities(uow, user))
    return user


async def _add_person(uow: UnitOfWork, new: NewPerson) -> User:
    username = checked_username(new.username)
    email = checked_address(new.email) if new.email else None
    await _require_free_username(uow, username)
    if email and await find_by_address(uow, email) is not None:
        raise ConflictError(f"Somebody has the address {email} already.")
    now = uow.clock.now()
    user = User(
        organization_id=uow.actor.organization_id,
        username=username,
        email=email,
        password_hash=new.password_hash,
        full_name=" ".join(new.full_name.replace("\x00", "").split())[:200],
        role=new.role,
        skills=list(new.skills),
        is_active=True,
        email_verified=new.email_verified and email is not None,
        standing=Standing.MEMBER,
        time_zone="",
        created_at=now,
        updated_at=now,
    )
    uow.session.add(user)
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise ConflictError("Somebody took that username or address just now.", mend="Try again.") from error
    if email:
        await add_identity(uow, user, IdentityKind.EMAIL, email, verified=user.email_verified)
    return user


async def add_identity(
    uow: UnitOfWork, user: User, kind: IdentityKind, external_id: str, *, verified: bool
) -> Identity:
    """One more way to know this person. The caller's audit record covers it."""
    identity = identity_row(uow, user, kind, external_id, verified=verified)
    uow.session.add(identity)
    await uow.session.flush()
    return identity


def identity_row(uow: UnitOfWork, user: User, kind: IdentityKind, external_id: str, *, verified: bool) -> Identity:
    """An identity that is not yet in the session."""
    return Identity(
        organization_id=user.organization_id,
        user_id=user.id,
        kind=kind,
        external_id=external_id,
        verified=verified,
        created_at=uow.clock.now(),
    )


async def set_role(uow: UnitOfWork, user: User, role: Role) -> User:
    """Make somebody user, moderator or admin; it counts from their very next request.

    Raises:
        ConflictError: it would leave the desk without an admin.
    """
    if user.role is Role.ADMIN and role is not Role.ADMIN:
        await _require_another_admin(uow, user)
    before = audited_state(user)
    user.role = role
    user.updated_at = uow.clock.now()
    uow.audit.record("user.role_changed", user, before, audited_state(user))
    return user


async def deactivate(uow: UnitOfWork, user: User) -> User:
    """Shut somebody out at once: sessions and unused links end. Their tickets stay.

    Raises:
        ConflictError: it would leave the desk without an admin.
    """
    if user.role is Role.ADMIN:
        await _require_another_admin(uow, user)
    before = audited_state(user)
    user.is_active = False
    user.updated_at = uow.clock.now()
    await revoke_sessions_of(uow, user)
    await withdraw_links_of(uow, user, ANY_PURPOSE)
    uow.audit.record("user.deactivated", user, before, audited_state(user))
    return user


async def reactivate(uow: UnitOfWork, user: User) -> User:
    """Let somebody in again; their sessions and links stay ended."""
    before = audited_state(user)
    user.is_active = True
    user.updated_at = uow.clock.now()
    uow.audit.record("user.reactivated", user, before, audited_state(user))
    return user


async def change_profile(
    uow: UnitOfWork,
    user: User,
    *,
    full_name: str | None = None,
    skills: Sequence[str] | None = None,
    time_zone: str | None = None,
) -> User:
    """Set whichever fields of one's own profile are given."""
    before = audited_state(user)
    if full_name is not None:
        user.full_name = " ".join(full_name.split())[:200]
    if skills is not None:
        user.skills = list(dict.fromkeys(skill.strip() for skill in skills if skill.strip()))
    if time_zone is not None:
        user.time_zone = time_zone
    user.updated_at = uow.clock.now()
    uow.audit.record("user.profile_changed", user, before, audited_state(user))
    return user


async def _identities(uow: UnitOfWork, user: User) -> Sequence[Identity]:
    return (await uow.session.scalars(select(Identity).where(Identity.user_id == user.id))).all()


async def _require_free_username(uow: UnitOfWork, username: str) -> None:
    if await _username_taken(uow, username):
        raise ConflictError(f"The username {username} is taken.", mend="Choose another one.")


async def _username_taken(uow: UnitOfWork, username: str) -> bool:
    statement = select(User.id).where(User.organization_id == uow.actor.organization_id, User.username == username)
    return await uow.session.scalar(statement) is not None


async def _require_another_admin(uow: UnitOfWork, user: User) -> None:
    """Holds every admin's row until the unit of work ends, so that two cannot depose each other at the same moment."""
    admins = await uow.session.scalars(
        select(User.id)
        .where(User.organization_id == user.organization_id, User.role == Role.ADMIN, User.is_active.is_(True))
        .order_by(User.id)
        .with_for_update()
    )
    if set(admins) <= {user.id}:
        raise ConflictError(f"{user.display_name} is the only admin.", mend="Make somebody else an admin first.")
