"""Background work: `search.learn`, which fits how scores are read to what people said of what they were shown.

A logistic fit with a prior at what was measured (docs/adr/0021-the-threshold-learns.md): few verdicts change little.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, select

from core.db.unit_of_work import Reading, UnitOfWork
from core.jobs.isolation import each_by_itself
from core.jobs.values import JobTicket
from core.people.models import Organization
from core.people.values import Actor, system_actor
from core.search.calibration import MEASURED, Calibration, least_chance, logistic, logit
from core.search.learned import learning_row
from core.search.models import ShownTicket, SimilarShowing, SimilarVerdict
from core.search.values import Verdict
from core.search.voices import shared_out

NEWEST = 5000  # verdicts, and as many silences, that are learned from
SILENCE_AFTER = timedelta(days=7)  # what was shown longer ago and judged by nobody was ignored
HALF_LIFE = timedelta(days=180)  # so that a search that came to show nothing begins anew
IGNORED_WEIGHT = 0.1
IGNORED_SHARE = 0.25  # of the weight of what people said: silence alone teaches nothing
TRUST_IN_MEASURED = Calibration(scale=30.0, lift=4.0, shift=8.0)
"""The precision (1 / variance) of the prior of each number: about as much as 40 verdicts on doubtful tickets."""
MEASURED_WEIGHT = 40.0  # verdicts: what that prior counts as beside what one person said
STEPS = 25

log = structlog.get_logger(__name__)

Numbers = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One shown ticket, as it was scored, and whether it helped; `weight` is how much that counts."""

    score: float
    lift: float
    helped: bool
    weight: float
    person_id: int | None = None


def fitted(evidence: Sequence[Evidence]) -> Calibration:
    """The most likely calibration, by Newton's method."""
    rows = [((logit(one.score), one.lift, 1.0), one) for one in evidence]
    start: Numbers = (MEASURED.scale, MEASURED.lift, MEASURED.shift)
    trust: Numbers = (TRUST_IN_MEASURED.scale, TRUST_IN_MEASURED.lift, TRUST_IN_MEASURED.shift)
    now = start
    for _ in range(STEPS):
        slope = [trust[i] * (now[i] - start[i]) for i in range(3)]
        bend = [[trust[i] if i == j else 0.0 for j in range(3)] for i in range(3)]
        for x, one in rows:
            chance = logistic(sum(now[i] * x[i] for i in range(3)))
            missed, doubt = one.weight * (chance - one.helped), one.weight * chance * (1 - chance)
            for i in range(3):
                slope[i] += missed * x[i]
                for j in range(3):
                    bend[i][j] += doubt * x[i] * x[j]
        step = _solved(bend, slope)
        now = (now[0] - step[0], now[1] - step[1], now[2] - step[2])
        if max(abs(part) for part in step) < 1e-6:  # noqa: PLR2004 (nothing moves any more)
            break
    return Calibration(scale=max(now[0], 0.1), lift=max(now[1], 0.0), shift=now[2])


