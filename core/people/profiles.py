"""What a channel's directory tells of somebody whom the desk has met already."""

from dataclasses import dataclass

import structlog
from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, InvalidInputError
from core.people.actions import audited_state, identity_row
from core.people.joining import absorb
from core.people.models import Identity, User
from core.people.naming import checked_address
from core.people.queries import find_by_address
from core.people.values import IdentityKind, Sender

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the directory says now. `called` is what a message called them, which any better name replaces."""

    sender: Sender
    called: str = ""


async def learn_profile(uow: UnitOfWork, profile: Profile) -> User | None:
    """Give somebody their name and confirmed address; None where the desk does not know them.

    Whoever is known by that address is the same person: they are joined, unless both sign in here.
    """
    sender = profile.sender
    user: User | None = await uow.session.scalar(
        select(User)
        .join(Identity, Identity.user_id == User.id)
        .where(
            Identity.organization_id == uow.actor.organization_id,
            Identity.kind == sender.kind,
            Identity.external_id == sender.external_id,
        )
    )
    if user is None:
        return None
    before = audited_state(user)
    if sender.name and user.full_name in {"", profile.called}:
        user.full_name = " ".join(sender.name.replace("\x00", "").split())[:200]
    if sender.standing is not None:
        user.standing = sender.standing
    known = await _add_address(uow, user, sender.email)
    if audited_state(user) != before:
        user.updated_at = uow.clock.now()
        identities = (await uow.session.scalars(select(Identity).where(Identity.user_id == user.id))).all()
        uow.audit.record("user.recognised", user, before, audited_state(user), covers=identities)
    return await _joined(uow, user, known) if known else user


async def _add_address(uow: UnitOfWork, user: User, address: str) -> User | None:
    """Add an address that nobody has; gives whoever else has it."""
    try:
        email = checked_address(address)
    except InvalidInputError:
        return None
    owner = await find_by_address(uow, email)
    if owner is None and user.email is None:
        user.email, user.email_verified = email, True
        uow.session.add(identity_row(uow, user, IdentityKind.EMAIL, email, verified=True))
        await uow.session.flush()
    return owner if owner is not None and owner.id != user.id else None


async def _joined(uow: UnitOfWork, user: User, known: User) -> User:
    try:
        await absorb(uow, known, user, known.email or "")
    except ConflictError:
        log.warning("people.not_joined", user=user.id, known=known.id)
        return user
    return known
