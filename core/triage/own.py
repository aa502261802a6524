"""Sorting as the organization's own tickets taught it, by the newest model that any process has learned."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from core.clock import Clock
from core.db.unit_of_work import Reading
from core.errors import DeskError
from core.people.values import Actor, system_actor
from core.triage.models import LearnedModel
from core.triage.ports import SentenceVectors
from core.triage.recalled import Recalled
from core.triage.values import Example, Guess, Taught, TriageRequest

if TYPE_CHECKING:
    from core.triage.learned import Classifier

log = structlog.get_logger(__name__)


VERSION = 5
"""Grows when terms, vectors or the packed form are made otherwise: what was learned before is of no use any more."""


def source_of(embedder: SentenceVectors) -> str:
    """What a model's rows are made of; a model of another source is of no use."""
    return f"{VERSION}/{embedder.model if embedder.dimension else 'no vectors'}"


@dataclass(frozen=True, slots=True)
class OwnTickets:
    """Guesses of the stored models. Each is loaded once and again when a newer one is there.

    Whether it is, is looked up at most every `look_every` seconds, as tickets come in bursts.
    """

    reading: Callable[[Actor], Reading]
    embedder: SentenceVectors
    look_every: float = 0.0
    clock: Clock = field(default_factory=Clock)
    recalled: Recalled = field(init=False)
    _looked_at: dict[int, float] = field(default_factory=dict)
    _loaded: dict[int, tuple[datetime, Mapping[Taught, "Classifier"]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recalled", Recalled(self.reading, self.embedder))

    async def guesses(self, request: TriageRequest) -> Mapping[Taught, Guess]:
        """What was learned, and before it what people chose on tickets nearly alike.

        Empty where the organization has taught nothing yet, or the database or the embedder is away.
        """
        try:
            learned = await self._learned(request)
            return {**learned, **await self.recalled.guesses(request)}
        except DeskError as error:
            log.warning("triage.own_tickets_away", reason=str(error))
            return {}

    async def _learned(self, request: TriageRequest) -> Mapping[Taught, Guess]:
        classifiers = await self._classifiers(request.organization_id)
        if not classifiers:
            return {}
        from core.triage.sentences import rows_of  # noqa: PLC0415 (numpy, only where something was learned)

        example = Example(request.title, request.description, "")
        (row,) = await rows_of(self.embedder, [example])
        return await asyncio.to_thread(
            lambda: {name: classifier.guess(example, row) for name, classifier in classifiers.items()}
        )

    async def _classifiers(self, organization_id: int) -> "Mapping[Taught, Classifier]":
        now = self.clock.monotonic()
        if now - self._looked_at.get(organization_id, float("-inf")) < self.look_every:
            known = self._loaded.get(organization_id)
            return known[1] if known else {}
        async with self.reading(system_actor(organization_id)) as reading:
            usable = (LearnedModel.organization_id == organization_id, LearnedModel.source == source_of(self.embedder))
            learned_at = await reading.session.scalar(select(LearnedModel.learned_at).where(*usable))
            self._looked_at[organization_id] = now
            if learned_at is None:
                self._loaded.pop(organization_id, None)
                return {}
            known = self._loaded.get(organization_id)
            if known is not None and known[0] == learned_at:
                return known[1]
            row = (await reading.session.scalars(select(LearnedModel).where(*usable))).one()
        from core.triage.packed import unpack_all  # noqa: PLC0415 (numpy, only where something was learned)

        classifiers = await asyncio.to_thread(unpack_all, row.content)
        self._loaded[organization_id] = (row.learned_at, classifiers)
        return classifiers
