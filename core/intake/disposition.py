"""Deciding, inside the transaction, what becomes of one interpreted message.

The rules stand in order: a gesture at another message, the same message again, a change of one that was taken, the
screening's verdict, no sender, the first candidate ticket that withstands the wrong-thread guard, a reply that came
before its original, and at last a new ticket.
"""

from collections.abc import Sequence

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.files.actions import await_files
from core.gathering.dialogue import converse
from core.gathering.watched import watched
from core.intake.acting import actor_of
from core.intake.bounces import note_bounce
from core.intake.earlier_answers import overtaken_by_reading
from core.intake.gestures import fingerprint_of, gestured
from core.intake.leaving import left_ticket
from core.intake.models import Intake
from core.intake.opening import Opening, flooding, only_files, open_tickets, requesters, sharing_of, within_limit
from core.intake.placement import Arrival, Thread, find_thread, remember
from core.intake.revisions import brought_up_to_date, require_thread_not_on_its_way, revised
from core.intake.values import (
    NO_TICKET,
    SAID_EARLIER,
    CandidateKind,
    Channel,
    Disposition,
    Outcome,
    Verdict,
)
from core.people.identities import find_or_create_person, is_known
from core.people.models import User
from core.people.organizations import without_desk_addresses
from core.people.reachability import mark_reachable
from core.people.values import IdentityKind, Permission, Sender
from core.tickets.actions import NewReply, add_internal_note, add_reply
from core.tickets.models import Ticket
from core.tickets.values import Status


async def dispose(uow: UnitOfWork, arrival: Arrival) -> Disposition:
    """Decide and act. The caller commits, and with it the ledger row that tells the outcome."""
    disposition = (
        await gestured(uow, arrival)
        or await _same_message(uow, arrival)
        or await revised(uow, arrival)
        or await _screened(uow, arrival)
        or await _filed(uow, arrival)
    )
    write_outcome(uow, arrival, disposition)
    return disposition


def write_outcome(uow: UnitOfWork, arrival: Arrival, disposition: Disposition) -> None:
    """Let the ledger tell what became of a message."""
    row, message = arrival.row, arrival.message
    row.fingerprint = fingerprint_of(message, disposition)
    row.title = message.title.replace("\x00", "")[:300]
    row.sender = message.sender.external_id.replace("\x00", "")[:320] if message.sender else ""
    row.outcome = disposition.outcome
    row.rule = disposition.rule
    row.ticket_id = disposition.ticket_id
    row.reply_id = disposition.reply_id
    row.decided_at = uow.clock.now()


async def _same_message(uow: UnitOfWork, arrival: Arrival) -> Disposition | None:
    if not arrival.message.fingerprint:
        return None
    earlier = await uow.session.scalar(
        select(Intake)
        .where(
            Intake.organization_id == uow.actor.organization_id,
            Intake.fingerprint == arrival.message.fingerprint,
            Intake.id != arrival.row.id,
            Intake.outcome.in_((Outcome.TICKETED, Outcome.REPLIED, Outcome.IGNORED)),
            Intake.rule != NO_TICKET,
        )
        .limit(1)
    )
    if earlier is None:
        return None
    await brought_up_to_date(uow, arrival)
    ticket = await uow.session.get(Ticket, earlier.ticket_id) if earlier.ticket_id else None
    return Disposition(
        intake_id=arrival.row.id,
        outcome=Outcome.DUPLICATE,
        rule="same-message",
        ticket_id=earlier.ticket_id,
        ticket_number=ticket.number if ticket else None,
        reply_id=earlier.reply_id,
    )


async def _screened(uow: UnitOfWork, arrival: Arrival) -> Disposition | None:
    screening = arrival.message.screening
    if arrival.row.released_at is not None and screening.verdict is not Verdict.BOUNCE:
        return None
    if screening.verdict is Verdict.BOUNCE:
        ticket_id = await note_bounce(uow, arrival.message)
        return Disposition(intake_id=arrival.row.id, outcome=Outcome.IGNORED, rule=screening.rule, ticket_id=ticket_id)
    if screening.verdict is Verdict.IGNORE:
        return Disposition(intake_id=arrival.row.id, outcome=Outcome.IGNORED, rule=screening.rule)
    if screening.verdict is Verdict.QUARANTINE or arrival.message.sender is None:
        rule = screening.rule if screening.verdict is Verdict.QUARANTINE else "no-sender"
        return _quarantined(arrival, rule)
    return None


