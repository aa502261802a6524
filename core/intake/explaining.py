"""What would become of a message now, and why: the same rules as for one that arrives, and nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.intake.acting import actor_of
from core.intake.disposition import dispose
from core.intake.locks import hold_decisions
from core.intake.models import Intake
from core.intake.placement import Arrival, Tried, try_candidate
from core.intake.reopening import leaves_as_it_is
from core.intake.values import Disposition, InboundMessage, Interpretation, Outcome, ThreadCandidate
from core.people.identities import find_or_create_person
from core.people.values import Sender
from core.tickets.models import Ticket
from core.tickets.values import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A candidate and the ticket it leads to. `guard` names the rule that keeps the message out of it."""

    candidate: ThreadCandidate
    ticket_number: int | None = None
    status: Status | None = None
    was_merged: bool = False
    guard: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Every candidate in order, the first without a guard wins; and how the message ends, or has ended."""

    judged: Sequence[Judged]
    disposition: Disposition
    was_taken: bool


async def explain(uow: UnitOfWork, message: InboundMessage, read: Interpretation) -> Explanation:
    """Decide about `message` as if it arrived at this moment. The caller must not commit."""
    await hold_decisions(uow)
    taken = await _taken(uow, message)
    if taken is None:
        row = Intake(
            organization_id=uow.actor.organization_id,
            channel=message.channel,
            external_id=message.external_id,
            recipients=list(message.recipients),
            envelope_sender=message.envelope_sender,
            received_at=message.received_at,
            outcome=Outcome.RECEIVED,
        )
        uow.session.add(row)
        await uow.session.flush()
    else:
        row = taken
    arrival = Arrival(row=row, message=read, attachments=(), quiet=leaves_as_it_is(read))
    judged = await _judged(uow, arrival, read.sender) if read.sender else []
    disposition = await dispose(uow, arrival) if taken is None else await _told(uow, taken)
    return Explanation(judged=judged, disposition=disposition, was_taken=taken is not None)


async def _taken(uow: UnitOfWork, message: InboundMessage) -> Intake | None:
    row: Intake | None = await uow.session.scalar(
        select(Intake).where(
            Intake.organization_id == uow.actor.organization_id,
            Intake.channel == message.channel,
            Intake.external_id == message.external_id,
        )
    )
    return row


async def _told(uow: UnitOfWork, row: Intake) -> Disposition:
    ticket = await uow.session.get(Ticket, row.ticket_id) if row.ticket_id else None
    return Disposition(
        intake_id=row.id, outcome=row.outcome, rule=row.rule, ticket_number=ticket.number if ticket else None
    )


async def _judged(uow: UnitOfWork, arrival: Arrival, sender: Sender) -> list[Judged]:
    system = uow.actor
    async with uow.session.begin_nested() as meanwhile:  # the sender is known only for as long
        author = await find_or_create_person(uow, sender)
        uow.act_as(actor_of(uow, author, arrival))
        judged = [_seen(await try_candidate(uow, arrival, author, one)) for one in arrival.message.candidates]
        await meanwhile.rollback()
    uow.act_as(system)
    return judged


def _seen(tried: Tried) -> Judged:
    return Judged(
        candidate=tried.candidate,
        ticket_number=tried.ticket.number if tried.ticket else None,
        status=tried.ticket.status if tried.ticket else None,
        was_merged=tried.was_merged,
        guard=tried.objection,
    )
