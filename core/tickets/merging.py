"""Two tickets about one thing become one."""

from sqlalchemy import select

from core.conversations import actions as conversations
from core.conversations.publishing import forget_visibility
from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, InvalidInputError
from core.people.values import Permission
from core.tickets.actions import audited_state, changed, require
from core.tickets.clocks import set_status
from core.tickets.models import Participant, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Status

MOST_MERGES = 50  # in a row; merging makes no circles, so this is never reached


async def merge_ticket(uow: UnitOfWork, ticket: Ticket, *, into: Ticket) -> Ticket:
    """Close `ticket` in favour of another (or of what that one was merged into), where answers to it go from now on.

    Its people take part in the other one. It is made private, as it solves nothing for anybody else.

    Raises:
        ForbiddenError: the actor does not work tickets.
        InvalidInputError: it would be merged into itself.
        ConflictError: one of them is deleted, or it was merged before.
    """
    require(uow, Permission.WORK_TICKETS)
    target = await merged_into(uow, into)
    if target.id == ticket.id:
        raise InvalidInputError(f"Ticket #{ticket.number} cannot be merged into itself.", field="number")
    if ticket.merged_into_id is not None:
        raise ConflictError(f"Ticket #{ticket.number} was merged already.")
    for one in (ticket, target):
        if one.deleted_at is not None:
            raise ConflictError(f"Ticket #{one.number} has been deleted.", mend="Restore it first.")
    before = audited_state(ticket)
    ticket.merged_into_id = target.id
    set_status(uow, ticket, Status.COMPLETED)
    ticket.is_public = False
    ticket.resolution = ticket.resolution or f"Merged into #{target.number}, where it goes on."
    await _bring_people(uow, ticket, target)
    after = {**audited_state(ticket), "merged_into": target.number}
    uow.audit.record("ticket.merged", ticket, before, after)
    uow.audit.record("ticket.merged_from", target, after={"merged_from": ticket.number})
    changed(uow, ticket)
    changed(uow, target)
    await forget_visibility(uow, ticket)
    await conversations.tell_merged(uow, ticket, target)
    return target


async def merged_into(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """The ticket, locked, where what belongs to this one goes now: itself unless it was merged."""
    for _ in range(MOST_MERGES):
        if ticket.merged_into_id is None:
            break
        ticket = await lock_ticket_by_id(uow, ticket.merged_into_id)
    return ticket


async def _bring_people(uow: UnitOfWork, ticket: Ticket, target: Ticket) -> None:
    taking_part = select(Participant.user_id)
    there = set(await uow.session.scalars(taking_part.where(Participant.ticket_id == target.id)))
    for user_id in await uow.session.scalars(taking_part.where(Participant.ticket_id == ticket.id)):
        if user_id not in there:
            uow.session.add(
                Participant(ticket_id=target.id, user_id=user_id, added_at=uow.clock.now(), is_told_directly=True)
            )