def _quarantined(arrival: Arrival, rule: str) -> Disposition:
    return Disposition(intake_id=arrival.row.id, outcome=Outcome.QUARANTINED, rule=rule)


async def _filed(uow: UnitOfWork, arrival: Arrival) -> Disposition:
    if await is_from_the_desk(uow, [arrival]):
        return _quarantined(arrival, "own-address")
    if await _is_unwelcome_stranger(uow, arrival):
        return _quarantined(arrival, "unknown-sender")
    author = await _author(uow, arrival)
    if author is None:
        return _quarantined(arrival, "no-sender")
    uow.act_as(actor_of(uow, author, arrival))
    mark_reachable(uow, author)
    return await _left(uow, arrival, author) or await _placed(uow, arrival, author)


async def _left(uow: UnitOfWork, arrival: Arrival, author: User) -> Disposition | None:
    ticket = await left_ticket(uow, arrival, author)
    if ticket is None:
        return None
    return Disposition(intake_id=arrival.row.id, outcome=Outcome.IGNORED, rule="unsubscribed", ticket_id=ticket.id)


async def _placed(uow: UnitOfWork, arrival: Arrival, author: User) -> Disposition:
    """An answer where its thread is found, else a ticket."""
    thread = await find_thread(uow, arrival, author)
    if thread.ticket is None and thread.linked_to is None:
        await require_thread_not_on_its_way(uow, arrival)
    if thread.ticket is None and (talk := arrival.message.talk):
        return await (converse if talk.is_direct else watched)(uow, arrival, author, talk)
    if rule := _not_for_the_desk(uow, arrival, thread) or await overtaken_by_reading(uow, arrival):
        return Disposition(intake_id=arrival.row.id, outcome=Outcome.IGNORED, rule=rule)
    if thread.ticket is not None:
        rested = thread.ticket.status
        reply = await _answer(uow, arrival, author, thread)
        return Disposition(
            intake_id=arrival.row.id,
            outcome=Outcome.REPLIED,
            rule=f"{thread.rule}{_effect(arrival, rested, thread.ticket.status)}",
            ticket_id=thread.ticket.id,
            ticket_number=thread.ticket.number,
            reply_id=reply,
        )
    if await _opens_too_many(uow, arrival, author):
        return _quarantined(arrival, "too-many-tickets")
    (ticket,) = await open_tickets(uow, [Opening(arrival, author, uow.actor, thread.linked_to)])
    return Disposition(
        intake_id=arrival.row.id,
        outcome=Outcome.TICKETED,
        rule=thread.rule,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
    )


