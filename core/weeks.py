"""The last weeks, as every picture over time counts them: the newest ends now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case
from sqlalchemy.orm import InstrumentedAttribute

WEEKS = 13
WEEK = timedelta(days=7)


def last_weeks(now: datetime) -> list[datetime]:
    """When each of them began, oldest first."""
    return [now - WEEK * n for n in range(WEEKS, 0, -1)]


def week_of(
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], starts: Sequence[datetime]
) -> ColumnElement[int]:
    """The number of the week in SQL, found from the newest on; 0 also for whatever was before."""
    return case(*[(moment >= start, number) for number, start in reversed(list(enumerate(starts)))], else_=0)
