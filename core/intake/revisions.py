"""Messages that were taken and are edited or deleted where they stand: PostHog#85974, edits never reach the ticket."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import and_, or_, select

from core.db.unit_of_work import UnitOfWork
from core.errors import TryAgainLaterError
from core.gathering.revising import revise_held, revise_part
from core.intake.being_read import may_bring
from core.intake.ending import ended
from core.intake.models import Intake
from core.intake.placement import Arrival
from core.intake.values import SAID_EARLIER, Disposition, Interpretation, Outcome
from core.people.models import User
from core.people.values import Actor
from core.tickets.models import Reply, ThreadMessage, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.revising import Revision, revise_reply, revise_ticket

ORIGINAL_FOLLOWS_WITHIN = timedelta(seconds=20)
LOOK_AGAIN_SECONDS = 3.0
ANSWERED_SOON = timedelta(minutes=2)


async def revised(uow: UnitOfWork, arrival: Arrival) -> Disposition | None:
    """Bring a ticket or reply to what its author made of it; None where the message is no revision.

    Raises:
        TryAgainLaterError: the message it changes may still be on its way, as events come in any order.
    """
    message, row = arrival.message, arrival.row
    if not message.revises:
        return None
    at = message.sent_at or row.received_at
    held = await revise_held(uow, message.revises, message.text, at=at)
    if held is not None:
        return ended(arrival, *((Outcome.ACTED, _rule(message)) if held else (Outcome.IGNORED, "nothing-changed")))
    place = await _original(uow, message.revises, message.revises_at)
    if place is None:
        await require_not_on_its_way(uow, row, message.thread_key)
        return Disposition(intake_id=row.id, outcome=Outcome.IGNORED, rule="change-of-no-ticket")
    ticket = await lock_ticket_by_id(uow, place.ticket_id)
    return await _revise(uow, arrival, ticket, place)


async def require_not_on_its_way(uow: UnitOfWork, row: Intake, thread_key: str) -> None:
    """Raises TryAgainLaterError while the message that this one is about may still come: events come in any order.

    It stands in this thread (`CHANNEL:TS`, or `CHANNEL:` where only that is known).
    """
    require_soon(uow, row)
    if await _is_something_undecided(uow, row, thread_key):
        raise _not_yet()


def require_soon(uow: UnitOfWork, row: Intake) -> None:
    """Raises TryAgainLaterError for a short while after a message has come."""
    if uow.clock.now() - row.received_at < ORIGINAL_FOLLOWS_WITHIN:
        raise _not_yet()


def _not_yet() -> TryAgainLaterError:
    return TryAgainLaterError("The message that this is about is not here yet.", retry_after=LOOK_AGAIN_SECONDS)


async def brought_up_to_date(uow: UnitOfWork, arrival: Arrival) -> None:
    """A message that is here already was read where it stands: since then its author has changed it, perhaps."""
    message = arrival.message
    if message.edited_at is None or (place := await _original(uow, message.fingerprint)) is None:
        return
    edited = replace(arrival, message=replace(message, sent_at=message.edited_at))
    await _revise(uow, edited, await lock_ticket_by_id(uow, place.ticket_id), place)


async def require_thread_not_on_its_way(uow: UnitOfWork, arrival: Arrival) -> None:
    """The same for an answer that was given so soon that what it answers may come after it."""
    began_at, sent_at = arrival.message.thread_began_at, arrival.message.sent_at
    if began_at is not None and sent_at is not None and sent_at - began_at < ANSWERED_SOON:
        await require_not_on_its_way(uow, arrival.row, arrival.message.thread_key)


async def _is_something_undecided(uow: UnitOfWork, row: Intake, thread_key: str) -> bool:
    """Whether a message of the channel, which may be the original, still waits: after a time away, say.

    It came earlier, or was said earlier and read in its thread.
    """
    waits = (
        Intake.organization_id == uow.actor.organization_id,
        Intake.outcome == Outcome.RECEIVED,
        Intake.channel == row.channel,
        or_(Intake.id < row.id, Intake.external_id.startswith(SAID_EARLIER)),
        may_bring(thread_key),
    )
    return await uow.session.scalar(select(Intake.id).where(*waits).limit(1)) is not None


async def _revise(uow: UnitOfWork, arrival: Arrival, ticket: Ticket, place: ThreadMessage) -> Disposition:
    message, row = arrival.message, arrival.row
    reply = await uow.session.get_one(Reply, place.reply_id) if place.reply_id else None
    author = reply.author if reply else ticket.created_by
    uow.act_as(_as_author(author, channel=row.channel.value))
    revision = Revision(title=message.title, text=message.text, at=message.sent_at or row.received_at)
    is_new = await (
        revise_reply(uow, ticket, reply, revision) if reply else _revise_question(uow, ticket, place, revision)
    )
    rule = _rule(message)
    return Disposition(
        intake_id=row.id,
        outcome=Outcome.ACTED if is_new else Outcome.IGNORED,
        rule=rule if is_new else "nothing-changed",
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        reply_id=place.reply_id,
    )


async def _revise_question(uow: UnitOfWork, ticket: Ticket, place: ThreadMessage, revision: Revision) -> bool:
    is_new = await revise_part(uow, ticket, place, revision)
    return await revise_ticket(uow, ticket, revision) if is_new is None else is_new


def _rule(message: Interpretation) -> str:
    return "message-edited" if message.text else "message-deleted"


async def _original(uow: UnitOfWork, fingerprint: str, place_now: str = "") -> ThreadMessage | None:
    place: ThreadMessage | None = await uow.session.scalar(
        select(ThreadMessage)
        .where(
            ThreadMessage.organization_id == uow.actor.organization_id,
            or_(
                ThreadMessage.fingerprint == fingerprint,
                and_(ThreadMessage.external_id == place_now, ThreadMessage.fingerprint != ""),
            ),
        )
        .order_by(ThreadMessage.id)
        .limit(1)
    )
    return place


def _as_author(author: User, *, channel: str) -> Actor:
    """Without the rights of their role: only their own words are changed."""
    return Actor(organization_id=author.organization_id, user_id=author.id, name=author.display_name, channel=channel)
