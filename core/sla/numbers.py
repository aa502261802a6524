"""How long first answers and solutions took lately, and how many of the promises were kept."""

import asyncio
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from core.db.unit_of_work import Reading
from core.sla.values import Promise, SlaPolicy
from core.tickets.models import Ticket
from core.tickets.values import Priority
from core.weeks import last_weeks

PERIOD = timedelta(days=30)
MOST_TICKETS = 2_000
"""The newest are measured, which tells as much."""
MOST_OF_WEEKS = 10_000
ROWS_AT_ONCE = 250  # between which the event loop has its turn
ANSWERED = (select(Ticket.priority, Ticket.created_at, Ticket.answered_at), Ticket.answered_at)
SOLVED = (select(Ticket.priority, Ticket.clock_started_at, Ticket.clock_paused_at), Ticket.resolved_at)
"""What is read of a ticket for its promise, and the moment that says when that was."""


class Span(NamedTuple):
    """What one ticket tells of a promise: the clock ran from `begun` to `ended`, and at `happened` it was fulfilled."""

    priority: Priority
    begun: datetime
    ended: datetime
    happened: datetime


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


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseWeek:
    """What became of both promises in one week."""

    since: datetime
    first_response: PromiseNumbers
    resolution: PromiseNumbers


async def promise_numbers(reading: Reading) -> list[PromiseNumbers]:
    """Of the tickets answered, and of those solved, within `PERIOD`, by what is promised for their priority today.

    A solution's time leaves out the waiting on the requester; a first answer's does not, as it comes before.
    """
    since, policy = reading.clock.now() - PERIOD, reading.policy.sla
    answered = await _spans(reading, *ANSWERED, since=since, most=MOST_TICKETS)
    solved = await _spans(reading, *SOLVED, since=since, most=MOST_TICKETS)
    return [_numbers(policy, Promise.FIRST_RESPONSE, answered), _numbers(policy, Promise.RESOLUTION, solved)]


async def promise_weeks(reading: Reading) -> list[PromiseWeek]:
    """The same week by week, oldest first. Where there are more than `MOST_OF_WEEKS`, the oldest weeks are empty."""
    starts = last_weeks(reading.clock.now())
    answered = await _spans(reading, *ANSWERED, since=starts[0], most=MOST_OF_WEEKS)
    solved = await _spans(reading, *SOLVED, since=starts[0], most=MOST_OF_WEEKS)
    return await asyncio.to_thread(_weeks, reading.policy.sla, starts, answered, solved)


def _weeks(
    policy: SlaPolicy, starts: Sequence[datetime], answered: Sequence[Span], solved: Sequence[Span]
) -> list[PromiseWeek]:
    return [
        PromiseWeek(
            since=start,
            first_response=_numbers(policy, Promise.FIRST_RESPONSE, answers),
            resolution=_numbers(policy, Promise.RESOLUTION, solutions),
        )
        for start, answers, solutions in zip(starts, _by_week(starts, answered), _by_week(starts, solved), strict=True)
    ]


def _by_week(starts: Sequence[datetime], spans: Sequence[Span]) -> list[list[Span]]:
    """Newest first is how they came; a week that was not read to its beginning is left empty."""
    weeks: list[list[Span]] = [[] for _ in starts]
    for span in spans:
        weeks[bisect_right(starts, span.happened) - 1].append(span)
    if len(spans) == MOST_OF_WEEKS:
        weeks[bisect_right(starts, spans[-1].happened) - 1].clear()
    return weeks


async def _spans(
    reading: Reading,
    spans: Select[Priority, datetime, datetime | None],
    happened: InstrumentedAttribute[datetime | None],
    *,
    since: datetime,
    most: int,
) -> list[Span]:
    statement = (
        spans.add_columns(happened)
        .where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.deleted_at.is_(None),
            Ticket.merged_into_id.is_(None),
            happened >= since,
        )
        .order_by(happened.desc())
        .limit(most)
    )
    rows = await reading.session.stream(statement.execution_options(yield_per=ROWS_AT_ONCE))
    return [Span(*row) async for row in rows if row[2] is not None]


def _numbers(policy: SlaPolicy, promise: Promise, spans: Sequence[Span]) -> PromiseNumbers:
    allowed = policy.allowed(promise)
    took = [(one.priority, policy.hours.worked(one.begun, one.ended)) for one in spans]
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
