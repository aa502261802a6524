"""Which promises are due soon or overdue without anybody having been told."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select

from core.db.unit_of_work import Reading
from core.sla.models import ToldPromise
from core.sla.queries import clock_runs, started_before
from core.sla.values import Promise, Standing
from core.tickets.models import Ticket

Untold = tuple[Promise, Standing, ColumnElement[bool]]


def untold(reading: Reading) -> list[Untold]:
    """Each promise and standing with the SQL for its tickets, in every organization. Most pressing first."""
    return [
        (promise, standing, and_(clock_runs(), condition, _not_told(promise, standing)))
        for standing in (Standing.OVERDUE, Standing.SOON)
        for promise in Promise
        if (condition := _standing_so(reading, promise, standing)) is not None
    ]


async def organizations_with_untold(reading: Reading) -> Sequence[int]:
    """Those where somebody must be told."""
    conditions = [condition for _, _, condition in untold(reading)]
    if not conditions:
        return []
    found = select(Ticket.organization_id).where(or_(*conditions)).distinct().order_by(Ticket.organization_id)
    return (await reading.session.scalars(found)).all()


async def untold_tickets(reading: Reading, *, limit: int) -> Sequence[int]:
    """The ids of the organization's tickets of which somebody must be told, oldest clock first."""
    conditions = [condition for _, _, condition in untold(reading)]
    found = select(Ticket.id).where(Ticket.organization_id == reading.actor.organization_id, or_(*conditions))
    return (await reading.session.scalars(found.order_by(Ticket.clock_started_at, Ticket.id).limit(limit))).all()


def _standing_so(reading: Reading, promise: Promise, standing: Standing) -> ColumnElement[bool] | None:
    policy, now = reading.policy.sla, reading.clock.now()
    each = []
    for priority, allowed in policy.allowed(promise).items():
        broken = policy.hours.before(now, allowed)
        if standing is Standing.OVERDUE:
            each.append(started_before(promise, priority, broken))
        else:
            soon = started_before(promise, priority, policy.hours.before(now, allowed * policy.warn_at))
            each.append(and_(soon, Ticket.clock_started_at > broken))
    return or_(*each) if each else None


def _not_told(promise: Promise, standing: Standing) -> ColumnElement[bool]:
    told = exists().where(
        ToldPromise.ticket_id == Ticket.id, ToldPromise.promise == promise, ToldPromise.standing == standing
    )
    return ~told