@dataclass(frozen=True, slots=True)
class SearchLearning:
    """Fits every organization's calibration and threshold anew; without a new verdict nothing is written.

    `precision` is the wanted share of helpful tickets among those shown (None: what the measured threshold gives).
    """

    unit_of_work: Callable[[Actor], UnitOfWork]
    reading: Callable[[Actor], Reading]
    is_lexical: bool
    precision: float | None = None

    async def run(self, job: JobTicket) -> None:
        """Every organization in turn, whichever the job's row belongs to.

        Raises:
            TryAgainLaterError: the database is away.
        """
        async with self.reading(system_actor(job.organization_id)) as reading:
            organizations = (await reading.session.scalars(select(Organization.id).order_by(Organization.id))).all()
        await each_by_itself(organizations, self.learn)

    async def learn(self, organization_id: int) -> bool:
        """Whether anybody has said anything yet to learn from."""
        async with self.reading(system_actor(organization_id)) as reading:
            said = await self._said(reading)
            ignored = await self._ignored(reading) if said else []
        if not said:
            return False
        said, ignored = _by_many(said), _by_many(ignored)
        evidence = [*said, *_held_back(ignored, sum(one.weight for one in said))]
        calibration = await asyncio.to_thread(fitted, evidence)
        shown = [(calibration.chance(one.score, one.lift), one.weight) for one in said]
        least = least_chance(calibration, shown, lexical=self.is_lexical, precision=self.precision)
        await self._keep(organization_id, calibration, least, len(said))
        log.info("search.learned", organization=organization_id, verdicts=len(said), least=round(least, 3))
        return True

    async def _said(self, reading: Reading) -> list[Evidence]:
        rows = await reading.session.execute(
            select(
                ShownTicket.raw_score,
                ShownTicket.lift,
                SimilarVerdict.verdict,
                SimilarVerdict.given_at,
                SimilarVerdict.user_id,
            )
            .join(SimilarVerdict, SimilarVerdict.shown_id == ShownTicket.id)
            .where(SimilarVerdict.organization_id == reading.actor.organization_id, self._of_this_kind())
            .order_by(SimilarVerdict.revision.desc())
            .limit(NEWEST)
        )
        now = reading.clock.now()
        return [
            Evidence(
                score=row.raw_score,
                lift=row.lift,
                helped=row.verdict.is_good,
                weight=_faded(now - row.given_at),
                person_id=row.user_id,
            )
            for row in rows
            if row.verdict is not Verdict.IGNORED
        ]

    async def _ignored(self, reading: Reading) -> list[Evidence]:
        now = reading.clock.now()
        judged = select(SimilarVerdict.id).where(SimilarVerdict.shown_id == ShownTicket.id)
        rows = await reading.session.execute(
            select(ShownTicket.raw_score, ShownTicket.lift, SimilarShowing.shown_at, SimilarShowing.asker_id)
            .join(SimilarShowing, SimilarShowing.id == ShownTicket.showing_id)
            .where(
                SimilarShowing.organization_id == reading.actor.organization_id,
                SimilarShowing.shown_at < now - SILENCE_AFTER,
                ~judged.exists(),
                self._of_this_kind(),
            )
            .order_by(SimilarShowing.shown_at.desc())
            .limit(NEWEST)
        )
        return [
            Evidence(
                score=row.raw_score,
                lift=row.lift,
                helped=False,
                weight=IGNORED_WEIGHT * _faded(now - row.shown_at),
                person_id=row.asker_id,
            )
            for row in rows
        ]

    def _of_this_kind(self) -> ColumnElement[bool]:
        """Scores by words alone are of another scale than those by meaning."""
        by_words = ShownTicket.closeness.is_(None)
        return by_words if self.is_lexical else ~by_words

    async def _keep(self, organization_id: int, calibration: Calibration, least: float, verdicts: int) -> None:
        async with self.unit_of_work(system_actor(organization_id)) as uow:
            row = await learning_row(uow)
            row.is_lexical = self.is_lexical
            row.scale, row.lift, row.shift = calibration.scale, calibration.lift, calibration.shift
            row.least_chance = least
            row.verdicts = verdicts
            row.learned_at = uow.clock.now()
            await uow.commit()


def _by_many(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Nobody's verdicts, and nobody's silence, weighing more than their share."""
    weights = shared_out([(one.person_id, one.weight) for one in evidence], measured=MEASURED_WEIGHT)
    return [replace(one, weight=weight) for one, weight in zip(evidence, weights, strict=True)]


def _held_back(ignored: Sequence[Evidence], said: float) -> list[Evidence]:
    """Silence, weighing in all at most its share of what was said."""
    silent = sum(one.weight for one in ignored)
    factor = min(1.0, IGNORED_SHARE * said / silent) if silent else 0.0
    return [replace(one, weight=one.weight * factor) for one in ignored]


def _faded(age: timedelta) -> float:
    return math.pow(0.5, max(age, timedelta(0)) / HALF_LIFE)


def _solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> Numbers:
    """The solution of three equations by Cramer's rule; the prior makes the matrix positive definite."""
    whole = _determinant(matrix)
    parts = []
    for column in range(3):
        replaced = [[right[i] if j == column else matrix[i][j] for j in range(3)] for i in range(3)]
        parts.append(_determinant(replaced) / whole)
    return parts[0], parts[1], parts[2]


def _determinant(m: Sequence[Sequence[float]]) -> float:
    return (
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    )
