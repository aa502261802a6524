"""Background work: `search.index` keeps the table of vectors true, `search.find_similar` looks for a new ticket."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from core.conversations.actions import background_finished
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import TryAgainLaterError
from core.jobs.values import JobTicket
from core.people.values import Actor, system_actor
from core.search.actions import Computed, remove_vectors, store_similar, store_vectors, ticket_text
from core.search.documents import VectorTexts, texts_of
from core.search.embedders.lexical import LexicalOnly
from core.search.models import TicketVectorsRow
from core.search.search import Search
from core.search.values import SimilarTicket
from core.search.vectors import ticket_vectors
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.triage.values import AiCall

log = structlog.get_logger(__name__)

RecordCalls = Callable[[UnitOfWork, int, list[AiCall]], None]
"""Writes what was billed for a ticket into the unit of work."""


@dataclass(frozen=True, slots=True)
class SearchJobs:
    """The jobs. Both may run twice without harm."""

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    search: Search
    record_calls: RecordCalls

    async def index(self, job: JobTicket) -> None:
        """Bring one ticket's vectors up to date: written when it is completed, public and present, else removed."""
        await self.index_ticket(job.organization_id, int(job.payload["ticket_id"]))
        await self.search.follower.catch_up()

    async def index_ticket(self, organization_id: int, ticket_id: int) -> None:
        """Raises TryAgainLaterError where the embedder does not answer; the ticket is then findable by its words."""
        async with self.reading(system_actor(organization_id)) as reading:
            ticket = await reading.session.get(Ticket, ticket_id)
            row = await reading.session.get(TicketVectorsRow, ticket_id)
        if ticket is None or not ticket.snapshot().is_answerable_to_strangers:
            await self._remove(organization_id, ticket_id)
            return
        texts = texts_of(ticket_text(ticket))
        embedder = self.search.embedder
        if row is not None and (row.text_hash, row.model) == (texts.hash, embedder.model) and not row.is_removed:
            return
        calls: list[AiCall] = []
        try:
            (vectors,) = await ticket_vectors(embedder, [texts], calls)
        except TryAgainLaterError:
            await self._store_words(organization_id, ticket_id, texts, calls)
            raise
        await self._store(
            organization_id, ticket_id, Computed(texts=texts, model=embedder.model, vectors=vectors), calls
        )

    async def find_similar(self, job: JobTicket) -> None:
        """Look for tickets similar to a new one, keep them, and tell the conversations that the search has ended."""
        ticket_id = int(job.payload["ticket_id"])
        async with self.reading(system_actor(job.organization_id)) as reading:
            ticket = await reading.session.get(Ticket, ticket_id)
        if ticket is None or ticket.deleted_at is not None:
            return
        calls: list[AiCall] = []
        found = await self.search.similar(
            organization_id=job.organization_id,
            title=ticket.title,
            description=ticket.description,
            exclude_ticket_id=ticket_id,
            calls=calls,
        )
        await self._ended(job.organization_id, ticket_id, found, calls)

    async def gave_up(self, job: JobTicket, reason: str) -> None:
        """The last try has failed: nobody should go on waiting for similar tickets."""
        log.warning("search.gave_up", ticket=job.payload["ticket_id"], reason=reason)
        await self._ended(job.organization_id, int(job.payload["ticket_id"]), [], [])

    async def _ended(
        self, organization_id: int, ticket_id: int, found: list[SimilarTicket], calls: list[AiCall]
    ) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            ticket = await lock_ticket_by_id(uow, ticket_id)
            self.record_calls(uow, ticket_id, calls)
            await store_similar(uow, ticket, found)
            await background_finished(uow, ticket)
            await uow.commit()

    async def _store(self, organization_id: int, ticket_id: int, computed: Computed, calls: list[AiCall]) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            self.record_calls(uow, ticket_id, calls)
            stored = await store_vectors(uow, ticket_id, computed)
            await uow.commit()
        if not stored:
            raise TryAgainLaterError("The ticket changed while its vectors were computed.", retry_after=0)

    async def _store_words(self, organization_id: int, ticket_id: int, texts: VectorTexts, calls: list[AiCall]) -> None:
        (vectors,) = await ticket_vectors(LexicalOnly(), [texts])
        words = Computed(texts=texts, model=LexicalOnly.model, vectors=vectors)
        await self._store(organization_id, ticket_id, words, calls)

    async def _remove(self, organization_id: int, ticket_id: int) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            if await remove_vectors(uow, ticket_id):
                await uow.commit()
