"""How long it is kept who was shown which similar tickets."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, String, case, cast, delete, literal, select, update

from core.clock import Clock
from core.db.engine import Database
from core.jobs.values import JobTicket
from core.search.learning import NEWEST
from core.search.models import ShownTicket, SimilarShowing, SimilarVerdict
from core.search.values import Surface

BATCH = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShowingRetention:
    """The job `search.forget`: after `keep_for` what was shown and nobody judged goes; of what was judged, its asker.

    Of old verdicts those stay that ranking and its threshold still learn from, an organization's newest. The numbers
    for admins look back thirteen weeks only. A verdict
    given at this very moment makes the deletion fail on its foreign key, and the job runs again.
    """

    database: Database
    clock: Clock
    keep_for: timedelta

    async def run(self, _job: JobTicket) -> None:
        await self._remove_outdated_verdicts()
        forgotten = 0
        while removed := await self._remove_some():
            forgotten += removed
        await self._forget_askers()
        if forgotten:
            log.info("search.showings_forgotten", showings=forgotten)

    async def _remove_outdated_verdicts(self) -> None:
        own = SimilarVerdict.organization_id
        async with self.database.writing() as connection:
            for organization_id in (await connection.scalars(select(own).distinct())).all():
                of_it = own == organization_id
                newest = select(SimilarVerdict.revision).where(of_it).order_by(SimilarVerdict.revision.desc())
                last_kept = await connection.scalar(newest.offset(NEWEST - 1).limit(1))
                if last_kept is not None:
                    old = SimilarVerdict.given_at < self._limit()
                    await connection.execute(
                        delete(SimilarVerdict).where(of_it, old, SimilarVerdict.revision < last_kept)
                    )

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
        """In the key of a showing without a ticket stands who asked."""
        of_ticket = SimilarShowing.surface == Surface.TICKET
        nameless = literal("forgotten:").concat(cast(SimilarShowing.id, String))
        async with self.database.writing() as connection:
            await connection.execute(
                update(SimilarShowing)
                .where(SimilarShowing.shown_at < self._limit(), SimilarShowing.asker_id.is_not(None))
                .values(asker_id=None, key=case((of_ticket, SimilarShowing.key), else_=nameless))
            )

    def _limit(self) -> datetime:
        return self.clock.now() - self.keep_for


def _is_judged() -> ColumnElement[bool]:
    return (
        select(SimilarVerdict.id)
        .join(ShownTicket, ShownTicket.id == SimilarVerdict.shown_id)
        .where(ShownTicket.showing_id == SimilarShowing.id)
        .exists()
    )
