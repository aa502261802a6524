"""What is overdue or will be soon, most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from core.db.unit_of_work import Reading
from core.sla.values import Clock, DueCounts, Promise, SlaPolicy, running_clock
from core.tickets.models import Ticket
from core.tickets.queries import visible_to
from core.tickets.values import Priority


@dataclass(frozen=True, slots=True)
class Due:
    """A ticket with the promise that is due next."""

    ticket: Ticket
    clock: Clock


async def list_due(reading: Reading, *, limit: int, after: int = 0) -> list[Due]:
    """A page of the open tickets that are overdue or due soon, snoozed ones too; `after` are on pages before."""
    policy, now = reading.policy.sla, reading.clock.now()
    found: dict[int, Due] = {}
    for promise in Promise:
        for priority, allowed in policy.allowed(promise).items():
            late = started_before(promise, priority, policy.hours.before(now, allowed * policy.warn_at))
            for ticket in await _oldest(reading, late, limit=after + limit):
                if (due := _due(reading, ticket)) is not None:
                    found[ticket.id] = due
    ordered = sorted(found.values(), key=lambda due: (due.clock.due_at, due.ticket.id))
    return ordered[after : after + limit]


async def count_due(reading: Reading) -> DueCounts:
    """How many tickets are overdue, and how many will be soon."""
    overdue = await _count(reading, share=1.0)
    return DueCounts(overdue=overdue, soon=await _count(reading, share=reading.policy.sla.warn_at) - overdue)


def _due(reading: Reading, ticket: Ticket) -> Due | None:
    clock = running_clock(ticket.snapshot(), reading.policy.sla, reading.clock.now())
    return Due(ticket, clock) if clock else None


async def _count(reading: Reading, *, share: float) -> int:
    policy: SlaPolicy = reading.policy.sla
    now = reading.clock.now()
    late = [
        started_before(promise, priority, policy.hours.before(now, allowed * share))
        for promise in Promise
        for priority, allowed in policy.allowed(promise).items()
    ]
    statement = select(func.count()).select_from(Ticket).where(*_running(reading), or_(false(), *late))
    return int(await reading.session.scalar(statement) or 0)


async def _oldest(reading: Reading, late: ColumnElement[bool], *, limit: int) -> Sequence[Ticket]:
    statement = select(Ticket).where(*_running(reading), late).order_by(Ticket.clock_started_at, Ticket.id)
    return (await reading.session.scalars(statement.limit(limit))).all()


def _running(reading: Reading) -> tuple[ColumnElement[bool], ...]:
    return (
        Ticket.organization_id == reading.actor.organization_id,
        visible_to(reading.actor),
        clock_runs(),
    )


def clock_runs() -> ColumnElement[bool]:
    """SQL for the tickets to which anything is promised now."""
    return and_(Ticket.clock_paused_at.is_(None), Ticket.deleted_at.is_(None))


def started_before(promise: Promise, priority: Priority, moment: datetime) -> ColumnElement[bool]:
    """The clocks that have run since `moment` or longer, of tickets to which this is still promised."""
    late = and_(Ticket.priority == priority, Ticket.clock_started_at <= moment)
    return and_(late, Ticket.answered_at.is_(None)) if promise is Promise.FIRST_RESPONSE else late
