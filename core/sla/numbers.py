"""How long first answers and solutions took lately, and how many of the promises were kept."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from core.db.unit_of_work import Reading
from core.sla.values import Promise
from core.tickets.models import Ticket
from core.tickets.values import Priority

Span = tuple[Priority, datetime, datetime]
PERIOD = timedelta(days=30)
MOST_TICKETS = 2_000
"""The newest are measured, which tells as much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseNumbers:
    """Of one promise: how many tickets it was measured on, the working time it took, and how many kept it.

    `usual` is the median, `slow` what nine of ten stayed within. `promised` counts those to which anything is promised.
    """

    promise: Promise
    measured: int
    usual: timedelta | None = None
    slow: timedelta | None = None
    promised: int = 0
    kept: int = 0


async def promise_numbers(reading: Reading) -> list[PromiseNumbers]:
    """Of the tickets answered, and of those solved, within `PERIOD`, by what is promised for their priority today.

    A solution's time leaves out the waiting on the requester; a first answer's does not, as it comes before.
    """
    answered = await _spans(reading, select(Ticket.priority, Ticket.created_at, Ticket.answered_at), Ticket.answered_at)
    clocks = select(Ticket.priority, Ticket.clock_started_at, Ticket.clock_paused_at)
    solved = await _spans(reading, clocks, Ticket.resolved_at)
    return [_numbers(reading, Promise.FIRST_RESPONSE, answered), _numbers(reading, Promise.RESOLUTION, solved)]


async def _spans(
    reading: Reading,
    spans: Select[Priority, datetime, datetime | None],
    happened: InstrumentedAttribute[datetime | None],
) -> list[Span]:
    statement = (
        spans.where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.deleted_at.is_(None),
            Ticket.merged_into_id.is_(None),
            happened >= reading.clock.now() - PERIOD,
        )
        .order_by(happened.desc())
        .limit(MOST_TICKETS)
    )
    rows = await reading.session.execute(statement)
    return [(priority, begun, ended) for priority, begun, ended in rows if ended is not None]


def _numbers(reading: Reading, promise: Promise, spans: Sequence[Span]) -> PromiseNumbers:
    policy = reading.policy.sla
    allowed = policy.allowed(promise)
    took = [(priority, policy.hours.worked(begun, ended)) for priority, begun, ended in spans]
    in_order = sorted(span for _, span in took)
    held_to = [(span, allowed[priority]) for priority, span in took if priority in allowed]
    return PromiseNumbers(
        promise=promise,
        measured=len(took),
        usual=_percentile(in_order, 0.5),
        slow=_percentile(in_order, 0.9),
        promised=len(held_to),
        kept=sum(span < most for span, most in held_to),
    )


def _percentile(in_order: Sequence[timedelta], share: float) -> timedelta | None:
    """The smallest time within which so large a share stayed."""
    if not in_order:
        return None
    return in_order[math.ceil(share * len(in_order)) - 1]
