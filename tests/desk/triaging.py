"""Tickets filed and triaged, for the tests of triage."""

from decimal import Decimal

from sqlalchemy import select

from core.jobs.values import JobTicket
from core.people.models import User
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from core.tickets.values import Category, Complexity, Priority
from core.triage.jobs import TriageJobs
from core.triage.models import AiUsage
from core.triage.ports import Triage
from core.triage.values import AiCall, Suggestion, TriageResult
from tests.builders import CoreDesk, unqueued

ADVICE = Suggestion(
    category=Category.PERFORMANCE,
    priority=Priority.HIGH,
    reasoning="“slow for everyone”",
    related_skills=("networking",),
    notes="Ask since when.",
    complexity=Complexity.COMPLEX,
    confidence=0.8,
    model="gpt-4.1-mini",
)


CALL = AiCall(
    model="gpt-4.1-mini",
    purpose="triage",
    input_tokens=1000,
    cached_tokens=400,
    output_tokens=100,
    cost_usd=Decimal("0.00044"),
    duration_ms=812,
)


RESULT = TriageResult(suggestion=ADVICE, calls=(CALL,))


def jobs_of(desk: CoreDesk, engine: Triage) -> TriageJobs:
    jobs = TriageJobs(unit_of_work=desk.unit_of_work, reading=desk.reading, engine=engine)
    desk.runs["triage.suggest"] = jobs.suggest
    return jobs


async def submit(desk: CoreDesk, requester: User | None = None, **fields: object) -> Ticket:
    requester = requester or await desk.person("anna")
    new = NewTicket(**{"title": "VPN is slow", "description": "For everyone.", "channel": "email", **fields})  # type: ignore[arg-type]
    async with desk.unit_of_work(desk.actor(requester)) as uow:
        ticket = await submit_ticket(uow, new, requester=requester)
        await uow.commit()
    return ticket


async def triage(desk: CoreDesk, engine: Triage, ticket: Ticket) -> Ticket:
    jobs_of(desk, engine)
    await desk.run_jobs("triage.suggest")
    return await desk.ticket(ticket.id)


def job_for(ticket: Ticket) -> JobTicket:
    return unqueued("triage.suggest", ticket_id=ticket.id)


async def usages(desk: CoreDesk) -> list[AiUsage]:
    async with desk.reading() as reading:
        return list(await reading.session.scalars(select(AiUsage).order_by(AiUsage.id)))
