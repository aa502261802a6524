"""Where in the desk's threads a message belongs, and what keeps it out of a wrong one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from core.conversations.moderators import moderators_channel_of
from core.db.unit_of_work import UnitOfWork
from core.intake.locks import BY_NUMBER, number_in
from core.intake.models import Intake
from core.intake.rules import is_same_subject
from core.intake.values import CandidateKind, Channel, Interpretation, ThreadCandidate
from core.people.models import User
from core.people.values import Permission
from core.tickets.attaching import StoredAttachment
from core.tickets.merging import merged_into
from core.tickets.models import ThreadMessage, Ticket
from core.tickets.queries import is_participant, lock_ticket_by_id
from core.tickets.values import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One message on its way to a decision."""

    row: Intake
    message: Interpretation
    attachments: Sequence[StoredAttachment]
    quiet: str = ""  # the rule by which it asks for nothing


@dataclass(frozen=True, slots=True)
class Thread:
    """Where the message belongs: the ticket, by which rule; or the ticket it was kept out of, and why."""

    rule: str
    ticket: Ticket | None = None
    linked_to: Ticket | None = None
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate, looked up: the ticket it leads to (None: no ticket of ours) and the rule that keeps it out."""

    candidate: ThreadCandidate
    ticket: Ticket | None = None
    objection: str | None = None
    was_merged: bool = False
    is_internal: bool = False


async def find_thread(uow: UnitOfWork, arrival: Arrival, author: User) -> Thread:
    refused: Thread | None = None
    for candidate in arrival.message.candidates:
        tried = await try_candidate(uow, arrival, author, candidate)
        if tried.ticket is None:
            continue
        if tried.objection is None:
            rule = f"{candidate.rule}+merged" if tried.was_merged else candidate.rule
            return Thread(rule, ticket=tried.ticket, is_internal=tried.is_internal or arrival.message.is_internal)
        refused = refused or Thread(tried.objection, linked_to=tried.ticket)
    return refused or await _awaited_thread(uow, arrival, author) or Thread("new-conversation")


async def try_candidate(uow: UnitOfWork, arrival: Arrival, author: User, candidate: ThreadCandidate) -> Tried:
    named, is_internal = await _resolve(uow, candidate)
    if named is None:
        return Tried(candidate)
    ticket = await merged_into(uow, named)
    objection = await _objection(uow, arrival, author, ticket, named=named, candidate=candidate)
    return Tried(candidate, ticket, objection, was_merged=ticket is not named, is_internal=is_internal)


async def _resolve(uow: UnitOfWork, candidate: ThreadCandidate) -> tuple[Ticket | None, bool]:
    """The ticket a candidate names, locked; and whether the place it names is internal."""
    if candidate.kind in BY_NUMBER:
        number = number_in(candidate.value)
        ticket_id = await uow.session.scalar(
            select(Ticket.id).where(Ticket.organization_id == uow.actor.organization_id, Ticket.number == number)
        )
        return (await lock_ticket_by_id(uow, ticket_id), False) if ticket_id else (None, False)
    place = await uow.session.scalar(
        select(ThreadMessage)
        .where(
            ThreadMessage.organization_id == uow.actor.organization_id,
            ThreadMessage.external_id == candidate.value,
        )
        .order_by(ThreadMessage.is_awaited, ThreadMessage.id)
        .limit(1)
    )
    if place is None:
        return None, False
    is_internal = place.is_internal or await _is_among_moderators(uow, candidate)
    return await lock_ticket_by_id(uow, place.ticket_id), is_internal


async def _is_among_moderators(uow: UnitOfWork, candidate: ThreadCandidate) -> bool:
    """Whether a Slack thread is in the channel that the moderators chose: nothing said there is for requesters."""
    if candidate.kind is not CandidateKind.SLACK_THREAD:
        return False
    channel = await moderators_channel_of(uow, uow.actor.organization_id)
    return bool(channel) and candidate.value.partition(":")[0] == channel


async def _objection(
    uow: UnitOfWork, arrival: Arrival, author: User, ticket: Ticket, *, named: Ticket, candidate: ThreadCandidate
) -> str | None:
    """The wrong-thread guard: the name of the rule that keeps a message out of a ticket, or None.

    `named` is the ticket that the message refers to, where that was merged into `ticket`.
    """
    if ticket.deleted_at is not None:
        return "ticket-deleted"
    if candidate.kind is CandidateKind.SLACK_THREAD:
        return None  # Slack itself says who may write into the thread
    if not (uow.actor.may(Permission.WORK_TICKETS) or await is_participant(uow, ticket, author.id)):
        return "sender-not-participant"
    if not is_same_subject(arrival.message.title, named.title):
        return "subject-changed"
    resolved_at = ticket.resolved_at if ticket.status is Status.COMPLETED and not arrival.quiet else None
    if resolved_at is not None and uow.clock.now() - resolved_at > uow.policy.reopen_within:
        return "ticket-long-closed"
    return None


async def _awaited_thread(uow: UnitOfWork, arrival: Arrival, author: User) -> Thread | None:
    """The ticket of a reply that came before this message, which it answers.

    In Slack such a reply has made the place of the message that of its ticket, which nobody has filled yet.
    """
    if not arrival.message.has_own_message_id:
        return None
    place = await uow.session.scalar(
        select(ThreadMessage)
        .where(
            ThreadMessage.organization_id == uow.actor.organization_id,
            ThreadMessage.external_id == arrival.message.message_id,
        )
        .order_by(ThreadMessage.is_awaited.desc(), ThreadMessage.id)
        .limit(1)
    )
    if place is None:
        return None
    named = await lock_ticket_by_id(uow, place.ticket_id)
    ticket = await merged_into(uow, named)
    if not place.is_awaited and (place.channel != Channel.SLACK or place.fingerprint):
        return Thread("message-id-reused", linked_to=ticket)
    candidate = ThreadCandidate(kind=CandidateKind.MESSAGE_ID, value=place.external_id, rule="joined-to-earlier-reply")
    objection = await _objection(uow, arrival, author, ticket, named=named, candidate=candidate)
    return Thread(objection, linked_to=ticket) if objection else Thread(candidate.rule, ticket=ticket)


async def remember(
    uow: UnitOfWork, arrival: Arrival, ticket: Ticket, *, reply_id: int | None, is_internal: bool
) -> None:
    """Keep where this message stands, and which ones it refers to that have not arrived."""
    if reply_id is not None:  # a new ticket awaits nothing yet
        await uow.session.execute(
            update(ThreadMessage)
            .where(
                ThreadMessage.ticket_id == ticket.id,
                ThreadMessage.external_id == arrival.message.message_id,
                ThreadMessage.is_awaited.is_(True),
            )
            .values(is_awaited=False, reply_id=reply_id)
        )
    await _write(uow, _places(uow, arrival, ticket, reply_id=reply_id, is_internal=is_internal))


async def remember_openings(uow: UnitOfWork, opened: Iterable[tuple[Arrival, Ticket]]) -> None:
    """The same for messages that became tickets."""
    await _write(uow, [place for arrival, ticket in opened for place in _places(uow, arrival, ticket)])


def _places(
    uow: UnitOfWork, arrival: Arrival, ticket: Ticket, *, reply_id: int | None = None, is_internal: bool = False
) -> list[dict[str, Any]]:
    message = arrival.message
    awaited = message.references if arrival.row.channel is Channel.EMAIL and reply_id is None else ()
    return [
        {
            "organization_id": ticket.organization_id,
            "ticket_id": ticket.id,
            "reply_id": None if is_awaited else reply_id,
            "channel": arrival.row.channel.value,
            "external_id": external_id[:1000],
            "fingerprint": "" if is_awaited else message.fingerprint,
            "is_internal": is_internal,
            "is_awaited": is_awaited,
            "created_at": uow.clock.now(),
        }
        for external_id, is_awaited in [(message.message_id, False), *((value, True) for value in awaited)]
    ]


async def _write(uow: UnitOfWork, places: Sequence[dict[str, Any]]) -> None:
    # As rows: an object for each would cost as much again as deciding about the message.
    await uow.session.execute(insert(ThreadMessage.__table__), places)  # type: ignore[arg-type]  # a Table at run time
