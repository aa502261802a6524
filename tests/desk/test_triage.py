"""From a filed ticket to advice that is kept, billed and applied where nobody has decided."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.audit.models import AuditRecord
from core.conversations.actions import acknowledgement_job_key
from core.errors import TryAgainLaterError
from core.jobs.models import Job
from core.people.actions import NewPerson, create_person
from core.people.values import Role
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Priority, SetBy
from core.triage.actions import record_calls
from core.triage.budget import MonthlyBudget
from core.triage.fallback import FallbackTriage
from core.triage.queries import latest_suggestion
from core.triage.usage import month_of, usage
from core.triage.values import TriageFailedError, TriageRequest, TriageResult
from tests.builders import CoreDesk
from tests.desk.triaging import ADVICE, CALL, RESULT, job_for, jobs_of, submit, triage, usages
from tests.fakes.triage import ScriptedTriage


async def test_advice_is_kept_applied_billed_and_audited(desk: CoreDesk) -> None:
    ticket = await triage(desk, ScriptedTriage(RESULT), await submit(desk))
    assert (ticket.category, ticket.priority) == (Category.PERFORMANCE, Priority.HIGH)
    assert ticket.related_skills == ["networking"]
    assert ticket.set_by == dict.fromkeys(("category", "priority", "related_skills"), SetBy.MODEL.value)
    assert ticket.helpful_notes == ""
    assert ticket.triaged_at == desk.clock.now()
    (row,) = await usages(desk)
    assert (row.ticket_id, row.model, row.purpose, row.outcome) == (ticket.id, CALL.model, "triage", "ok")
    assert (row.input_tokens, row.cached_tokens, row.output_tokens) == (1000, 400, 100)
    assert row.cost_usd == Decimal("0.00044")
    async with desk.reading() as reading:
        assert await latest_suggestion(reading, ticket.id) == ADVICE
        record = await reading.session.scalar(select(AuditRecord).where(AuditRecord.action == "ticket.triaged"))
    assert record is not None
    assert record.user_id is None
    assert record.before["category"] is None
    assert record.after["category"] == "Performance"
    assert record.after["model"] == "gpt-4.1-mini"


async def test_the_engine_sees_the_ticket_and_what_people_know(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        for name, skills in (("mia", ["Networks", "SAP"]), ("tom", ["Networks"])):
            person = NewPerson(username=name, full_name=name, role=Role.MODERATOR, skills=skills)
            await create_person(uow, person)
        await uow.commit()
    engine = ScriptedTriage(RESULT)
    await triage(desk, engine, await submit(desk))
    assert engine.requests == [
        TriageRequest(
            title="VPN is slow", description="For everyone.", known_skills=("Networks", "SAP"), organization_id=1
        )
    ]


@pytest.mark.parametrize(
    ("chosen", "category", "priority"),
    [
        ({"category": Category.QUESTION}, Category.QUESTION, Priority.HIGH),
        ({"priority": Priority.LOW}, Category.PERFORMANCE, Priority.LOW),
        ({"category": Category.BUG, "priority": Priority.MEDIUM}, Category.BUG, Priority.MEDIUM),
    ],
    ids=["category", "priority", "both"],
)
async def test_what_the_requester_chose_stays(
    desk: CoreDesk, chosen: dict[str, object], category: Category, priority: Priority
) -> None:
    """zammad#5756: a result must neither be lost nor overwrite a person."""
    ticket = await triage(desk, ScriptedTriage(RESULT), await submit(desk, **chosen))
    assert (ticket.category, ticket.priority) == (category, priority)
    assert {field for field, by in ticket.set_by.items() if by == "person"} == set(chosen)


