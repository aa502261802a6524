"""Background work of the search."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from core.conversations.actions import background_finished, show_anew
from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs import kinds
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.search.actions import store_similar
from core.search.feedback import record_shown_on
from core.search.generation import Generation
from core.search.ports import IndexFullError
from core.search.search import Search
from core.search.upkeep import RecordCalls, Upkeep
from core.search.values import Findings
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.triage.values import AiCall

REFRESH_SECONDS = 20.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SearchJobs:
    """The runs of `search.index`, `.similar_gone`, `.find_similar` and `.refresh`. Each may run twice without harm."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    search: Search
    record_calls: RecordCalls

    @property
    def upkeep(self) -> Upkeep:
        """Writes the table of vectors with this search's embedder."""
        return self._upkeep_of(self.search.own)

    def _upkeep_of(self, generation: Generation) -> Upkeep:
        return Upkeep(self.unit_of_work, self.reading, generation.embedder, self.record_calls)

    async def index(self, job: JobTicket) -> None:
        """Bring one ticket's vectors up to date, by the model that answers too where it is another, and the index."""
        ticket_ids = [int(job.payload["ticket_id"])]
        if self.search.earlier is not None:
            await self._upkeep_of(self.search.earlier).bring_up_to_date(job.organization_id, ticket_ids)
        await self.upkeep.bring_up_to_date(job.organization_id, ticket_ids)
        await self._follow()

    async def similar_gone(self, job: JobTicket) -> None:
        """What was shown on this ticket as similar is not public any more: its messages in Slack are written anew."""
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            ticket = await lock_ticket_by_id(uow, int(job.payload["ticket_id"]))
            uow.audit.record("ticket.similar_gone", ticket, after={"similar": job.payload["number"]})
            show_anew(uow, ticket)
            await uow.commit()

    async def find_similar(self, job: JobTicket) -> None:
        """Look for tickets similar to a new one, keep them, and tell the conversations that the search has ended."""
        ticket_id = int(job.payload["ticket_id"])
        async with self.reading(system_actor(job.organization_id)) as reading:
            ticket = await reading.session.get(Ticket, ticket_id)
        if ticket is None or ticket.deleted_at is not None:
            return
        calls: list[AiCall] = []
        findings = await self.search.ask(
            organization_id=job.organization_id,
            title=ticket.title,
            description=ticket.description,
            exclude_ticket_id=ticket_id,
            calls=calls,
        )
        await self._ended(job.organization_id, ticket_id, findings, calls)

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: nobody should go on waiting for similar tickets."""
        log.warning("search.gave_up", ticket=job.payload["ticket_id"], reason=reason)
        await self._ended(job.organization_id, int(job.payload["ticket_id"]), None, [])

    async def refresh(self, job: JobTicket) -> None:
        """Find tickets whose vectors are missing or of another model, and write them, some seconds at a time."""
        async with self.reading(system_actor(job.organization_id)) as reading:
            clock = reading.clock
        deadline = clock.monotonic() + REFRESH_SECONDS
        upkeep = self.upkeep
        after_id, written = int(job.payload.get("after_id", 0)), 0
        while stale := await upkeep.next_stale(after_id=after_id):
            for organization_id, ticket_ids in stale.items():
                written += await upkeep.bring_up_to_date(organization_id, ticket_ids)
            after_id = max(max(ticket_ids) for ticket_ids in stale.values())
            if clock.monotonic() > deadline:
                await self._go_on(job, after_id)
                break
        if written:
            log.info("search.refreshed", tickets=written)
        await self._follow()
        if self.search.earlier is None and (forgotten := await upkeep.forget_other_models()):
            log.info("search.vectors_forgotten", vectors=forgotten)

    async def _follow(self) -> None:
        """Vectors are in the table by now: where the index has no room, its follower tells of it and goes on."""
        with suppress(IndexFullError):
            await self.search.catch_up()

    async def _go_on(self, job: JobTicket, after_id: int) -> None:
        async with self.unit_of_work(system_actor(job.organization_id)) as uow:
            uow.jobs.enqueue(kinds.SEARCH_REFRESH, {"after_id": after_id}, key=f"search.refresh:{job.id}")
            await uow.commit()

    async def _ended(
        self, organization_id: int, ticket_id: int, findings: Findings | None, calls: Sequence[AiCall]
    ) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            ticket = await lock_ticket_by_id(uow, ticket_id)
            self.record_calls(uow, ticket_id, calls)
            if findings is not None:  # first, or the ticket would be written twice
                await record_shown_on(uow, ticket, findings)
            await store_similar(uow, ticket, findings.tickets if findings else [])
            await background_finished(uow, ticket)
            await uow.commit()
