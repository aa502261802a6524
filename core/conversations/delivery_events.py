"""What became of a message after its provider took it: delivered, delayed, bounced, called spam.

A provider may tell of a message before we have written down its name for it, so each event is a job that looks again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from core.conversations.enqueueing import EMAIL
from core.conversations.failures import tell_delivery_failed
from core.conversations.models import Delivery
from core.conversations.values import DeliveryEvent, DeliveryStatus
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import TryAgainLaterError
from core.jobs import kinds
from core.jobs.values import JobTicket
from core.people.models import User
from core.people.reachability import mark_undeliverable
from core.people.values import Actor, system_actor
from core.tickets.models import Ticket

log = structlog.get_logger(__name__)

_FOLLOWS: dict[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.DELAYED: frozenset({DeliveryStatus.SENT}),
    DeliveryStatus.DELIVERED: frozenset({DeliveryStatus.SENT, DeliveryStatus.DELAYED}),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.SENT, DeliveryStatus.DELAYED}),
    DeliveryStatus.BOUNCED: frozenset({DeliveryStatus.SENT, DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED}),
    DeliveryStatus.COMPLAINED: frozenset({DeliveryStatus.SENT, DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED}),
}
"""From which states each may follow: events arrive in any order and more than once."""
_NOT_RECEIVED = frozenset({DeliveryStatus.BOUNCED, DeliveryStatus.FAILED})


def note_delivery_event(uow: UnitOfWork, event: DeliveryEvent, *, event_id: str) -> None:
    """Keep an event for its job. The same `event_id` again adds nothing."""
    payload = {
        "provider_id": event.provider_id,
        "status": event.status.value,
        "detail": event.detail,
        "is_final": event.is_final,
    }
    uow.jobs.enqueue(kinds.DELIVERY_EVENT, payload, key=f"delivery_event:{event_id}")


async def apply_delivery_event(uow: UnitOfWork, event: DeliveryEvent) -> Delivery | None:
    """Bring the delivery to the state its provider tells of; None where nothing changed.

    A message that its recipient did not get is told to the moderators once; to an address that will not do no more is
    sent for a while.
    """
    statement = select(Delivery).where(Delivery.provider_id == event.provider_id).limit(1)
    delivery = await uow.session.scalar(statement.with_for_update())
    if delivery is None or delivery.status not in _FOLLOWS.get(event.status, frozenset()):
        return None
    delivery.status = event.status
    delivery.error = "" if event.status is DeliveryStatus.DELIVERED else event.detail[:1000]
    if event.is_final and delivery.user_id is not None:
        mark_undeliverable(uow, await uow.session.get_one(User, delivery.user_id))
    if event.status in _NOT_RECEIVED and delivery.ticket_id is not None:
        await tell_delivery_failed(uow, delivery, await uow.session.get_one(Ticket, delivery.ticket_id))
    return delivery


@dataclass(frozen=True, slots=True)
class DeliveryEvents:
    """The job `conversations.delivery_event`."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]

    async def run(self, job: JobTicket) -> None:
        """Other programs may send through the same account: what is none of ours is let go."""
        event = DeliveryEvent(
            provider_id=str(job.payload["provider_id"]),
            status=DeliveryStatus(job.payload["status"]),
            detail=str(job.payload["detail"]),
            is_final=bool(job.payload["is_final"]),
        )
        organization_id = await self._organization_of(event, job)
        if organization_id is None:
            log.info("delivery.event_of_none", status=event.status.value)
            return
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            delivery = await apply_delivery_event(uow, event)
            await uow.commit()
        if delivery is not None:
            log.info("delivery.event_applied", delivery=delivery.id, status=event.status.value)

    async def _organization_of(self, event: DeliveryEvent, job: JobTicket) -> int | None:
        """Whose delivery it is.

        Raises:
            TryAgainLaterError: it may be of a mail whose sending has not been written down yet.
        """
        on_its_way = select(Delivery.id).where(
            Delivery.channel == EMAIL, Delivery.status == DeliveryStatus.SENDING, Delivery.provider_id == ""
        )
        async with self.reading(system_actor(job.organization_id)) as reading:
            found = await reading.session.scalar(
                select(Delivery.organization_id).where(Delivery.provider_id == event.provider_id).limit(1)
            )
            if found is not None or job.attempts >= kinds.DELIVERY_EVENT.max_attempts:
                return found
            if await reading.session.scalar(on_its_way.limit(1)) is not None:
                raise TryAgainLaterError("A mail is being sent whose name at the provider is not known yet.")
        return None
