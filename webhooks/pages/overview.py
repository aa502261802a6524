"""`/admin`: how much of everything there is, how well it goes over time, and whether every part is well."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from core.conversations.queries import count_deliveries
from core.conversations.values import DeliveryStatus
from core.installations.queries import installations_seen
from core.jobs.queries import count_jobs
from core.people.queries import count_by_role
from core.people.values import system_actor
from core.search.embedding_progress import EmbeddingProgress, embedding_progress
from core.search.outcomes import similar_outcomes
from core.sla.numbers import PromiseNumbers, promise_numbers, promise_weeks
from core.tickets.queries import count_by_status
from core.tickets.satisfaction import satisfaction_numbers
from core.triage.outcomes import TriageWeek, triage_weeks
from core.triage.usage import month_of, spent_since, usage
from webhooks.doors import mail_doors
from webhooks.pages import plot
from webhooks.pages.page import page
from webhooks.site import Visit

_ALWAYS_TOLD = frozenset((DeliveryStatus.QUEUED, DeliveryStatus.SENT, DeliveryStatus.FAILED))


async def show(visit: Visit) -> web.Response:
    """The numbers as pictures and tables."""
    async with visit.reading() as reading:
        weeks = await promise_weeks(reading)
        triage = await triage_weeks(reading)
        numbers: dict[str, Any] = {
            "tickets": await count_by_status(reading),
            "people": await count_by_role(reading),
            "jobs": await count_jobs(reading),
            "deliveries": _worth_telling(await count_deliveries(reading)),
            "usage": await usage(reading),
            "spent": await spent_since(reading, month_of(reading.clock.now())),
            "satisfaction": await satisfaction_numbers(reading),
            "promises": await promise_numbers(reading),
            "installations": await installations_seen(reading),
            "similar": (await similar_outcomes(reading)).whole,
        }
    return page(
        visit,
        "admin.html",
        parts=await visit.site.readiness.states(),
        doors=mail_doors(visit.site.options),
        app_url=visit.site.options.app_url,
        budget=visit.desk.policy.ai_budget,
        embedding=await _embedding(visit),
        model=visit.desk.search.embedder.model,
        weeks=weeks,
        first_answers=_bars([week.first_response for week in weeks]),
        solutions=_bars([week.resolution for week in weeks]),
        triage=triage,
        triage_lines=_lines(triage),
        plot=plot,
        **numbers,
    )


def _worth_telling(counts: Mapping[DeliveryStatus, int]) -> Mapping[DeliveryStatus, int]:
    """What is on its way or has arrived, and of all that can go wrong what has."""
    return {status: count for status, count in counts.items() if count or status in _ALWAYS_TOLD}


async def _embedding(visit: Visit) -> EmbeddingProgress:
    async with visit.desk.reading(system_actor(0)) as reading:
        return await embedding_progress(reading, model=visit.desk.search.embedder.model)


def _bars(weeks: Sequence[PromiseNumbers]) -> plot.Bars:
    return plot.kept_bars([(week.kept, week.promised - week.kept) for week in weeks])


def _lines(weeks: Sequence[TriageWeek]) -> Sequence[plot.Line]:
    return plot.named(
        [
            plot.share_line("Category", "precision", [week.precision for week in weeks]),
            plot.share_line("Priority", "deflection", [week.priority_precision for week in weeks]),
            plot.share_line("Coverage", "coverage", [week.coverage for week in weeks]),
        ]
    )
