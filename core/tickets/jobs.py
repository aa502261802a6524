"""Background work: `tickets.wake`."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from core.conversations import actions as conversations
from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.snoozing import wake_ticket

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 500
"""The rest is woken a minute later."""


@dataclass(frozen=True, slots=True)
class SnoozedTickets:
    """What was put aside until now comes back, and the card's thread says so."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]

    async def wake(self, job: JobTicket) -> None:
        """Every ticket that is due, of whatever organization; each is a transaction of its own."""
        async with self.reading(system_actor(job.organization_id)) as reading:
            due = select(Ticket.organization_id, Ticket.id).where(Ticket.snoozed_until <= reading.clock.now())
            found = (await reading.session.execute(due.order_by(Ticket.snoozed_until).limit(MOST_AT_ONCE))).all()
        for organization_id, ticket_id in found:
            await self._wake(organization_id, ticket_id)

    async def _wake(self, organization_id: int, ticket_id: int) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            ticket = await lock_ticket_by_id(uow, ticket_id)
            if ticket.snoozed_until is None or ticket.snoozed_until > uow.clock.now():
                return
            await wake_ticket(uow, ticket)
            if ticket.deleted_at is None:
                text = f"⏰ Ticket #{ticket.number} is back in the queue: it was snoozed until now."
                key = f"woken:{ticket.id}:{ticket.revision}"
                await conversations.tell_moderators(uow, ticket, text, key=key)
            await uow.commit()
        log.info("ticket.woken", organization=organization_id, ticket=ticket.number)