async def test_what_a_rule_set_stays_and_what_a_model_set_is_replaced(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    async with desk.unit_of_work() as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        locked.category, locked.priority = Category.BUG, Priority.MEDIUM
        locked.set_by = {"category": SetBy.RULE.value, "priority": SetBy.MODEL.value}
        uow.audit.record("ticket.changed", locked)
        await uow.commit()
    ticket = await triage(desk, ScriptedTriage(RESULT), ticket)
    assert (ticket.category, ticket.priority) == (Category.BUG, Priority.HIGH)


async def test_an_abstention_leaves_the_field_unsorted(desk: CoreDesk) -> None:
    unsure = TriageResult(suggestion=replace(ADVICE, category=None, related_skills=(), confidence=0.0))
    ticket = await triage(desk, ScriptedTriage(unsure), await submit(desk))
    assert ticket.category is None
    assert ticket.related_skills == []
    assert set(ticket.set_by) == {"priority"}


async def test_a_second_run_asks_nobody_and_changes_nothing(desk: CoreDesk) -> None:
    ticket, engine = await submit(desk), ScriptedTriage(RESULT)
    jobs = jobs_of(desk, engine)
    await jobs.suggest(job_for(ticket))
    revision = (await desk.ticket(ticket.id)).revision
    await jobs.suggest(job_for(ticket))
    assert len(engine.requests) == 1
    assert (await desk.ticket(ticket.id)).revision == revision
    assert len(await usages(desk)) == 1


async def test_an_engine_that_fails_altogether_holds_nothing_back(desk: CoreDesk) -> None:
    """zammad#5892, #5908: out of credit; tickets appear without AI, and no flag stays at "running"."""
    failed = replace(CALL, outcome="refused")
    engine = ScriptedTriage(TriageFailedError("refused", calls=(failed,)))
    ticket = await triage(desk, engine, await submit(desk))
    assert ticket.triaged_at is not None
    assert ticket.category is None
    assert ticket.priority is Priority.LOW
    assert [row.outcome for row in await usages(desk)] == ["refused"]
    async with desk.reading() as reading:
        assert await latest_suggestion(reading, ticket.id) is None


async def test_a_job_that_died_holds_nothing_back(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    jobs = jobs_of(desk, ScriptedTriage(KeyError("a defect")))
    with pytest.raises(KeyError):
        await jobs.suggest(job_for(ticket))
    await jobs.gave_up(job_for(ticket), "KeyError: a defect")
    assert (await desk.ticket(ticket.id)).triaged_at is not None


async def test_the_acknowledgement_goes_once_triage_and_search_have_ended(desk: CoreDesk) -> None:
    ticket = await submit(desk)

    async def due() -> datetime:
        async with desk.reading() as reading:
            job = await reading.session.scalar(select(Job).where(Job.key == acknowledgement_job_key(ticket.id)))
        assert job is not None
        return job.due_at

    waiting = desk.clock.now() + timedelta(seconds=1.5)
    assert await due() == waiting
    async with desk.unit_of_work() as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        locked.similar_found_at = desk.clock.now()
        uow.audit.record("ticket.similar_found", locked)
        await uow.commit()
    assert await due() == waiting
    await triage(desk, ScriptedTriage(RESULT), ticket)
    assert await due() == desk.clock.now()


async def test_when_writing_fails_the_advice_is_kept_and_not_paid_for_twice(desk: CoreDesk) -> None:
    ticket, engine = await submit(desk), ScriptedTriage(RESULT)

    def away(_actor: object) -> object:
        raise TryAgainLaterError("The database cannot be reached just now.")

    jobs = replace(jobs_of(desk, engine), unit_of_work=away)
    with pytest.raises(TryAgainLaterError):
        await jobs.suggest(job_for(ticket))
    await replace(jobs, unit_of_work=desk.unit_of_work).suggest(job_for(ticket))
    assert len(engine.requests) == 1
    assert (await desk.ticket(ticket.id)).category is Category.PERFORMANCE


async def test_over_the_monthly_budget_local_advice_is_given(desk: CoreDesk) -> None:
    budget = MonthlyBudget(Decimal("0.001"), desk.reading)
    first = ScriptedTriage(RESULT)
    local = TriageResult(suggestion=replace(ADVICE, model="local"))
    engine = FallbackTriage(first, ScriptedTriage(local), clock=desk.clock, is_over_budget=budget.is_spent)
    anna = await desk.person("anna")
    tickets = [await submit(desk, anna, title=f"VPN is slow {n}") for n in range(5)]
    await triage(desk, engine, tickets[0])
    assert len(first.requests) == 3
    async with desk.reading() as reading:
        stories = [await latest_suggestion(reading, ticket.id) for ticket in tickets]
    assert [story.fallback_reason for story in stories if story] == ["", "", "", "budget", "budget"]
    desk.clock.advance(days=31)
    assert not await budget.is_spent()


async def test_no_budget_is_no_limit_and_zero_spends_nothing(desk: CoreDesk) -> None:
    assert not await MonthlyBudget(None, desk.reading).is_spent()
    assert await MonthlyBudget(Decimal(0), desk.reading).is_spent()


async def test_usage_is_summed_by_model_and_purpose_within_the_time(desk: CoreDesk) -> None:
    calls = (
        CALL,
        replace(CALL, outcome="timeout", cost_usd=None, input_tokens=0, cached_tokens=0, output_tokens=0),
        replace(CALL, model="text-embedding-3-small", purpose="embedding", cost_usd=Decimal("0.001")),
    )
    start = month_of(desk.clock.now())
    async with desk.unit_of_work() as uow:
        record_calls(uow, None, calls)
        await uow.commit()
    desk.clock.advance(days=40)
    async with desk.unit_of_work() as uow:
        record_calls(uow, None, (CALL,))
        await uow.commit()
    async with desk.reading() as reading:
        sums = await usage(reading, since=start, until=start + timedelta(days=31))
    assert [(one.model, one.calls, one.failed, one.unpriced) for one in sums] == [
        ("gpt-4.1-mini", 2, 1, 1),
        ("text-embedding-3-small", 1, 0, 0),
    ]
    assert sums[0].input_tokens == 1000
    assert sums[0].cost_usd == Decimal("0.00044")


def test_a_month_begins_in_utc() -> None:
    late_in_new_york = datetime.fromisoformat("2026-02-28T22:30:00-05:00")
    assert month_of(late_in_new_york) == datetime(2026, 3, 1, tzinfo=UTC)
