"""Reading what AI has cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import case, func, select

from core.db.unit_of_work import Reading
from core.triage.models import AiUsage


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageLine:
    """What one model did for one purpose. `cost_usd` leaves out calls without a known price (`unpriced`)."""

    model: str
    purpose: str
    calls: int
    failed: int
    unpriced: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal


async def usage(
    reading: Reading, *, since: datetime | None = None, until: datetime | None = None
) -> Sequence[UsageLine]:
    """The organization's usage by model and purpose; `until` is exclusive."""
    statement = select(
        AiUsage.model,
        AiUsage.purpose,
        func.count().label("calls"),
        func.sum(case((AiUsage.outcome == "ok", 0), else_=1)).label("failed"),
        func.sum(case((AiUsage.cost_usd.is_(None), 1), else_=0)).label("unpriced"),
        func.sum(AiUsage.input_tokens).label("input_tokens"),
        func.sum(AiUsage.cached_tokens).label("cached_tokens"),
        func.sum(AiUsage.output_tokens).label("output_tokens"),
        func.coalesce(func.sum(AiUsage.cost_usd), 0).label("cost_usd"),
    ).where(AiUsage.organization_id == reading.actor.organization_id)
    if since is not None:
        statement = statement.where(AiUsage.created_at >= since)
    if until is not None:
        statement = statement.where(AiUsage.created_at < until)
    rows = await reading.session.execute(
        statement.group_by(AiUsage.model, AiUsage.purpose).order_by(AiUsage.model, AiUsage.purpose)
    )
    return [
        UsageLine(
            model=row.model,
            purpose=row.purpose,
            calls=row.calls,
            failed=int(row.failed),  # PostgreSQL's sums are numeric
            unpriced=int(row.unpriced),
            input_tokens=int(row.input_tokens),
            cached_tokens=int(row.cached_tokens),
            output_tokens=int(row.output_tokens),
            cost_usd=Decimal(row.cost_usd).quantize(Decimal("0.000001")),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class TicketCost:
    """What models have cost for one ticket. `cost_usd` leaves out calls without a known price (`unpriced`)."""

    calls: int
    unpriced: int
    cost_usd: Decimal


async def cost_of_ticket(reading: Reading, ticket_id: int) -> TicketCost:
    """All calls for a ticket, failed ones included."""
    statement = select(
        func.count(), func.count() - func.count(AiUsage.cost_usd), func.coalesce(func.sum(AiUsage.cost_usd), 0)
    ).where(AiUsage.ticket_id == ticket_id)
    calls, unpriced, cost = (await reading.session.execute(statement)).one()
    return TicketCost(calls, unpriced, Decimal(cost or 0).quantize(Decimal("0.000001")))


async def spent_since(reading: Reading, since: datetime) -> Decimal:
    """US dollars that the whole deployment has spent on models, as far as costs are known."""
    total = await reading.session.scalar(select(func.sum(AiUsage.cost_usd)).where(AiUsage.created_at >= since))
    return Decimal(str(total or 0))


def month_of(moment: datetime) -> datetime:
    """The first moment of a calendar month, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
