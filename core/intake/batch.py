"""Deciding many messages in one transaction.

Most messages begin a conversation: nothing the desk knows, and nothing in the same batch, has to do with them. Those
become tickets together, with a handful of statements for all; every other message is decided alone, in its order.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.intake.acting import actor_of
from core.intake.disposition import dispose, is_from_the_desk, write_outcome
from core.intake.leaving import UNSUBSCRIBE
from core.intake.locks import BY_NUMBER, hold_decisions, hold_tickets
from core.intake.models import Intake
from core.intake.opening import Opening, flooding, open_tickets
from core.intake.placement import Arrival
from core.intake.values import Channel, Disposition, Outcome, Verdict
from core.people.identities import find_or_create_people
from core.people.reachability import mark_reachable
from core.people.values import Permission, Sender
from core.tickets.models import ThreadMessage

NEW_CONVERSATION = "new-conversation"


async def dispose_all(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> list[Disposition]:
    """What becomes of each, in order, exactly as `dispose` would decide one after the other. The caller commits."""
    system = uow.actor
    await hold_decisions(uow)
    decided = await _open_together(uow, await _beginnings(uow, arrivals))
    others = [arrival for arrival in arrivals if arrival.row.id not in decided]
    await hold_tickets(uow, [arrival.message for arrival in others])
    for arrival in others:
        uow.act_as(system)
        decided[arrival.row.id] = await dispose(uow, arrival)
    return [decided[arrival.row.id] for arrival in arrivals]


async def _beginnings(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Those that surely begin a conversation."""
    if uow.policy.quarantines_unknown_senders:
        return []
    in_batch = Counter(name for arrival in arrivals for name in _names(arrival) | _writer(arrival))
    alone = [
        arrival
        for arrival in arrivals
        if _may_begin(arrival) and all(in_batch[name] == 1 for name in _names(arrival) | _writer(arrival))
    ]
    if len(alone) < 2:  # noqa: PLR2004 (one is decided as fast by itself)
        return []
    known, ours = await _known_names(uow, alone), await is_from_the_desk(uow, alone)
    return [arrival for arrival in alone if not known & _names(arrival) and arrival.row.id not in ours]


def _may_begin(arrival: Arrival) -> bool:
    message = arrival.message
    return (
        message.screening.verdict is Verdict.ACCEPT
        and message.sender is not None
        and message.opens_ticket
        and message.pointing is None
        and message.talk is None
        and arrival.row.released_at is None
        and message.title.strip().casefold() != UNSUBSCRIBE
        and not any(candidate.kind in BY_NUMBER for candidate in message.candidates)
    )


def _names(arrival: Arrival) -> set[str]:
    """All by which this message and others may be of one conversation."""
    message = arrival.message
    candidates = (candidate.value for candidate in message.candidates if candidate.kind not in BY_NUMBER)
    return {message.fingerprint, message.message_id, *message.references, *candidates} - {""}


def _writer(arrival: Arrival) -> set[Sender]:
    sender = arrival.message.sender
    return {Sender(kind=sender.kind, external_id=sender.external_id)} if sender else set()


async def _known_names(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> set[str]:
    names = {name for arrival in arrivals for name in _names(arrival)}
    organization_id = uow.actor.organization_id
    places = select(ThreadMessage.external_id).where(
        ThreadMessage.organization_id == organization_id, ThreadMessage.external_id.in_(names)
    )
    prints = select(Intake.fingerprint).where(
        Intake.organization_id == organization_id,
        Intake.fingerprint.in_({arrival.message.fingerprint for arrival in arrivals} - {""}),
        Intake.outcome != Outcome.RECEIVED,
    )
    return {*await uow.session.scalars(places), *await uow.session.scalars(prints)}


async def _open_together(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> dict[int, Disposition]:
    """A ticket for each whose author may open one more; by the ids of their ledger rows."""
    senders = [arrival.message.sender for arrival in arrivals if arrival.message.sender is not None]
    if not senders:
        return {}
    authors = await find_or_create_people(uow, senders)
    too_many = await flooding(uow, {author.id for author in authors})
    openings: dict[int, Opening] = {}
    for arrival, author in zip(arrivals, authors, strict=True):
        actor = actor_of(uow, author, arrival)
        is_flood = author.id in too_many and arrival.row.channel is Channel.EMAIL
        # One by one where limits must count what the batch itself adds: somebody writes from two addresses.
        if author.id in openings or (is_flood and not actor.may(Permission.WORK_TICKETS)):
            continue
        uow.act_as(actor)
        mark_reachable(uow, author)
        openings[author.id] = Opening(arrival, author, actor)
    tickets = await open_tickets(uow, [*openings.values()]) if openings else []
    decided = {}
    for opening, ticket in zip(openings.values(), tickets, strict=True):
        row = opening.arrival.row
        disposition = Disposition(
            intake_id=row.id,
            outcome=Outcome.TICKETED,
            rule=NEW_CONVERSATION,
            ticket_id=ticket.id,
            ticket_number=ticket.number,
        )
        write_outcome(uow, opening.arrival, disposition)
        decided[row.id] = disposition
    return decided
