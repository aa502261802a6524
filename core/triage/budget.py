"""The monthly limit on what models may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from core.db.unit_of_work import Reading
from core.people.values import Actor, system_actor
from core.triage.usage import month_of, spent_since


@dataclass(frozen=True, slots=True)
class MonthlyBudget:
    """US dollars for a calendar month (UTC) of the whole deployment; None is no limit, 0 lets nothing be spent."""

    limit: Decimal | None
    reading: Callable[[Actor], Reading]

    async def is_spent(self) -> bool:
        """Raises TryAgainLaterError where the database is away."""
        if self.limit is None:
            return False
        async with self.reading(system_actor(0)) as reading:
            return await spent_since(reading, month_of(reading.clock.now())) >= self.limit
