"""One person, several mail addresses; and two people who turn out to be one."""

from sqlalchemy import select, update

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, ForbiddenError
from core.people.actions import add_identity, audited_state
from core.people.models import Identity, User
from core.people.naming import checked_address
from core.people.values import IdentityKind, Permission, Role
from core.tickets.models import Participant, Reply, Ticket


async def add_address(uow: UnitOfWork, user: User, address: str) -> User:
    """Know somebody by one more mail address. Mail to them still goes to the address of their profile.

    Whoever has been known by that address until now is joined to them, with their tickets and replies, if they have
    only ever written: nobody who signs in or works tickets disappears.

    Raises:
        ForbiddenError: the actor may not manage people.
        InvalidInputError: it is no mail address.
        ConflictError: it belongs to somebody who signs in here.
    """
    if not uow.actor.may(Permission.MANAGE_PEOPLE):
        raise ForbiddenError("Only admins can do that.")
    email = checked_address(address)
    other = await _known_by(uow, user, email)
    if other is None:
        identity = await add_identity(uow, user, IdentityKind.EMAIL, email, verified=True)
        uow.audit.record("user.address_added", user, after={"email": email}, covers=[identity])
    elif other.id != user.id:
        await absorb(uow, user, other, email)
    return user


async def _known_by(uow: UnitOfWork, user: User, email: str) -> User | None:
    identity = await uow.session.scalar(
        select(Identity).where(
            Identity.organization_id == user.organization_id,
            Identity.kind == IdentityKind.EMAIL,
            Identity.external_id == email,
        )
    )
    return await uow.session.get_one(User, identity.user_id) if identity else None


async def absorb(uow: UnitOfWork, user: User, other: User, email: str) -> None:
    """Let `other`, who is the same person and has only ever written, become `user`, known also by `email`.

    Raises:
        ConflictError: `other` signs in here or works tickets.
    """
    if other.role is not Role.USER or other.password_hash is not None or other.last_signed_in_at is not None:
        raise ConflictError(f"{email} belongs to {other.display_name}, who signs in here.")
    before = audited_state(other)
    moved = await _move_what_they_wrote(uow, user, other)
    identities = (await uow.session.scalars(select(Identity).where(Identity.user_id == other.id))).all()
    for identity in identities:
        identity.user_id = user.id
        identity.verified = True
    other.email, other.is_active, other.updated_at = None, False, uow.clock.now()
    uow.audit.record("user.joined_to", other, before, {**audited_state(other), "joined_to": user.username})
    uow.audit.record("user.address_added", user, after={"email": email, **moved}, covers=identities)


async def _move_what_they_wrote(uow: UnitOfWork, user: User, other: User) -> dict[str, int]:
    """Tickets, replies and places in conversations. In bulk: the record of the joining tells of them all."""
    moved = {}
    for name, table, column in (
        ("tickets", Ticket.__table__, Ticket.__table__.c.created_by_id),
        ("replies", Reply.__table__, Reply.__table__.c.author_id),
    ):
        statement = update(table).where(column == other.id).values({column.name: user.id})  # type: ignore[arg-type]  # a Table
        moved[name] = (await uow.session.execute(statement)).rowcount  # type: ignore[attr-defined]  # of an update
    places = (await uow.session.scalars(select(Participant).where(Participant.user_id == other.id))).all()
    taken = set(await uow.session.scalars(select(Participant.ticket_id).where(Participant.user_id == user.id)))
    for place in places:
        if place.ticket_id in taken:
            await uow.session.delete(place)
        else:
            place.user_id = user.id
    return moved
