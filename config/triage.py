"""Joining triage: OpenAI with a key, falling back to the built-in engine."""

from collections.abc import Callable

from config.settings import Settings
from core.clock import Clock
from core.db.unit_of_work import Reading
from core.desk import Check
from core.people.values import Actor
from core.search.embedders.lexical import LexicalOnly
from core.search.ports import Embedder
from core.search.search import Search
from core.triage.budget import MonthlyBudget
from core.triage.fallback import FallbackTriage
from core.triage.local import LocalTriage
from core.triage.own import OwnTickets
from core.triage.ports import Triage
from core.triage.precedents import DeskMemory

LOOK_EVERY = 15.0
"""Seconds between looks for a newer model of an organization's own tickets."""


def build_triage(settings: Settings, *, search: Search, reading: Callable[[Actor], Reading], clock: Clock) -> Triage:
    """The engine as the settings want it. Any failure of the provider ends in local advice."""
    embedder = search.embedder
    if settings.openai_api_key is None:
        return LocalTriage(embedder, clock=clock, own=_own(reading, embedder, clock))
    from core.triage.openai import OpenAiTriage  # noqa: PLC0415 (slow to import, only where a key is set)

    primary = OpenAiTriage(
        api_key=settings.openai_api_key.get_secret_value(),
        model=settings.triage_model,
        base_url=settings.openai_base_url,
        clock=clock,
        masks=settings.ai_mask_personal_data,
        memory=DeskMemory(reading, search.ask),
    )
    budget = budget_of(settings, reading)
    # The embedder is the provider's, which has just failed when this is asked.
    by_words = LocalTriage(clock=clock, own=_own(reading, learning_embedder(settings, embedder), clock))
    return FallbackTriage(primary, by_words, clock=clock, is_over_budget=budget.is_spent)


def _own(reading: Callable[[Actor], Reading], embedder: Embedder, clock: Clock) -> OwnTickets:
    return OwnTickets(reading, embedder, look_every=LOOK_EVERY, clock=clock)


def budget_of(settings: Settings, reading: Callable[[Actor], Reading]) -> MonthlyBudget:
    """What models may cost a month."""
    return MonthlyBudget(settings.ai_monthly_budget_usd, reading)


def triage_check(settings: Settings, engine: Triage, budget: MonthlyBudget) -> Check:
    """Which engine sorts, and what of the budget is left where it costs money."""

    async def check() -> str:
        if settings.openai_api_key is None:
            return engine.model
        return f"{engine.model}, {await budget.check()}"

    return check


def learning_embedder(settings: Settings, embedder: Embedder) -> Embedder:
    """What triage learns by: the local model, or words alone where vectors would be the provider's and cost money."""
    return embedder if settings.openai_api_key is None else LexicalOnly()
