"""Gestures at a message (a reaction, say): it becomes a ticket, or the ticket it belongs to is taken or resolved.

Each ends in the ledger under a rule of its own; whoever made one that could not be followed is told why, alone.
"""

from dataclasses import replace

from sqlalchemy import select

from core.conversations.notices import Notice, tell_alone
from core.db.unit_of_work import UnitOfWork
from core.intake.acting import actor_of
from core.intake.ending import ended
from core.intake.opening import Opening, open_tickets
from core.intake.placement import Arrival
from core.intake.revisions import require_not_on_its_way
from core.intake.values import Disposition, Gesture, Interpretation, Outcome, Pointing
from core.people.identities import find_or_create_person
from core.people.models import User
from core.people.queries import slack_id_of
from core.people.values import Permission
from core.tickets.merging import merged_into
from core.tickets.models import Reply, ThreadMessage, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Status, Visibility
from core.tickets.working import assign_ticket, resolve_ticket

WITHOUT_WORDS = "Resolved in Slack, without a note."


async def gestured(uow: UnitOfWork, arrival: Arrival) -> Disposition | None:
    """What a gesture does; None where the message is none.

    Raises:
        TryAgainLaterError: the message it points at may still be on its way, as events come in any order.
    """
    pointing, sender = arrival.message.pointing, arrival.message.sender
    if pointing is None or sender is None:
        return None
    person = await find_or_create_person(uow, sender)
    uow.act_as(actor_of(uow, person, arrival))
    if pointing.gesture is Gesture.CREATE:
        return await _create(uow, arrival, pointing, person)
    if not uow.actor.may(Permission.WORK_TICKETS):
        return ended(arrival, Outcome.IGNORED, "reaction-not-a-moderator")
    return await _work(uow, arrival, pointing, person)


async def _work(uow: UnitOfWork, arrival: Arrival, pointing: Pointing, person: User) -> Disposition:
    place = await _known_place(uow, pointing.place)
    if place is None:
        await require_not_on_its_way(uow, arrival.row, f"{pointing.channel_id}:")
        return ended(arrival, Outcome.IGNORED, "reaction-on-no-ticket")
    ticket = await merged_into(uow, await lock_ticket_by_id(uow, place.ticket_id))
    if ticket.deleted_at is not None:
        return ended(arrival, Outcome.IGNORED, "ticket-deleted", ticket)
    if pointing.gesture is Gesture.TAKE:
        return await _take(uow, arrival, pointing, ticket, person)
    return await _resolve(uow, arrival, ticket, place)


def fingerprint_of(message: Interpretation, disposition: Disposition) -> str:
    """By which the ledger knows the message again: what was pointed at, once it has become a ticket."""
    if message.pointing is not None and disposition.outcome is Outcome.TICKETED:
        return message.pointing.fingerprint
    return message.fingerprint


async def _create(uow: UnitOfWork, arrival: Arrival, pointing: Pointing, person: User) -> Disposition:
    if known := await _known_place(uow, pointing.place, *_thread_of(pointing)):
        ticket = await merged_into(uow, await lock_ticket_by_id(uow, known.ticket_id))
        url = uow.policy.ticket_url(ticket.number)
        await _tell(uow, arrival, pointing, person, f"This belongs to ticket #{ticket.number} already: {url}")
        return ended(arrival, Outcome.IGNORED, "reaction-on-known-ticket", ticket)
    if pointing.message is None:
        await _tell(uow, arrival, pointing, person, f"I could not make a ticket of that message. {pointing.advice}")
        return ended(arrival, Outcome.IGNORED, pointing.obstacle or "message-unreadable")
    author, rule = person, "reaction-on-message-of-app"
    if pointing.message.sender is not None:
        author, rule = await find_or_create_person(uow, pointing.message.sender), "reaction"
    participants = (arrival.message.sender,) if arrival.message.sender and author.id != person.id else ()
    pointed = replace(arrival, message=replace(pointing.message, participants=participants))
    (ticket,) = await open_tickets(uow, [Opening(pointed, author, uow.actor, asked_for_at=pointing.made_at)])
    return ended(arrival, Outcome.TICKETED, rule, ticket)


def _thread_of(pointing: Pointing) -> tuple[str, ...]:
    return (pointing.message.thread_key,) if pointing.message else ()


async def _take(uow: UnitOfWork, arrival: Arrival, pointing: Pointing, ticket: Ticket, person: User) -> Disposition:
    if ticket.assigned_to_id == person.id:
        return ended(arrival, Outcome.IGNORED, "nothing-changed", ticket)
    if ticket.assigned_to is not None:
        said = f"{ticket.assigned_to.display_name} has ticket #{ticket.number} already."
        await _tell(
            uow, arrival, pointing, person, f"{said} To take it over, write /triage {ticket.number} assign @you."
        )
        return ended(arrival, Outcome.IGNORED, "reaction-overtaken", ticket)
    await assign_ticket(uow, ticket, assignee=person)
    return ended(arrival, Outcome.ACTED, "reaction-take", ticket)


async def _resolve(uow: UnitOfWork, arrival: Arrival, ticket: Ticket, place: ThreadMessage) -> Disposition:
    if ticket.status is Status.COMPLETED:
        return ended(arrival, Outcome.IGNORED, "nothing-changed", ticket)
    await resolve_ticket(uow, ticket, resolution=await _solution(uow, ticket, place) or WITHOUT_WORDS)
    return ended(arrival, Outcome.ACTED, "reaction-resolve", ticket)


async def _solution(uow: UnitOfWork, ticket: Ticket, place: ThreadMessage) -> str:
    """The public answer of a moderator that was pointed at, else the last one: never an internal note."""
    replies = (
        await uow.session.scalars(
            select(Reply)
            .where(Reply.ticket_id == ticket.id, Reply.visibility == Visibility.PUBLIC)
            .order_by(Reply.id.desc())
        )
    ).all()
    answers = [reply for reply in replies if reply.author.role_may_work]
    pointed = [reply for reply in answers if reply.id == place.reply_id]
    return next((reply.text for reply in (*pointed, *answers)), "")


async def _known_place(uow: UnitOfWork, *places: str) -> ThreadMessage | None:
    found: ThreadMessage | None = await uow.session.scalar(
        select(ThreadMessage)
        .where(ThreadMessage.organization_id == uow.actor.organization_id, ThreadMessage.external_id.in_(places))
        .order_by(ThreadMessage.id)
        .limit(1)
    )
    return found


async def _tell(uow: UnitOfWork, arrival: Arrival, pointing: Pointing, person: User, text: str) -> None:
    slack_id = await slack_id_of(uow, person)
    if slack_id:
        notice = Notice(text=text, only_for=slack_id, conversation=pointing.channel_id)
        tell_alone(uow, notice, key=f"notice:{arrival.row.id}")
