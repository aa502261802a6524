"""How long it is kept who was shown which similar tickets."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, delete, select, update

from core.clock import Clock
from core.db.engine import Database
from core.jobs.values import JobTicket
from core.search.models import ShownTicket, SimilarShowing, SimilarVerdict

KEPT_FOR = timedelta(days=365)
BATCH = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShowingRetention:
    """The job `search.forget`: what was shown long ago and judged by nobody goes; of what was judged, its asker.

    The verdicts stay, since ranking remembers them. The numbers for admins look back thirteen weeks only. A verdict
    given at this very moment makes the deletion fail on its foreign key, and the job runs again.
    """

    database: Database
    clock: Clock

    async def run(self, _job: JobTicket) -> None:
        forgotten = 0
        while removed := await self._remove_some():
            forgotten += removed
        await self._forget_askers()
        if forgotten:
            log.info("search.showings_forgotten", showings=forgotten)

    async def _remove_some(self) -> int:
        async with self.database.writing() as connection:
            ids = (
                await connection.scalars(
                    select(SimilarShowing.id)
                    .where(SimilarShowing.shown_at < self._limit(), ~_is_judged())
                    .order_by(SimilarShowing.id)
                    .limit(BATCH)
                )
            ).all()
            unjudged = SimilarShowing.id.in_(ids) & ~_is_judged()
            await connection.execute(
                delete(ShownTicket).where(ShownTicket.showing_id.in_(select(SimilarShowing.id).where(unjudged)))
            )
            result = await connection.execute(delete(SimilarShowing).where(unjudged))
            return result.rowcount

    async def _forget_askers(self) -> None:
        async with self.database.writing() as connection:
            await connection.execute(
                update(SimilarShowing)
                .where(SimilarShowing.shown_at < self._limit(), SimilarShowing.asker_id.is_not(None))
                .values(asker_id=None)
            )

    def _limit(self) -> datetime:
        return self.clock.now() - KEPT_FOR


def _is_judged() -> ColumnElement[bool]:
    return (
        select(SimilarVerdict.id)
        .join(ShownTicket, ShownTicket.id == SimilarVerdict.shown_id)
        .where(ShownTicket.showing_id == SimilarShowing.id)
        .exists()
    )
