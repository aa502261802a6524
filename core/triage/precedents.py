"""Earlier tickets that show a language model how this desk sorts: corrected advice, and similar resolved tickets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.errors import DeskError
from core.people.values import Actor, system_actor
from core.search.values import Findings
from core.tickets.models import Ticket
from core.triage.models import TriageChoice
from core.triage.values import AiCall, Precedent, Precedents, TriageRequest

log = structlog.get_logger(__name__)

CORRECTED = 6
SIMILAR = 3
CHOICES_READ = 60
PATIENCE = 2.0  # seconds


class FindSimilar(Protocol):
    """`core.search.search.Search.ask`."""

    async def __call__(
        self, *, organization_id: int, title: str, description: str, limit: int, calls: list[AiCall]
    ) -> Findings: ...


@dataclass(frozen=True, slots=True)
class DeskMemory:
    """Reads the organization's corrections and asks its search, which finds public tickets alone."""

    reading: Callable[[Actor], Reading]
    find_similar: FindSimilar

    async def precedents(self, request: TriageRequest) -> Precedents:
        """Whatever could be had in time."""
        calls: list[AiCall] = []
        corrected, similar = await asyncio.gather(
            self._patiently(self._corrected(request)), self._patiently(self._similar(request, calls))
        )
        return Precedents(corrected=corrected, similar=similar, calls=tuple(calls))

    async def _patiently(self, finding: Awaitable[tuple[Precedent, ...]]) -> tuple[Precedent, ...]:
        try:
            async with asyncio.timeout(PATIENCE):
                return await finding
        except (DeskError, TimeoutError) as error:
            log.warning("triage.precedents_away", reason=str(error) or "timeout")
            return ()

    async def _corrected(self, request: TriageRequest) -> tuple[Precedent, ...]:
        """The tickets whose advice was corrected last."""
        newest = (
            select(TriageChoice, Ticket.title, Ticket.description)
            .join(Ticket, Ticket.id == TriageChoice.ticket_id)
            .where(TriageChoice.organization_id == request.organization_id, Ticket.deleted_at.is_(None))
            .order_by(TriageChoice.chosen_at.desc(), TriageChoice.id)
            .limit(CHOICES_READ)
        )
        async with self.reading(system_actor(request.organization_id)) as reading:
            rows = (await reading.session.execute(newest)).all()
        chosen: dict[int, list[TriageChoice]] = {}
        texts: dict[int, tuple[str, str]] = {}
        for choice, title, description in rows:
            if not choice.was_right:
                chosen.setdefault(choice.ticket_id, []).append(choice)
                texts[choice.ticket_id] = title, description
        # In the order of their ids: a beginning that stays the same is cheaper at the provider.
        return tuple(
            Precedent(
                title=texts[ticket_id][0],
                text=texts[ticket_id][1],
                sorted_as={choice.field: choice.chosen for choice in chosen[ticket_id]},
                advised={choice.field: choice.advised for choice in chosen[ticket_id]},
            )
            for ticket_id in sorted(list(chosen)[:CORRECTED])
        )

    async def _similar(self, request: TriageRequest, calls: list[AiCall]) -> tuple[Precedent, ...]:
        findings = await self.find_similar(
            organization_id=request.organization_id,
            title=request.title,
            description=request.description,
            limit=SIMILAR,
            calls=calls,
        )
        return tuple(
            Precedent(
                title=ticket.title,
                resolution=ticket.resolution,
                sorted_as={"category": ticket.category.value} if ticket.category else {},
            )
            for ticket in findings.tickets
        )
