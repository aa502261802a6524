"""The month's AI budget: admins hear at 80 and at 100 per cent, once each, and triage goes on without the provider."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.conversations.values import DeliveryKind
from core.errors import DegradedError, TryAgainLaterError
from core.people.values import Role
from core.tickets.actions import NewTicket, submit_ticket
from core.triage.actions import record_calls
from core.triage.budget import BudgetAlerts, MonthlyBudget
from core.triage.fallback import FallbackTriage
from core.triage.jobs import TriageJobs
from core.triage.queries import latest_suggestion
from core.triage.usage import TicketCost, cost_of_ticket
from core.triage.values import TriageResult
from tests.builders import CoreDesk
from tests.desk.triaging import CALL
from tests.fakes.triage import ADVICE, ScriptedTriage

DEAR = replace(CALL, cost_usd=Decimal("0.45"))


async def spend(desk: CoreDesk, dollars: str) -> None:
    async with desk.unit_of_work() as uow:
        record_calls(uow, None, [replace(CALL, cost_usd=Decimal(dollars))])
        await uow.commit()


async def told(desk: CoreDesk) -> list[str]:
    await desk.run_jobs()
    return [outgoing.title for outgoing in desk.mail.of_kind(DeliveryKind.ALERT)]


async def test_admins_are_told_once_at_each_share_and_again_next_month(desk: CoreDesk) -> None:
    await desk.person("root", Role.ADMIN)
    await desk.person("mia", Role.MODERATOR)
    budget = MonthlyBudget(Decimal(1), desk.reading)
    alerts = BudgetAlerts(budget, desk.unit_of_work)
    eighty, hundred = "80 % of the month's AI budget is spent", "100 % of the month's AI budget is spent"
    for dollars, expected in (("0.79", []), ("0.02", [eighty]), ("0.05", [eighty]), ("0.2", [eighty, hundred])):
        await spend(desk, dollars)
        await alerts.tell()
        await BudgetAlerts(budget, desk.unit_of_work).tell()  # another process, which does not know who was told
        assert await told(desk) == expected
    assert desk.mail.sent[-1].recipient == "root@people.example"
    assert "$1.06 of $1.00" in desk.mail.sent[-1].text
    desk.clock.advance(seconds=timedelta(days=31).total_seconds())
    await spend(desk, "2")
    await alerts.tell()
    assert await told(desk) == [eighty, hundred, hundred]


@pytest.mark.parametrize("limit", [None, Decimal(0)])
async def test_without_a_limit_or_with_nothing_to_spend_nobody_is_told(desk: CoreDesk, limit: Decimal | None) -> None:
    await desk.person("root", Role.ADMIN)
    await spend(desk, "5")
    await BudgetAlerts(MonthlyBudget(limit, desk.reading), desk.unit_of_work).tell()
    assert await told(desk) == []


async def test_a_failing_database_holds_no_ticket_up(desk: CoreDesk) -> None:
    def away(_actor: object) -> object:
        raise TryAgainLaterError("The database cannot be reached just now.")

    await BudgetAlerts(MonthlyBudget(Decimal(1), away), desk.unit_of_work).tell()  # type: ignore[arg-type]


async def test_the_ticket_that_spends_the_budget_raises_the_alert_and_the_next_is_sorted_without(
    desk: CoreDesk,
) -> None:
    await desk.person("root", Role.ADMIN)
    anna = await desk.person("anna")
    budget = MonthlyBudget(Decimal("0.80"), desk.reading)
    remote = ScriptedTriage(TriageResult(suggestion=ADVICE, calls=(DEAR, replace(DEAR, cost_usd=None))))
    local = ScriptedTriage(TriageResult(suggestion=replace(ADVICE, model="local")))
    engine = FallbackTriage(remote, local, clock=desk.clock, is_over_budget=budget.is_spent)
    alerts = BudgetAlerts(budget, desk.unit_of_work)
    jobs = TriageJobs(unit_of_work=desk.unit_of_work, reading=desk.reading, engine=engine, after_calls=[alerts.tell])
    desk.runs["triage.suggest"] = jobs.suggest
    tickets = []
    for title in ("one", "two", "three"):
        async with desk.unit_of_work(desk.actor(anna)) as uow:
            tickets.append(
                await submit_ticket(uow, NewTicket(title=title, description="", channel="web"), requester=anna)
            )
            await uow.commit()
        await desk.run_jobs("triage.suggest")
    assert len(remote.requests) == 2
    assert await told(desk) == ["100 % of the month's AI budget is spent"]
    async with desk.reading() as reading:
        last = await latest_suggestion(reading, tickets[2].id)
        assert last is not None
        assert (last.model, last.fallback_reason) == ("local", "budget")
        assert await cost_of_ticket(reading, tickets[0].id) == TicketCost(2, 1, Decimal("0.450000"))
        assert await cost_of_ticket(reading, tickets[2].id) == TicketCost(0, 0, Decimal("0.000000"))
    with pytest.raises(DegradedError, match="spent"):
        await budget.check()


async def test_what_is_left_is_told_to_admins_who_look(desk: CoreDesk) -> None:
    await spend(desk, "0.25")
    assert await MonthlyBudget(Decimal(1), desk.reading).check() == "$0.25 of $1.00 spent this month"
    assert await MonthlyBudget(None, desk.reading).check() == "no monthly limit"
