"""What a job is, and how it is tried again."""

import random
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"


class Lane(StrEnum):
    """Jobs of one lane wait for each other, never for another lane: slow AI delays no acknowledgement."""

    INTAKE = "intake"
    DELIVERY = "delivery"
    REFRESH = "refresh"
    FETCH = "fetch"
    AI = "ai"
    INDEX = "index"
    UPKEEP = "upkeep"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobTicket:
    """A claimed job as its code sees it."""

    id: int
    organization_id: int
    kind: str
    lane: Lane
    payload: dict[str, Any]
    attempts: int
    fence: int
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A sort of job: its lane, how often it is tried, and how long one try may take."""

    name: str
    lane: Lane
    max_attempts: int = 8
    timeout: timedelta = timedelta(seconds=60)


FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(hours=1)


def retry_delay(attempts: int, *, jitter: random.Random) -> timedelta:
    """How long to wait after the given number of tries: doubling, capped, with full jitter on the upper half."""
    longest = min(FIRST_RETRY * float(2 ** min(attempts - 1, 20)), LONGEST_RETRY)
    return longest * (0.5 + jitter.random() / 2)
