"""`/api/v1/admin/stats`: how much of everything there is, and how well it goes over time."""

from collections.abc import Sequence

from core.conversations.queries import count_deliveries
from core.jobs.queries import count_jobs
from core.people.queries import count_by_role
from core.search.outcomes import Outcome, Outcomes, similar_outcomes
from core.sla.numbers import PromiseNumbers, PromiseWeek, promise_numbers, promise_weeks
from core.tickets.queries import count_by_status
from core.tickets.satisfaction import SatisfactionNumbers, satisfaction_numbers
from core.triage.outcomes import TriageWeek, triage_weeks
from webhooks.api.admin_schemas import (
    PromiseAnswer,
    PromisesAnswer,
    PromiseWeekAnswer,
    SatisfactionAnswer,
    SimilarNumbers,
    SimilarWeek,
    StatsAnswer,
    TriageWeekAnswer,
)
from webhooks.site import Visit


async def stats(visit: Visit) -> StatsAnswer:
    """How much of everything there is, and how promises, triage and similar tickets do."""
    async with visit.reading() as reading:
        return StatsAnswer(
            tickets=await count_by_status(reading),
            people=await count_by_role(reading),
            jobs=await count_jobs(reading),
            deliveries=await count_deliveries(reading),
            similar=_similar(await similar_outcomes(reading)),
            satisfaction=_satisfaction(await satisfaction_numbers(reading)),
            promises=_promises(await promise_numbers(reading), await promise_weeks(reading)),
            triage=[_triage(week) for week in await triage_weeks(reading)],
        )


def _satisfaction(numbers: SatisfactionNumbers) -> SatisfactionAnswer:
    return SatisfactionAnswer(
        asked=numbers.asked, answered=numbers.answered, mean=numbers.mean, scores=dict(numbers.scores)
    )


def _similar(outcomes: Outcomes) -> SimilarNumbers:
    return SimilarNumbers(
        **_outcome(outcomes.whole).model_dump(),
        threshold=outcomes.least_chance,
        learned_at=outcomes.learned_at,
        weeks=[_outcome(week) for week in outcomes.weeks],
    )


def _outcome(one: Outcome) -> SimilarWeek:
    return SimilarWeek(
        since=one.since,
        asked=one.asked,
        shown=one.shown,
        judged=one.judged,
        helped=one.helped,
        solved=one.solved,
        deflected=one.deflected,
        precision=one.precision,
        coverage=one.coverage,
        deflection=one.deflection,
    )


def _promises(numbers: Sequence[PromiseNumbers], weeks: Sequence[PromiseWeek]) -> PromisesAnswer:
    first_response, resolution = (_promise(one) for one in numbers)
    return PromisesAnswer(
        first_response=first_response,
        resolution=resolution,
        weeks=[
            PromiseWeekAnswer(
                since=week.since,
                first_response=_promise(week.first_response),
                resolution=_promise(week.resolution),
            )
            for week in weeks
        ],
    )


def _promise(one: PromiseNumbers) -> PromiseAnswer:
    return PromiseAnswer(
        measured=one.measured,
        median_seconds=one.usual.total_seconds() if one.usual is not None else None,
        p90_seconds=one.slow.total_seconds() if one.slow is not None else None,
        promised=one.promised,
        kept=one.kept,
    )


def _triage(week: TriageWeek) -> TriageWeekAnswer:
    return TriageWeekAnswer(
        since=week.since,
        tickets=week.tickets,
        categories=week.categories,
        right_categories=week.right_categories,
        priorities=week.priorities,
        right_priorities=week.right_priorities,
        coverage=week.coverage,
        precision=week.precision,
        priority_precision=week.priority_precision,
    )
