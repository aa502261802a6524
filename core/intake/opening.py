"""Tickets from messages that begin a conversation, for one message and for many at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from core.conversations.actions import Submitted, tell_submitted
from core.conversations.files import tell_files
from core.db.unit_of_work import UnitOfWork
from core.files.actions import await_files
from core.files.values import Sharing
from core.intake.earlier_answers import have_thread_read
from core.intake.models import Intake
from core.intake.placement import Arrival, remember_openings
from core.intake.values import NO_TICKET, Channel, Outcome
from core.people.identities import find_or_create_people
from core.people.models import User
from core.people.organizations import without_desk_addresses
from core.people.values import Actor, IdentityKind, Role, Sender
from core.tickets.actions import Filing, NewTicket, write_tickets
from core.tickets.models import Ticket
from core.tickets.values import MOST_PARTICIPANTS, TEXT_LENGTH

FLOOD_WINDOW = timedelta(hours=1)
AT_ONCE = timedelta(seconds=5)
"""How long a message is under way whose answers cannot have come before it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A message that becomes a ticket: by whom, with which rights, and the ticket it was kept out of, if any.

    `asked_for_at` is when somebody asked for that, by the channel's clock; None where the message itself does.
    """

    arrival: Arrival
    author: User
    actor: Actor
    linked_to: Ticket | None = None
    asked_for_at: str | None = None


async def open_tickets(uow: UnitOfWork, openings: Sequence[Opening]) -> list[Ticket]:
    """A ticket each, in order. Leaves the unit of work to the last one's actor."""
    filings = [Filing(await _new_ticket(uow, each), each.author, each.actor) for each in openings]
    tickets = await write_tickets(uow, filings)
    await remember_openings(uow, zip((each.arrival for each in openings), tickets, strict=True))
    # After their messages and before whatever is sent next: References of ours begin with theirs.
    submitted = [
        Submitted(ticket=ticket, thread_key=filing.new.thread_key, acknowledge=filing.new.acknowledge)
        for ticket, filing in zip(tickets, filings, strict=True)
    ]
    await tell_submitted(uow, submitted)
    for ticket, each in zip(tickets, openings, strict=True):
        await have_its_thread_read(uow, ticket, each.arrival, asked_for_at=each.asked_for_at)
        if each.arrival.attachments:
            await tell_files(uow, ticket, reply_id=None)
        await await_files(uow, ticket, each.arrival.message.files, sharing_of(each.arrival))
    return tickets


async def have_its_thread_read(
    uow: UnitOfWork, ticket: Ticket, arrival: Arrival, *, asked_for_at: str | None = None
) -> None:
    """See to it that answers to a Slack message reach the ticket that it has become, or is part of now.

    One that came at once needs no reading: whoever answers after that is heard, and waits for it as a rule.
    """
    if asked_for_at is None and _came_at_once(arrival) and not await _answers_were_left(uow, arrival):
        return
    message = arrival.message
    if arrival.row.channel is Channel.SLACK:
        where = arrival.row.recipients[0] if arrival.row.recipients else ""
        await have_thread_read(
            uow,
            ticket,
            workspace_id=where,
            thread_key=message.thread_key,
            made_of=message.message_id,
            asked_for_at=asked_for_at or "",
        )


def _came_at_once(arrival: Arrival) -> bool:
    sent_at = arrival.message.sent_at
    return sent_at is not None and abs(arrival.row.received_at - sent_at) <= AT_ONCE


async def _answers_were_left(uow: UnitOfWork, arrival: Arrival) -> bool:
    """Whether answers to whatever message were let go as talk while this one waited to be decided."""
    left = select(Intake.id).where(
        Intake.organization_id == uow.actor.organization_id,
        Intake.outcome == Outcome.IGNORED,
        Intake.received_at >= arrival.row.received_at,
        Intake.rule == NO_TICKET,
    )
    return await uow.session.scalar(left.limit(1)) is not None


async def _new_ticket(uow: UnitOfWork, opening: Opening) -> NewTicket:
    arrival, message = opening.arrival, opening.arrival.message
    uow.act_as(opening.actor)
    return NewTicket(
        title=message.title,
        description=within_limit(message.text) or only_files(arrival),
        description_html=message.html,
        channel=arrival.row.channel.value,
        sender_verified=bool(message.sender and message.sender.verified),
        participants=await requesters(uow, message.participants),
        attachments=arrival.attachments,
        linked_ticket_id=opening.linked_to.id if opening.linked_to else None,
        thread_key=message.thread_key,
        acknowledge=message.screening.may_acknowledge,
        edited_at=message.edited_at,
    )


async def requesters(uow: UnitOfWork, senders: Sequence[Sender]) -> list[User]:
    """Others whom a message addresses. Requesters only: who works tickets hears of them anyway."""
    if not senders:
        return []
    named = senders[:MOST_PARTICIPANTS]
    theirs = await without_desk_addresses(uow, [one.external_id for one in named if one.kind is IdentityKind.EMAIL])
    others = [one for one in named if one.kind is not IdentityKind.EMAIL or one.external_id in theirs]
    people = await find_or_create_people(uow, others)
    return [person for person in people if person.role is Role.USER]


async def flooding(uow: UnitOfWork, author_ids: Collection[int]) -> set[int]:
    """Who of these has opened so many tickets by mail lately that a program must be behind it."""
    rows = await uow.session.execute(
        select(Ticket.created_by_id)
        .where(
            Ticket.created_by_id.in_(author_ids),
            Ticket.created_at > uow.clock.now() - FLOOD_WINDOW,
            Ticket.channel == Channel.EMAIL.value,
        )
        .group_by(Ticket.created_by_id)
        .having(func.count(Ticket.id) >= uow.policy.tickets_per_hour)
    )
    return set(rows.scalars())


def within_limit(text: str) -> str:
    """As much of a text as a ticket holds."""
    return text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 40] + "\n[shortened; the rest is in the mail]"


def only_files(arrival: Arrival) -> str:
    """What stands in the place of a text that is not there."""
    shared = (file.name for file in arrival.message.files)
    names = ", ".join([*(file.filename for file in arrival.attachments), *shared])
    return f"(only attachments: {names})" if names else "(no text)"


def sharing_of(arrival: Arrival) -> Sharing:
    """Who shared the files of a message, and where they are told what cannot be taken."""
    message = arrival.message
    person = message.sender.external_id.rpartition(":")[2] if message.sender and message.files else ""
    return Sharing(person=person, conversation=message.thread_key.partition(":")[0], thread_key=message.thread_key)
