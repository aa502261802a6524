"""What pages and JSON API do to tickets alike: each one unit of work as whoever is signed in."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import InvalidInputError, NotFoundError, TryAgainLaterError
from core.intake.acts import find_act, record_act
from core.intake.values import Channel, Outcome
from core.people.models import User
from core.people.queries import find_user, get_user
from core.people.values import Permission
from core.tickets.actions import NewReply, NewTicket, add_internal_note, add_reply, submit_ticket
from core.tickets.models import Reply, Ticket
from core.tickets.queries import lock_ticket
from webhooks.site import Visit

Result = TypeVar("Result")


async def submit(visit: Visit, new: NewTicket, *, key: str, content: bytes) -> tuple[int, bool]:
    """File a ticket, once per key. Gives its number, and whether it is new.

    Raises:
        InvalidInputError: it is empty or too long.
        ConflictError: the key was used for another ticket.
    """
    channel = Channel(visit.channel)
    with suppress(_LostRaceError):
        return await _submit_once(visit, new, channel, key, content)
    async with visit.reading() as reading:  # the request that won has committed by now
        number = await _earlier_number(reading, channel, key, content)
    if number is None:
        raise TryAgainLaterError("The same request is being worked on.", retry_after=1.0)
    return number, False


class _LostRaceError(Exception):
    """Another request with the same key was faster."""


async def _submit_once(visit: Visit, new: NewTicket, channel: Channel, key: str, content: bytes) -> tuple[int, bool]:
    async with visit.unit_of_work() as uow:
        number = await _earlier_number(uow, channel, key, content)
        if number is not None:
            return number, False
        try:
            act = await record_act(uow, channel, key, content=content, rule="submit-ticket")
        except TryAgainLaterError as error:
            raise _LostRaceError from error
        ticket = await submit_ticket(uow, new, requester=await get_user(uow, visit.person.user_id))
        act.outcome, act.ticket_id, act.title = Outcome.TICKETED, ticket.id, ticket.title
        await uow.commit()
        return ticket.number, True


async def _earlier_number(reading: Reading, channel: Channel, key: str, content: bytes) -> int | None:
    act = await find_act(reading, channel, key, content=content)
    ticket = await reading.session.get(Ticket, act.ticket_id) if act and act.ticket_id else None
    return ticket.number if ticket else None


async def change(
    visit: Visit,
    number: int,
    act: Callable[[UnitOfWork, Ticket], Awaitable[Result]],
    *,
    with_deleted: bool = False,
) -> Result:
    """Do something to a ticket, held against everybody else meanwhile."""
    async with visit.unit_of_work() as uow:
        result = await act(uow, await lock_ticket(uow, number, with_deleted=with_deleted))
        await uow.commit()
        return result


async def write(visit: Visit, number: int, new: NewReply, *, internal: bool) -> Reply:
    """A public reply or an internal note by whoever is signed in."""

    async def act(uow: UnitOfWork, ticket: Ticket) -> Reply:
        author = await get_user(uow, visit.person.user_id)
        return await (add_internal_note if internal else add_reply)(uow, ticket, new, author=author)

    return await change(visit, number, act)


async def find_assignee(reading: Reading, visit: Visit, name: str) -> User:
    """Whom `me`, an id, a username or a mail address means. Only those who work tickets may look people up.

    Raises:
        InvalidInputError: nobody.
    """
    try:
        if name == "me" or not visit.may(Permission.WORK_TICKETS):
            return await get_user(reading, visit.person.user_id)
        if name.isdecimal():
            return await get_user(reading, int(name[:9]))
        return await find_user(reading, name)
    except NotFoundError as error:
        raise InvalidInputError(error.message, field="assigned_to") from error
