"""Sorting as the organization's own tickets taught it, by the newest model that any process has learned."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.errors import DeskError
from core.people.values import Actor, system_actor
from core.triage.models import LearnedModel
from core.triage.ports import SentenceVectors
from core.triage.values import Example, Guess, TriageRequest

if TYPE_CHECKING:
    from core.triage.learned import Classifier

log = structlog.get_logger(__name__)


VERSION = 2
"""Grows when terms or vectors are made otherwise: what was learned from the former means nothing any more."""


def source_of(embedder: SentenceVectors) -> str:
    """What a model's rows are made of; a model of another source is of no use."""
    return f"{VERSION}/{embedder.model if embedder.dimension else 'no vectors'}"


@dataclass(frozen=True, slots=True)
class OwnTickets:
    """Guesses of the stored models. Each is loaded once and again when a newer one is there."""

    reading: Callable[[Actor], Reading]
    embedder: SentenceVectors
    _loaded: dict[int, tuple[datetime, "Classifier"]] = field(default_factory=dict)

    async def guess(self, request: TriageRequest) -> Guess | None:
        """None where the organization has taught nothing yet, or the database or the embedder is away."""
        try:
            classifier = await self._classifier(request.organization_id)
            if classifier is None:
                return None
            from core.triage.sentences import rows_of  # noqa: PLC0415 (numpy, only where something was learned)

            example = Example(request.title, request.description, "")
            (row,) = await rows_of(self.embedder, [example])
            return await asyncio.to_thread(classifier.guess, example, row)
        except DeskError as error:
            log.warning("triage.own_tickets_away", reason=str(error))
            return None

    async def _classifier(self, organization_id: int) -> "Classifier | None":
        async with self.reading(system_actor(organization_id)) as reading:
            usable = (LearnedModel.organization_id == organization_id, LearnedModel.source == source_of(self.embedder))
            learned_at = await reading.session.scalar(select(LearnedModel.learned_at).where(*usable))
            if learned_at is None:
                self._loaded.pop(organization_id, None)
                return None
            known = self._loaded.get(organization_id)
            if known is not None and known[0] == learned_at:
                return known[1]
            row = (await reading.session.scalars(select(LearnedModel).where(*usable))).one()
        from core.triage.packed import unpack  # noqa: PLC0415 (numpy, only where something was learned)

        classifier = await asyncio.to_thread(unpack, row.content)
        self._loaded[organization_id] = (row.learned_at, classifier)
        return classifier
