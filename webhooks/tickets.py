"""What pages and JSON API do to tickets alike: each one unit of work as whoever is signed in."""

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import ConflictError, InvalidInputError, NotFoundError, TryAgainLaterError
from core.intake.acts import find_act, record_act
from core.intake.values import Channel, Outcome
from core.people.models import User
from core.people.queries import find_user, get_user
from core.people.values import Permission
from core.search.feedback import note_filed
from core.tickets.actions import NewReply, NewTicket, add_internal_note, add_reply, submit_ticket
from core.tickets.attaching import StoredAttachment
from core.tickets.models import Reply, Ticket
from core.tickets.queries import lock_ticket
from core.tickets.values import Status
from core.tickets.working import set_fields
from webhooks.site import Visit

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Made:
    """What one act made, now or (`is_new` False) when its key came first."""

    ticket: Ticket
    reply: Reply | None = None
    is_new: bool = True


async def submit(visit: Visit, new: NewTicket, *, key: str, content: bytes, showing: int = 0) -> tuple[int, bool]:
    """File a ticket, once per key. Gives its number, and whether it is new.

    `showing` is what similar tickets its requester was shown before, and filed it all the same.

    Raises:
        InvalidInputError: it is empty or too long.
        ConflictError: the key was used for another ticket.
    """
    new = replace(new, sender_verified=not visit.actor.address_unproven)

    async def file(uow: UnitOfWork) -> Made:
        ticket = await submit_ticket(uow, new, requester=await get_user(uow, visit.person.user_id))
        if showing:
            await note_filed(uow, showing, ticket)
        return Made(ticket)

    made = await _once(visit, file, rule="submit-ticket", key=key, content=content)
    return made.ticket.number, made.is_new


class _LostRaceError(Exception):
    """Another request with the same key was faster."""


async def _once(
    visit: Visit, make: Callable[[UnitOfWork], Awaitable[Made]], *, rule: str, key: str, content: bytes
) -> Made:
    """Carry out an act with its ledger row, unless its key has done so before."""
    with suppress(_LostRaceError):
        return await _try_once(visit, make, rule, key, content)
    async with visit.reading() as reading:  # the request that won has committed by now
        earlier = await _earlier(reading, visit, key, content)
    if earlier is None:
        raise TryAgainLaterError("The same request is being worked on.", retry_after=1.0)
    return earlier


async def _try_once(
    visit: Visit, make: Callable[[UnitOfWork], Awaitable[Made]], rule: str, key: str, content: bytes
) -> Made:
    async with visit.unit_of_work() as uow:
        earlier = await _earlier(uow, visit, key, content)
        if earlier is not None:
            return earlier
        try:
            act = await record_act(uow, Channel(visit.channel), key, content=content, rule=rule)
        except TryAgainLaterError as error:
            raise _LostRaceError from error
        made = await make(uow)
        act.ticket_id, act.title = made.ticket.id, made.ticket.title
        act.outcome = Outcome.REPLIED if made.reply else Outcome.TICKETED
        act.reply_id = made.reply.id if made.reply else None
        await uow.commit()
        return made


async def _earlier(reading: Reading, visit: Visit, key: str, content: bytes) -> Made | None:
    act = await find_act(reading, Channel(visit.channel), key, content=content)
    if act is None or act.ticket_id is None:
        return None
    ticket = await reading.session.get_one(Ticket, act.ticket_id)
    reply = await reading.session.get_one(Reply, act.reply_id) if act.reply_id else None
    return Made(ticket, reply, is_new=False)


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


def require_revision(ticket: Ticket, expected: int | None) -> None:
    """For a change that sets no field of its own, such as assigning.

    Raises:
        ConflictError: somebody changed the ticket since `expected`.
    """
    if expected is not None and expected != ticket.revision:
        raise ConflictError(
            f"Somebody changed ticket #{ticket.number} in the meantime.", mend="Look at it again, then repeat."
        )


async def write(
    visit: Visit, number: int, new: NewReply, *, internal: bool, key: str, waits: bool = False
) -> tuple[Reply, bool]:
    """A public reply or an internal note by whoever is signed in, once per key. Gives it, and whether it is new.

    `waits`: what is to be done next is the requester's, so the clocks stop until they answer.

    Raises:
        ConflictError: the key was used for something else.
    """
    new = replace(new, sender_verified=not visit.actor.address_unproven)

    async def add(uow: UnitOfWork) -> Made:
        ticket = await lock_ticket(uow, number)
        author = await get_user(uow, visit.person.user_id)
        reply = await (add_internal_note if internal else add_reply)(uow, ticket, new, author=author)
        if waits and ticket.status not in {Status.WAITING, Status.COMPLETED}:
            await set_fields(uow, ticket, status=Status.WAITING)
        return Made(ticket, reply)

    files = [(file.filename, file.sha256) for file in new.attachments]
    content = json.dumps([number, internal, new.text, files]).encode()
    made = await _once(visit, add, rule="write-note" if internal else "write-reply", key=key, content=content)
    if made.reply is None:
        raise ConflictError("This Idempotency-Key was used for something else.", mend="Use a new one.")
    return made.reply, made.is_new


def with_files(text: str, files: Sequence[StoredAttachment]) -> str:
    """The words of a reply: who sends files alone says which."""
    return text if text.strip() or not files else "Attached: " + ", ".join(file.filename for file in files)


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
