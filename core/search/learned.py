"""What was learned from feedback, as a search uses it: read with each question, at the cost of one small row."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from core.db.engine import insert_ignoring_duplicates
from core.db.unit_of_work import Reading, UnitOfWork
from core.search.calibration import MEASURED, PRIOR_LIFT, Calibration, default_min_score, least_chance
from core.search.memory import Memory, read_memory
from core.search.models import SearchLearning
from core.search.ranking import best_first
from core.search.values import Candidate, Ranked
from core.search.vectors import Asked

ORGANIZATIONS_REMEMBERED = 32

_LEARNED = select(*SearchLearning.__table__.columns).where(
    SearchLearning.organization_id == bindparam("organization_id")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """How this organization's scores are read."""

    calibration: Calibration
    least_chance: float
    memory: Memory

    def best_first(
        self, asked: Asked, candidates: Sequence[Candidate], *, population: int, least: float
    ) -> Iterator[Ranked]:
        """Those with the `least` chance, as ranked; what helped with similar questions has risen."""
        return best_first(
            asked.question,
            candidates,
            population=population,
            lifts=self.memory.lifts(asked.vectors),
            chance=self.calibration.chance,
            least=least,
        )


class LearnedSearches:
    """Of each organization the newest that was learned. `precision` is the wanted one (None: as measured)."""

    def __init__(self, *, model: str, precision: float | None = None) -> None:
        self._model = model
        self._precision = precision
        self._memories: OrderedDict[int, tuple[int, Memory]] = OrderedDict()

    async def of(self, reading: Reading, *, lexical: bool) -> Learned:
        """What holds for the reader's organization now."""
        found = await reading.session.execute(_LEARNED, {"organization_id": reading.actor.organization_id})
        row: Any = found.one_or_none()
        fits = row is not None and row.learned_at is not None and row.is_lexical == lexical
        if row is None or not fits:
            calibration, least = MEASURED, self._measured_least(lexical=lexical)
        else:
            calibration = Calibration(scale=row.scale, lift=row.lift, shift=row.shift)
            least = row.least_chance
        memory = await self._memory(reading, row.verdicts_revision) if row is not None else Memory()
        return Learned(calibration=calibration, least_chance=least, memory=memory)

    def _measured_least(self, *, lexical: bool) -> float:
        if self._precision is None:
            return default_min_score(lexical=lexical)
        return least_chance(MEASURED, (), lexical=lexical, precision=self._precision)

    async def _memory(self, reading: Reading, revision: int) -> Memory:
        organization_id = reading.actor.organization_id
        known = self._memories.get(organization_id)
        if known is None or known[0] != revision:
            earlier = known[1] if known is not None else Memory()
            known = revision, await read_memory(reading, model=self._model, known=earlier)
            self._memories[organization_id] = known
            while len(self._memories) > ORGANIZATIONS_REMEMBERED:
                self._memories.popitem(last=False)
        self._memories.move_to_end(organization_id)
        return known[1]


async def next_verdict_revision(uow: UnitOfWork) -> int:
    """Have every process read the verdicts of the actor's organization again, from the one with this revision on.

    Whoever takes one holds the row until the commit: who has seen a revision has then seen all before it.
    """
    row = await learning_row(uow)
    revision: int = (
        await uow.session.execute(
            update(SearchLearning)
            .where(SearchLearning.organization_id == row.organization_id)
            .values(verdicts_revision=SearchLearning.verdicts_revision + 1)
            .returning(SearchLearning.verdicts_revision)
            .execution_options(synchronize_session=False)
        )
    ).scalar_one()
    return revision


async def learning_row(uow: UnitOfWork) -> SearchLearning:
    """The row of the actor's organization, made where there is none."""
    organization_id = uow.actor.organization_id
    first = {
        "organization_id": organization_id,
        "verdicts_revision": 0,
        "is_lexical": False,
        "scale": MEASURED.scale,
        "lift": PRIOR_LIFT,
        "shift": MEASURED.shift,
        "least_chance": default_min_score(lexical=False),
        "verdicts": 0,
        "learned_at": None,
    }
    await uow.session.execute(insert_ignoring_duplicates(uow.database, SearchLearning.__table__), [first])
    found = await uow.session.scalars(
        select(SearchLearning).where(SearchLearning.organization_id == organization_id).with_for_update()
    )
    return found.one()
