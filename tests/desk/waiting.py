"""Seeing that another transaction waits for one that the test holds open."""

from sqlalchemy import text

from tests.builders import CoreDesk
from tests.fakes.waiting import eventually

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def until_somebody_waits(desk: CoreDesk) -> None:
    """For a lock on PostgreSQL; SQLite has one writer, and anybody else waits from the beginning."""

    async def does_wait() -> bool:
        if desk.database.is_sqlite:
            return True
        async with desk.database.reading() as connection:
            return bool((await connection.execute(_WAITING)).scalar_one())

    await eventually(does_wait)
