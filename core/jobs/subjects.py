"""What a job is about, so that whoever looks at one that failed knows whom it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.conversations.models import Delivery
from core.db.unit_of_work import Reading
from core.jobs.models import Job
from core.tickets.models import Ticket


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """`ticket` is the number that people see, `recipient` where a message was to go, `message` a row of the ledger."""

    ticket: int | None = None
    recipient: str = ""
    message: int | None = None


async def subjects_of(reading: Reading, jobs: Sequence[Job]) -> Mapping[int, Subject]:
    """By job id, of those that are about a ticket, a delivery or an arrival."""
    wanted = {job.payload["delivery_id"] for job in jobs if "delivery_id" in job.payload}
    rows = await reading.session.execute(
        select(Delivery.id, Delivery.ticket_id, Delivery.recipient).where(Delivery.id.in_(wanted))
    )
    deliveries = {delivery_id: (ticket_id, recipient) for delivery_id, ticket_id, recipient in rows}
    of_delivery = {job.id: deliveries.get(job.payload.get("delivery_id", 0), (None, "")) for job in jobs}
    ticket_ids = {job.id: job.payload.get("ticket_id") or of_delivery[job.id][0] for job in jobs}
    numbers = await _numbers(reading, {ticket_id for ticket_id in ticket_ids.values() if ticket_id})
    return {
        job.id: Subject(
            ticket=numbers.get(ticket_ids[job.id] or 0),
            recipient=of_delivery[job.id][1],
            message=job.payload.get("intake_id"),
        )
        for job in jobs
    }


async def _numbers(reading: Reading, ticket_ids: set[int]) -> dict[int, int]:
    rows = await reading.session.execute(
        select(Ticket.id, Ticket.number).where(
            Ticket.organization_id == reading.actor.organization_id, Ticket.id.in_(ticket_ids)
        )
    )
    return dict(rows.all())