async def is_from_the_desk(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> set[int]:
    """The ledger ids of those mails that say they are from an address of some organization here, and wait for nobody.

    Screening knows only SUPPORT_ADDRESS; the others are in the database.
    """
    senders = {
        arrival.row.id: arrival.message.sender.external_id
        for arrival in arrivals
        if arrival.row.channel is Channel.EMAIL and arrival.row.released_at is None and arrival.message.sender
    }
    people = await without_desk_addresses(uow, set(senders.values())) if senders else set()
    return {intake_id for intake_id, address in senders.items() if address not in people}


async def _is_unwelcome_stranger(uow: UnitOfWork, arrival: Arrival) -> bool:
    row, sender = arrival.row, arrival.message.sender
    if not uow.policy.quarantines_unknown_senders or row.channel is not Channel.EMAIL or row.released_at is not None:
        return False
    return sender is not None and not await is_known(uow, sender)


async def _opens_too_many(uow: UnitOfWork, arrival: Arrival, author: User) -> bool:
    """Whether somebody who does not work tickets has opened so many by mail that a program must be behind it."""
    row = arrival.row
    if row.channel is not Channel.EMAIL or row.released_at is not None or uow.actor.may(Permission.WORK_TICKETS):
        return False
    return bool(await flooding(uow, [author.id]))


async def _author(uow: UnitOfWork, arrival: Arrival) -> User | None:
    """Who wrote it. Of a released message that names nobody: the envelope's sender, else whoever released it."""
    row, sender = arrival.row, arrival.message.sender
    if sender is None and row.released_at is not None and row.envelope_sender:
        sender = Sender(kind=IdentityKind.EMAIL, external_id=row.envelope_sender)
    if sender is not None:
        return await find_or_create_person(uow, sender)
    return await uow.session.get(User, row.released_by_id) if row.released_by_id else None


def _not_for_the_desk(uow: UnitOfWork, arrival: Arrival, thread: Thread) -> str | None:
    """The rule that leaves a message where it is: talk beside any ticket, or a stranger's in the moderators' thread.

    And thanks that cannot join their ticket (deleted, say): they are not worth one of their own.
    """
    if thread.ticket is None and not arrival.message.opens_ticket:
        return NO_TICKET
    if thread.linked_to is not None and arrival.quiet and arrival.row.released_at is None:
        return f"{thread.rule}+{arrival.quiet}"
    if thread.is_internal and not uow.actor.may(Permission.WORK_TICKETS):
        return "internal-thread-not-a-moderator"
    return None


def _effect(arrival: Arrival, before: Status, after: Status) -> str:
    """What the answer did to a ticket that rested, as the ledger names it after the rule."""
    if before is Status.COMPLETED and after is not Status.COMPLETED:
        return "+reopened"
    return f"+{arrival.quiet}" if arrival.quiet and before in {Status.COMPLETED, Status.WAITING} else ""


async def _answer(uow: UnitOfWork, arrival: Arrival, author: User, thread: Thread) -> int:
    assert thread.ticket is not None  # noqa: S101 (the caller's condition)
    message = arrival.message
    reply = NewReply(
        text=within_limit(message.reply_text or message.text) or only_files(arrival),
        full_text=within_limit(message.text),
        html=message.html,
        channel=arrival.row.channel.value,
        sender_verified=bool(message.sender and message.sender.verified),
        attachments=arrival.attachments,
        origin_thread=_slack_thread(arrival),
        addressed=await _addressed(uow, arrival, thread),
        reopens=not (arrival.quiet or _was_said_before_the_end(arrival, thread.ticket)),
        edited_at=message.edited_at,
    )
    if thread.is_internal:
        written = await add_internal_note(uow, thread.ticket, reply, author=author)
    else:
        written = await add_reply(uow, thread.ticket, reply, author=author)
    await remember(uow, arrival, thread.ticket, reply_id=written.id, is_internal=thread.is_internal)
    await await_files(uow, thread.ticket, message.files, sharing_of(arrival), reply_id=written.id)
    return written.id


def _was_said_before_the_end(arrival: Arrival, ticket: Ticket) -> bool:
    """Whether an answer that was read in its thread is older than the solution."""
    sent_at, resolved_at = arrival.message.sent_at, ticket.resolved_at
    if not arrival.row.external_id.startswith(SAID_EARLIER) or sent_at is None or resolved_at is None:
        return False
    return ticket.status is Status.COMPLETED and sent_at < resolved_at


async def _addressed(uow: UnitOfWork, arrival: Arrival, thread: Thread) -> list[User]:
    """Others in To and Cc of an answer.

    Not by the subject alone: its number can be guessed, and From forged, to be told what is written from then on.
    """
    sender = arrival.message.sender
    is_proven = thread.rule.partition("+")[0] != "subject-tag" or (sender is not None and sender.verified)
    if not is_proven or thread.is_internal:
        return []
    return await requesters(uow, arrival.message.participants)


def _slack_thread(arrival: Arrival) -> str:
    slack = (c.value for c in arrival.message.candidates if c.kind is CandidateKind.SLACK_THREAD)
    return next(slack, "")
