"""What is promised to requesters, and how a ticket stands to it. Pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.tickets.values import Priority, Status, TicketSnapshot

SOON = 0.75
"""Of the time allowed: when so much has passed, something is due soon."""


class Promise(StrEnum):
    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"


class Standing(StrEnum):
    ON_TIME = "on_time"
    SOON = "soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaPolicy:
    """How long the first answer and the solution may take, by priority; nothing is promised for one left out."""

    first_response: Mapping[Priority, timedelta] = field(default_factory=dict)
    resolution: Mapping[Priority, timedelta] = field(default_factory=dict)

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


def running_clock(ticket: TicketSnapshot, policy: SlaPolicy, now: datetime) -> Clock | None:
    """The promise that is due next; None while the clocks stand still, or where nothing is promised (any more)."""
    if ticket.status in {Status.WAITING, Status.COMPLETED} or ticket.deleted_at is not None:
        return None
    started = ticket.clock_started_at or ticket.created_at
    open_promises = [promise for promise in Promise if promise is Promise.RESOLUTION or ticket.answered_at is None]
    clocks = [
        Clock(promise=promise, due_at=started + allowed, standing=_standing(started, allowed, now))
        for promise in open_promises
        if (allowed := policy.allowed(promise).get(ticket.priority)) is not None
    ]
    return min(clocks, key=lambda clock: clock.due_at, default=None)


def _standing(started: datetime, allowed: timedelta, now: datetime) -> Standing:
    if now >= started + allowed:
        return Standing.OVERDUE
    return Standing.SOON if now >= started + allowed * SOON else Standing.ON_TIME
