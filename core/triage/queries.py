"""Reading advice and what it cost."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select

from core.db.unit_of_work import Reading
from core.people.models import User
from core.triage.models import AiUsage, StoredSuggestion
from core.triage.values import Suggestion

MOST_SKILLS = 100


async def latest_suggestion(reading: Reading, ticket_id: int) -> Suggestion | None:
    """The newest advice on a ticket, if any."""
    row = await reading.session.scalar(
        select(StoredSuggestion)
        .where(StoredSuggestion.ticket_id == ticket_id)
        .order_by(StoredSuggestion.id.desc())
        .limit(1)
    )
    return row.as_value() if row else None


async def known_skills(reading: Reading) -> tuple[str, ...]:
    """What the people of the actor's organization say they know, most common first."""
    lists = await reading.session.scalars(
        select(User.skills).where(User.organization_id == reading.actor.organization_id, User.is_active)
    )
    counts: dict[str, int] = {}
    for skills in lists:
        for skill in skills:
            counts[skill] = counts.get(skill, 0) + 1
    return tuple(sorted(counts, key=lambda skill: (-counts[skill], skill)))[:MOST_SKILLS]


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What the calls of one model for one purpose came to. `unpriced_calls` have no known cost and are not in it."""

    model: str
    purpose: str
    calls: int
    failed_calls: int
    unpriced_calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal


async def ai_usage(reading: Reading, *, since: datetime, until: datetime) -> list[Usage]:
    """What the actor's organization used from `since` until before `until`, the most expensive first."""
    rows = await reading.session.execute(
        select(
            AiUsage.model,
            AiUsage.purpose,
            func.count(),
            func.count().filter(AiUsage.outcome != "ok"),
            func.count().filter(AiUsage.cost_usd.is_(None)),
            func.sum(AiUsage.input_tokens),
            func.sum(AiUsage.cached_tokens),
            func.sum(AiUsage.output_tokens),
            func.coalesce(func.sum(AiUsage.cost_usd), 0),
        )
        .where(
            AiUsage.organization_id == reading.actor.organization_id,
            AiUsage.created_at >= since,
            AiUsage.created_at < until,
        )
        .group_by(AiUsage.model, AiUsage.purpose)
    )
    sums = [
        Usage(
            model=model,
            purpose=purpose,
            calls=calls,
            failed_calls=failed,
            unpriced_calls=unpriced,
            input_tokens=int(inputs),
            cached_tokens=int(cached),
            output_tokens=int(outputs),
            cost_usd=Decimal(str(cost)),
        )
        for model, purpose, calls, failed, unpriced, inputs, cached, outputs, cost in rows
    ]
    return sorted(sums, key=lambda usage: (-usage.cost_usd, usage.model, usage.purpose))


async def spent_since(reading: Reading, since: datetime) -> Decimal:
    """US dollars that the whole deployment has spent on models, as far as costs are known."""
    total = await reading.session.scalar(select(func.sum(AiUsage.cost_usd)).where(AiUsage.created_at >= since))
    return Decimal(str(total or 0))


def month_of(moment: datetime) -> datetime:
    """The first moment of a calendar month, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
