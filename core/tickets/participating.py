"""Bringing somebody into one ticket, a guest or an outside address too, and letting them go again.

Whoever is added sees this ticket and gets its public replies. Their role, and what else they may see, stays as it is.
"""

from sqlalchemy import delete, func, select

from core.conversations.notices import Notice, tell_alone
from core.conversations.parting import take_back_from
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from core.people.identities import find_or_create_person
from core.people.models import User
from core.people.naming import checked_address
from core.people.organizations import without_desk_addresses
from core.people.queries import find_user, slack_id_of
from core.people.values import IdentityKind, Permission, Sender
from core.tickets.actions import changed
from core.tickets.models import Participant, Ticket
from core.tickets.values import MOST_PARTICIPANTS


async def person_named(uow: UnitOfWork, name: str) -> User:
    """Somebody by address, username or Slack id; who writes from an address that nobody knows is met by it.

    Raises:
        NotFoundError: nobody goes by this name, and it is no address.
        InvalidInputError: the address is one of this desk's own.
    """
    try:
        return await find_user(uow, name)
    except NotFoundError:
        if "@" not in name.strip("@ "):
            raise
    address = checked_address(name.strip())
    if not await without_desk_addresses(uow, [address]):
        raise InvalidInputError("This address is the desk's own.", field="name", mend="Name a person's.")
    return await find_or_create_person(uow, Sender(kind=IdentityKind.EMAIL, external_id=address))


async def add_participant(uow: UnitOfWork, ticket: Ticket, person: User) -> None:
    """Let somebody take part in this ticket, and in no other.

    Raises:
        ForbiddenError: the actor works no tickets.
        ConflictError: they take part, work tickets, were shut out, or there is no room for more.
    """
    _require_moderator(uow)
    if person.role_may_work:
        raise ConflictError(f"{person.display_name} works tickets, and sees this one anyway.")
    if not person.is_active:
        raise ConflictError(f"{person.display_name} was shut out of this desk.", mend="An admin can let them in again.")
    if person.id == ticket.created_by_id or await _takes_part(uow, ticket, person):
        raise ConflictError(f"{person.display_name} takes part in ticket #{ticket.number} already.")
    of_ticket = select(func.count()).where(Participant.ticket_id == ticket.id)
    if (await uow.session.scalar(of_ticket) or 0) >= MOST_PARTICIPANTS:
        raise ConflictError(f"At most {MOST_PARTICIPANTS} people take part in a ticket.", mend="Remove somebody first.")
    uow.session.add(
        Participant(ticket_id=ticket.id, user_id=person.id, added_at=uow.clock.now(), is_told_directly=True)
    )
    uow.audit.record("ticket.participant_added", ticket, after={"participant": person.username})
    changed(uow, ticket)
    await _tell_added(uow, ticket, person)


async def remove_participant(uow: UnitOfWork, ticket: Ticket, person: User) -> None:
    """End somebody's part in a ticket: they see it no more, and hear nothing more of it.

    Raises:
        ForbiddenError: the actor works no tickets.
        ConflictError: they filed it, or take no part in it.
    """
    _require_moderator(uow)
    if person.id == ticket.created_by_id:
        raise ConflictError(f"{person.display_name} filed ticket #{ticket.number}, and stays in it.")
    if not await _takes_part(uow, ticket, person):
        raise ConflictError(f"{person.display_name} takes no part in ticket #{ticket.number}.")
    await end_part(uow, ticket, person)
    uow.audit.record("ticket.participant_removed", ticket, after={"participant": person.username})
    changed(uow, ticket)


async def leave_ticket(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """End the actor's own part in a ticket: they hear nothing more of it.

    Raises:
        ConflictError: they filed it, or take no part in it.
    """
    person = await uow.session.get(User, uow.actor.user_id) if uow.actor.user_id else None
    if person is None or not await _takes_part(uow, ticket, person):
        raise ConflictError(f"You take no part in ticket #{ticket.number}.")
    if person.id == ticket.created_by_id:
        raise ConflictError(f"You filed ticket #{ticket.number}.", mend="Withdraw it if it has no purpose any more.")
    await end_part(uow, ticket, person)
    uow.audit.record("ticket.left", ticket, after={"left": person.username})
    changed(uow, ticket)
    return ticket


async def end_part(uow: UnitOfWork, ticket: Ticket, person: User) -> None:
    """Whoever has asked for it; what has not gone out to them stays here."""
    theirs = delete(Participant).where(Participant.ticket_id == ticket.id, Participant.user_id == person.id)
    await uow.session.execute(theirs)
    await take_back_from(uow, ticket, person)


def _require_moderator(uow: UnitOfWork) -> None:
    if not uow.actor.may(Permission.WORK_TICKETS):
        raise ForbiddenError("Only moderators bring people into a ticket.")


async def _takes_part(uow: UnitOfWork, ticket: Ticket, person: User) -> bool:
    row = select(Participant.id).where(Participant.ticket_id == ticket.id, Participant.user_id == person.id)
    return await uow.session.scalar(row) is not None


async def _tell_added(uow: UnitOfWork, ticket: Ticket, person: User) -> None:
    """In Slack they are told at once; by mail the next answer reaches them."""
    slack_id = await slack_id_of(uow, person) if uow.policy.slack_enabled else None
    if slack_id is None:
        return
    text = (
        f"{uow.actor.name} has brought you into ticket #{ticket.number} “{ticket.title}”. "
        f"Answers to it reach you from now on; /ticket {ticket.number} shows it and lets you leave."
    )
    key = f"participant:{ticket.id}:{ticket.revision}:{person.id}"
    tell_alone(uow, Notice(text=text, conversation=slack_id, ticket_id=ticket.id), key=key)
