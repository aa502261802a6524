"""The present moment as SQL: on PostgreSQL by the database's clock, which all replicas share."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Interval, func, literal

from core.clock import Clock
from core.db.engine import Database
from core.db.types import UtcDateTime


def now(database: Database, clock: Clock) -> ColumnElement[datetime]:
    """SQLite runs on one machine, so there it is the process's own clock."""
    if database.is_sqlite:
        return literal(clock.now(), UtcDateTime())
    return func.clock_timestamp(type_=UtcDateTime())


def later(database: Database, clock: Clock, delay: timedelta) -> ColumnElement[datetime]:
    if database.is_sqlite:
        return literal(clock.now() + delay, UtcDateTime())
    return func.clock_timestamp() + literal(delay, Interval())
