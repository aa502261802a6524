"""How similar tickets do over time: how often some are shown, whether they help, and which questions they answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, or_, select

from core.db.unit_of_work import Reading
from core.search.models import SearchLearning, ShownTicket, SimilarShowing, SimilarVerdict
from core.search.values import Surface, Verdict
from core.weeks import last_weeks, week_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of the questions of some time.

    `asked` counts each question once, `shown` those for which something was shown. `judged` and `helped` count verdicts
    on single tickets. `solved` are questions whose asker said that a ticket solved it; `deflected` are those of them
    that never became a ticket.
    """

    since: datetime
    asked: int = 0
    shown: int = 0
    judged: int = 0
    helped: int = 0
    solved: int = 0
    deflected: int = 0

    @property
    def coverage(self) -> float | None:
        """The share of questions for which something was shown."""
        return _share(self.shown, self.asked)

    @property
    def precision(self) -> float | None:
        """The share of verdicts that are good."""
        return _share(self.helped, self.judged)

    @property
    def deflection(self) -> float | None:
        """The share of questions that a similar ticket solved."""
        return _share(self.solved, self.asked)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcomes:
    """`weeks` oldest first, the last ending now; `whole` is their sum. `least_chance` is None before any learning."""

    weeks: Sequence[Outcome] = field(default_factory=tuple)
    whole: Outcome
    least_chance: float | None = None
    learned_at: datetime | None = None


async def similar_outcomes(reading: Reading) -> Outcomes:
    """Of the reader's organization, week by week."""
    starts = last_weeks(reading.clock.now())
    counted: list[dict[str, int]] = [{} for _ in starts]
    for rows in (await _asked(reading, starts), await _judged(reading, starts), await _solved(reading, starts)):
        for week, numbers in rows:
            counted[week] |= numbers
    weeks = [Outcome(since=start, **numbers) for start, numbers in zip(starts, counted, strict=True)]
    row = await reading.session.get(SearchLearning, reading.actor.organization_id)
    learned_at = row.learned_at if row else None
    return Outcomes(
        weeks=weeks,
        whole=_sum(weeks),
        least_chance=row.least_chance if row and learned_at else None,
        learned_at=learned_at,
    )


Counted = list[tuple[int, dict[str, int]]]


async def _asked(reading: Reading, starts: Sequence[datetime]) -> Counted:
    week = week_of(SimilarShowing.shown_at, starts)
    something = select(ShownTicket.id).where(ShownTicket.showing_id == SimilarShowing.id).exists()
    rows = await reading.session.execute(
        select(week, func.count(), func.sum(cast(case((something, 1), else_=0), Integer)))
        .where(_of(reading, starts), _counts())
        .group_by(week)
    )
    return [(number, {"asked": asked, "shown": int(shown)}) for number, asked, shown in rows]


async def _judged(reading: Reading, starts: Sequence[datetime]) -> Counted:
    week = week_of(SimilarVerdict.given_at, starts)
    good = SimilarVerdict.verdict.in_([one for one in Verdict if one.is_good])
    rows = await reading.session.execute(
        select(week, func.count(), func.sum(cast(case((good, 1), else_=0), Integer)))
        .where(SimilarVerdict.organization_id == reading.actor.organization_id, SimilarVerdict.given_at >= starts[0])
        .group_by(week)
    )
    return [(number, {"judged": judged, "helped": int(helped)}) for number, judged, helped in rows]


async def _solved(reading: Reading, starts: Sequence[datetime]) -> Counted:
    week = week_of(SimilarShowing.shown_at, starts)
    by_asker = (
        select(SimilarVerdict.id)
        .join(ShownTicket, ShownTicket.id == SimilarVerdict.shown_id)
        .where(
            ShownTicket.showing_id == SimilarShowing.id,
            SimilarVerdict.user_id == SimilarShowing.asker_id,
            SimilarVerdict.verdict == Verdict.SOLVED_IT,
        )
        .exists()
    )
    unfiled = SimilarShowing.ticket_id.is_(None)
    rows = await reading.session.execute(
        select(week, func.count(), func.sum(cast(case((unfiled, 1), else_=0), Integer)))
        .where(_of(reading, starts), _counts(), by_asker)
        .group_by(week)
    )
    return [(number, {"solved": solved, "deflected": int(deflected)}) for number, solved, deflected in rows]


def _of(reading: Reading, starts: Sequence[datetime]) -> ColumnElement[bool]:
    return and_(SimilarShowing.organization_id == reading.actor.organization_id, SimilarShowing.shown_at >= starts[0])


def _counts() -> ColumnElement[bool]:
    """A question asked in a form and then filed is shown similar tickets twice: what counts is the ticket's showing."""
    return or_(SimilarShowing.surface == Surface.TICKET, SimilarShowing.ticket_id.is_(None))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _sum(weeks: Sequence[Outcome]) -> Outcome:
    return Outcome(
        since=weeks[0].since,
        asked=sum(one.asked for one in weeks),
        shown=sum(one.shown for one in weeks),
        judged=sum(one.judged for one in weeks),
        helped=sum(one.helped for one in weeks),
        solved=sum(one.solved for one in weeks),
        deflected=sum(one.deflected for one in weeks),
    )
