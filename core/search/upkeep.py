"""Keeping the table of ticket vectors true to the tickets."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import TryAgainLaterError
from core.people.values import Actor, system_actor
from core.search.actions import (
    Computed,
    forget_other_models,
    remove_vectors,
    request_rebuild,
    store_vectors,
    ticket_text,
)
from core.search.documents import VectorTexts, texts_of
from core.search.embedders.lexical import LexicalOnly
from core.search.models import TicketVectorsRow
from core.search.ports import Embedder
from core.search.queries import stale_tickets
from core.search.stored import kept_dense_vectors
from core.search.terms import TERMS_REVISION, document_terms
from core.search.values import TicketVectors
from core.search.vectors import ticket_vectors
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.triage.values import AiCall

TICKETS_AT_ONCE = 16
KEPT_BESIDE = timedelta(days=1)
FORGOTTEN_AT_ONCE = 500

RecordCalls = Callable[[UnitOfWork, int | None, Sequence[AiCall]], None]
"""Adds what was billed to the unit of work, for one ticket or for several at once (None)."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Writes vectors of tickets that are completed, public and present, and removes those of all others.

    Vectors are computed outside the transaction; what changed meanwhile is left to the job that this change enqueued.
    """

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    embedder: Embedder
    record_calls: RecordCalls

    async def bring_up_to_date(self, organization_id: int, ticket_ids: Sequence[int]) -> int:
        """Returns how many tickets' vectors were written or removed.

        Raises:
            TryAgainLaterError: the embedder did not answer; the tickets are then findable by their words.
        """
        async with self.reading(system_actor(organization_id)) as reading:
            tickets = (await reading.session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids)))).all()
            found = await reading.session.scalars(
                select(TicketVectorsRow).where(TicketVectorsRow.ticket_id.in_(ticket_ids))
            )
            rows: dict[int, list[TicketVectorsRow]] = defaultdict(list)
            for row in found:
                rows[row.ticket_id].append(row)
        removed = [t.id for t in tickets if not t.snapshot().is_answerable_to_strangers]
        texts = {
            ticket.id: texts_of(ticket_text(ticket))
            for ticket in tickets
            if ticket.snapshot().is_answerable_to_strangers
        }
        current = {
            ticket_id: [row for row in rows[ticket_id] if self._is_embedded(row, text)]
            for ticket_id, text in texts.items()
        }
        reused = {
            ticket_id: _with_new_terms(of_ticket[0], texts[ticket_id])
            for ticket_id, of_ticket in current.items()
            if of_ticket and all(row.terms_revision < TERMS_REVISION for row in of_ticket)
        }
        outdated = {ticket_id: text for ticket_id, text in texts.items() if not current[ticket_id]}
        changed = await self._remove(organization_id, removed)
        if reused:
            changed += await self._store(organization_id, reused, [])
        return changed + await self._write(organization_id, outdated)

    async def next_stale(self, *, after_id: int = 0) -> dict[int, list[int]]:
        """The next few tickets, by organization, whose vectors are missing, to be made anew, or to be removed."""
        async with self.reading(system_actor(0)) as reading:
            rows = await stale_tickets(reading, model=self.embedder.model, after_id=after_id, limit=TICKETS_AT_ONCE)
        stale: dict[int, list[int]] = {}
        for ticket_id, organization_id in rows:
            stale.setdefault(organization_id, []).append(ticket_id)
        return stale

    async def request_rebuild(self, organization_id: int) -> None:
        """Have every process make its index anew from the table."""
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            await request_rebuild(uow)
            await uow.commit()

    async def forget_other_models(self) -> int:
        """Delete what other models made, a day after this one has replaced it. Returns how many vectors that were.

        Until then a process with the old settings may still be running beside. Without a model nothing is forgotten.
        """
        forgotten = 0
        while self.embedder.dimension:
            async with self.unit_of_work(system_actor(0)) as uow:
                since = uow.clock.now() - KEPT_BESIDE
                some = await forget_other_models(uow, self.embedder.model, since=since, limit=FORGOTTEN_AT_ONCE)
                await uow.commit()
            forgotten += some
            if some < FORGOTTEN_AT_ONCE:
                break
        return forgotten

    def _is_embedded(self, row: TicketVectorsRow, texts: VectorTexts) -> bool:
        if row.is_removed or row.text_hash != texts.hash:
            return False
        return not self.embedder.dimension or (row.model == self.embedder.model and bool(row.text))

    async def _write(self, organization_id: int, outdated: dict[int, VectorTexts]) -> int:
        if not outdated:
            return 0
        calls: list[AiCall] = []
        try:
            vectors = await ticket_vectors(self.embedder, list(outdated.values()), calls)
        except TryAgainLaterError:
            words = await ticket_vectors(LexicalOnly(), list(outdated.values()))
            await self._store(organization_id, _computed(outdated, self.embedder.model, words), calls)
            raise
        return await self._store(organization_id, _computed(outdated, self.embedder.model, vectors), calls)

    async def _store(self, organization_id: int, computed: dict[int, Computed], calls: list[AiCall]) -> int:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            self.record_calls(uow, next(iter(computed)) if len(computed) == 1 else None, calls)
            for ticket_id in sorted(computed):  # all tickets before the first revision: two batches cannot cross
                await lock_ticket_by_id(uow, ticket_id)
            stored = [await store_vectors(uow, ticket_id, each) for ticket_id, each in sorted(computed.items())]
            await uow.commit()
        return sum(stored)

    async def _remove(self, organization_id: int, ticket_ids: Sequence[int]) -> int:
        if not ticket_ids:
            return 0
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            for ticket_id in sorted(ticket_ids):
                await lock_ticket_by_id(uow, ticket_id)
            removed = [await remove_vectors(uow, ticket_id) for ticket_id in sorted(ticket_ids)]
            await uow.commit()
        return sum(removed)


def _with_new_terms(row: TicketVectorsRow, texts: VectorTexts) -> Computed:
    """What a model made of a text holds on; only its words are taken anew."""
    vectors = replace(kept_dense_vectors(row), terms=document_terms(texts.words))
    return Computed(texts=texts, model=row.model, vectors=vectors)


def _computed(outdated: dict[int, VectorTexts], model: str, vectors: Sequence[TicketVectors]) -> dict[int, Computed]:
    return {
        ticket_id: Computed(texts=texts, model=model, vectors=made)
        for (ticket_id, texts), made in zip(outdated.items(), vectors, strict=True)
    }
