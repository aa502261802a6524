"""The monthly limit on what models may cost, and who is told when it draws near."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import structlog

from core.conversations.alerts import tell_admins
from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import DegradedError, DeskError
from core.people.organizations import first_organization_id
from core.people.values import Actor, system_actor
from core.triage.usage import month_of, spent_since

log = structlog.get_logger(__name__)

TOLD_AT = (Decimal(100), Decimal(80))
"""Per cent of the limit, highest first."""


@dataclass(frozen=True, slots=True)
class MonthlyBudget:
    """US dollars for a calendar month (UTC) of the whole deployment; None is no limit, 0 lets nothing be spent."""

    limit: Decimal | None
    reading: Callable[[Actor], Reading]

    async def is_spent(self) -> bool:
        """Raises TryAgainLaterError where the database is away."""
        return self.limit is not None and await self.spent() >= self.limit

    async def spent(self) -> Decimal:
        """US dollars of this month, as far as costs are known.

        Raises:
            TryAgainLaterError: the database is away.
        """
        async with self.reading(system_actor(0)) as reading:
            return await spent_since(reading, month_of(reading.clock.now()))

    async def check(self) -> str:
        """What is left, in a few words.

        Raises:
            DegradedError: nothing is.
        """
        if self.limit is None:
            return "no monthly limit"
        spent = await self.spent()
        if spent >= self.limit:
            raise DegradedError(
                f"The month's AI budget of ${self.limit:.2f} is spent; triage goes by the built-in engine.",
                mend="Raise AI_MONTHLY_BUDGET_USD, or wait for the next month.",
            )
        return f"${spent:.2f} of ${self.limit:.2f} spent this month"


@dataclass(frozen=True, slots=True)
class BudgetAlerts:
    """Tells the admins of the deployment's first organization, once a month at each share of the limit."""

    budget: MonthlyBudget
    unit_of_work: Callable[[Actor], UnitOfWork]
    _told: set[str] = field(default_factory=set)

    async def tell(self) -> None:
        """Look at what has been spent; whatever fails holds nobody up and is tried again after the next call."""
        if not self.budget.limit:
            return
        try:
            await self._tell(self.budget.limit, await self.budget.spent())
        except DeskError as error:
            log.warning("triage.budget_alert_failed", reason=str(error))

    async def _tell(self, limit: Decimal, spent: Decimal) -> None:
        reached = next((share for share in TOLD_AT if spent * 100 >= limit * share), None)
        if reached is None:
            return
        async with self.unit_of_work(system_actor(0)) as uow:
            key = f"ai-budget:{uow.clock.now():%Y-%m}:{reached}"
            first = await first_organization_id(uow)
        if key in self._told:
            return
        async with self.unit_of_work(system_actor(first)) as uow:
            title = f"{reached} % of the month's AI budget is spent"
            await tell_admins(uow, key=key, title=title, text=_text(limit, spent))
            await uow.commit()
        self._told.add(key)


def _text(limit: Decimal, spent: Decimal) -> str:
    is_spent = spent >= limit
    follows = "goes by the built-in engine until the month ends" if is_spent else "will go by the built-in engine then"
    return f"${spent:.2f} of ${limit:.2f} (AI_MONTHLY_BUDGET_USD). Triage {follows}; no ticket waits for it."
