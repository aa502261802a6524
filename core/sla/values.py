"""What is promised to requesters, and how a ticket stands to it. Pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.sla.hours import ALWAYS, BusinessHours
from core.tickets.values import Priority, Status, TicketLine


class Promise(StrEnum):
    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"


class Standing(StrEnum):
    ON_TIME = "on_time"
    SOON = "soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaPolicy:
    """How long the first answer and the solution may take, by priority; nothing is promised for one left out.

    Attributes:
        hours: the working time in which that is counted.
        warn_at: the share of it after which something is due soon.
        alerts: whether those who work tickets are told.
    """

    first_response: Mapping[Priority, timedelta] = field(default_factory=dict)
    resolution: Mapping[Priority, timedelta] = field(default_factory=dict)
    hours: BusinessHours = ALWAYS
    warn_at: float = 0.75
    alerts: bool = True

    def allowed(self, promise: Promise) -> Mapping[Priority, timedelta]:
        return self.first_response if promise is Promise.FIRST_RESPONSE else self.resolution


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """One promise that is still to be kept, and how it stood when this was read."""

    promise: Promise
    due_at: datetime
    standing: Standing


@dataclass(frozen=True, slots=True)
class DueCounts:
    """How many tickets are overdue, and how many will be soon."""

    overdue: int
    soon: int


def running_clock(ticket: TicketLine, policy: SlaPolicy, now: datetime) -> Clock | None:
    """The promise that is due next; None while the clocks stand still, or where nothing is promised (any more)."""
    return min(running_clocks(ticket, policy, now), key=lambda clock: clock.due_at, default=None)


def running_clocks(ticket: TicketLine, policy: SlaPolicy, now: datetime) -> list[Clock]:
    """Every promise that is still to be kept."""
    if ticket.status in {Status.WAITING, Status.COMPLETED} or ticket.deleted_at is not None:
        return []
    started = ticket.clock_started_at or ticket.created_at
    open_promises = [promise for promise in Promise if promise is Promise.RESOLUTION or ticket.answered_at is None]
    return [
        _clock(promise, started, allowed, policy=policy, now=now)
        for promise in open_promises
        if (allowed := policy.allowed(promise).get(ticket.priority)) is not None
    ]


def _clock(promise: Promise, started: datetime, allowed: timedelta, *, policy: SlaPolicy, now: datetime) -> Clock:
    due_at = policy.hours.after(started, allowed)
    if now >= due_at:
        standing = Standing.OVERDUE
    else:
        is_soon = started <= policy.hours.before(now, allowed * policy.warn_at)
        standing = Standing.SOON if is_soon else Standing.ON_TIME
    return Clock(promise=promise, due_at=due_at, standing=standing)
