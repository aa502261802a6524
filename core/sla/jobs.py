"""Background work: `sla.watch`, which tells those who work tickets of promises that are due soon or broken."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import literal, select

from core.db.engine import insert_ignoring_duplicates
from core.db.types import UtcDateTime
from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs.isolation import each_by_itself
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.sla.models import ToldPromise
from core.sla.telling import tell_of_many, tell_of_ticket
from core.sla.untold import organizations_with_untold, untold, untold_tickets
from core.sla.values import Clock, Standing, running_clocks
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id

log = structlog.get_logger(__name__)

MOST_APART = 10
"""Tickets of one organization that are told one by one; more at once, as after an outage, are summed up."""


@dataclass(frozen=True, slots=True)
class PromiseWatch:
    """Tells once per ticket, promise and standing, however many replicas look: whoever inserts the row, tells."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]

    async def run(self, job: JobTicket) -> None:
        """Look at every organization.

        Raises:
            TryAgainLaterError: the database is away.
        """
        async with self.reading(system_actor(job.organization_id)) as reading:
            if not reading.policy.sla.alerts:
                return
            organizations = await organizations_with_untold(reading)
        await each_by_itself(organizations, self._look)

    async def _look(self, organization_id: int) -> None:
        actor = system_actor(organization_id)
        async with self.reading(actor) as reading:
            ticket_ids = await untold_tickets(reading, limit=MOST_APART + 1)
        if len(ticket_ids) > MOST_APART:
            await self._sum_up(actor)
            return
        await each_by_itself(ticket_ids, lambda ticket_id: self._tell(actor, ticket_id))

    async def _tell(self, actor: Actor, ticket_id: int) -> None:
        """The ticket is locked and looked at again: it may have been answered a moment ago."""
        async with self.unit_of_work(actor) as uow:
            ticket = await lock_ticket_by_id(uow, ticket_id)
            clocks = running_clocks(ticket.snapshot(), uow.policy.sla, uow.clock.now())
            due = [clock for clock in clocks if await _claim(uow, ticket, clock)]
            if not due:
                return
            await tell_of_ticket(uow, ticket, due)
            await uow.commit()
        log.info("sla.told", organization=actor.organization_id, ticket=ticket.number, promises=len(due))

    async def _sum_up(self, actor: Actor) -> None:
        async with self.unit_of_work(actor) as uow:
            claimed = await _claim_all(uow)
            if not claimed:
                return
            await tell_of_many(uow, first_told=min(claimed))
            await uow.commit()
        log.info("sla.summed_up", organization=actor.organization_id, promises=len(claimed))


async def _claim(uow: UnitOfWork, ticket: Ticket, clock: Clock) -> bool:
    """Whether it is for this unit of work to tell."""
    if clock.standing is Standing.ON_TIME:
        return False
    row = {
        "organization_id": ticket.organization_id,
        "ticket_id": ticket.id,
        "promise": clock.promise,
        "standing": clock.standing,
        "told_at": uow.clock.now(),
    }
    inserting = insert_ignoring_duplicates(uow.database, ToldPromise.__table__).values(row)
    return await uow.session.scalar(inserting.returning(ToldPromise.id)) is not None


async def _claim_all(uow: UnitOfWork) -> list[int]:
    """Claim everything of the organization that nobody has been told of. Gives the ids of the rows."""
    claimed: list[int] = []
    for promise, standing, condition in untold(uow):
        told_at = literal(uow.clock.now(), UtcDateTime())
        rows = (
            select(Ticket.organization_id, Ticket.id, literal(promise.value), literal(standing.value), told_at)
            .where(Ticket.organization_id == uow.actor.organization_id, condition)
            .order_by(Ticket.id)
        )
        columns = ["organization_id", "ticket_id", "promise", "standing", "told_at"]
        inserting = insert_ignoring_duplicates(uow.database, ToldPromise.__table__).from_select(columns, rows)
        claimed += (await uow.session.scalars(inserting.returning(ToldPromise.id))).all()
    return claimed
