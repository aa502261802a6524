"""Background work: `triage.suggest`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import NotFoundError
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.triage.actions import finish_triage, record_calls
from core.triage.ports import Triage
from core.triage.queries import known_skills
from core.triage.values import AiCall, Suggestion, TriageFailedError, TriageRequest

SKILLS_KEPT = 15.0  # seconds

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Advice:
    """What the engine gave: advice, or the reason why there is none; and every call that was billed."""

    suggestion: Suggestion | None
    calls: tuple[AiCall, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TriageJobs:
    """Asks the engine outside any transaction, then writes all that follows in one.

    A ticket that has been triaged is not triaged again. When the writing fails, the advice is kept for the next try in
    this process, so that nothing is paid for twice. `after_calls` are told when a provider was asked; none ever fails.
    """

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    engine: Triage
    after_calls: Sequence[Callable[[], Awaitable[None]]] = ()
    _unwritten: dict[int, Advice] = field(default_factory=dict)
    _skills: dict[int, tuple[float, tuple[str, ...]]] = field(default_factory=dict)

    async def suggest(self, job: JobTicket) -> None:
        ticket_id = int(job.payload["ticket_id"])
        if job.id not in self._unwritten:
            request = await self._request(job.organization_id, ticket_id)
            if request is None:
                return
            self._unwritten[job.id] = await self._ask(request)
        await self._write(job.organization_id, ticket_id, self._unwritten[job.id])
        advice = self._unwritten.pop(job.id)
        for follows in self.after_calls if advice.calls else ():
            await follows()

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: nobody should go on waiting for triage."""
        advice = self._unwritten.pop(job.id, Advice(None, (), reason))
        await self._write(job.organization_id, int(job.payload["ticket_id"]), advice)

    async def _request(self, organization_id: int, ticket_id: int) -> TriageRequest | None:
        async with self.reading(system_actor(organization_id)) as reading:
            waiting = select(Ticket.title, Ticket.description).where(
                Ticket.id == ticket_id, Ticket.triaged_at.is_(None), Ticket.deleted_at.is_(None)
            )
            ticket = (await reading.session.execute(waiting)).one_or_none()
            if ticket is None:
                return None
            return TriageRequest(
                title=ticket.title,
                description=ticket.description,
                known_skills=await self._known_skills(reading),
                organization_id=organization_id,
            )

    async def _known_skills(self, reading: Reading) -> tuple[str, ...]:
        """Of some seconds ago, as they change seldom and tickets come in bursts."""
        now, organization_id = reading.clock.monotonic(), reading.actor.organization_id
        read_at, skills = self._skills.get(organization_id, (float("-inf"), ()))
        if now - read_at >= SKILLS_KEPT:
            skills = await known_skills(reading)
            self._skills[organization_id] = (now, skills)
        return skills

    async def _ask(self, request: TriageRequest) -> Advice:
        try:
            result = await self.engine.suggest(request)
        except TriageFailedError as error:
            log.warning("triage.no_advice", reason=error.reason)
            return Advice(None, error.calls, error.reason)
        return Advice(result.suggestion, result.calls)

    async def _write(self, organization_id: int, ticket_id: int, advice: Advice) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            try:
                ticket = await lock_ticket_by_id(uow, ticket_id)
            except NotFoundError:
                record_calls(uow, None, advice.calls)
            else:
                record_calls(uow, ticket_id, advice.calls)
                if ticket.triaged_at is None:
                    await finish_triage(uow, ticket, advice.suggestion, reason=advice.reason)
            await uow.commit()
