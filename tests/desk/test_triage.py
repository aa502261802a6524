"""From a filed ticket to advice that is kept, billed and applied where nobody has decided."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select

from core.audit.models import AuditRecord
from core.conversations.actions import acknowledgement_job_key
from core.conversations.models import Delivery
from core.errors import TryAgainLaterError
from core.jobs.models import Job
from core.jobs.values import JobTicket
from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.values import Role
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Participant, ThreadMessage, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Complexity, Priority, SetBy
from core.tickets.working import delete_ticket, set_fields
from core.triage.actions import record_calls
from core.triage.budget import MonthlyBudget
from core.triage.fallback import FallbackTriage
from core.triage.jobs import TriageJobs
from core.triage.models import AiUsage, StoredSuggestion
from core.triage.ports import Triage
from core.triage.queries import latest_suggestion
from core.triage.usage import month_of, usage
from core.triage.values import AiCall, Suggestion, TriageFailedError, TriageRequest, TriageResult
from tests.builders import CoreDesk, unqueued
from tests.fakes.triage import ScriptedTriage

ADVICE = Suggestion(
    category=Category.PERFORMANCE,
    priority=Priority.HIGH,
    reasoning="“slow for everyone”",
    related_skills=("networking",),
    notes="Ask since when.",
    complexity=Complexity.COMPLEX,
    confidence=0.8,
    model="gpt-4.1-mini",
)
CALL = AiCall(
    model="gpt-4.1-mini",
    purpose="triage",
    input_tokens=1000,
    cached_tokens=400,
    output_tokens=100,
    cost_usd=Decimal("0.00044"),
    duration_ms=812,
)
RESULT = TriageResult(suggestion=ADVICE, calls=(CALL,))


def jobs_of(desk: CoreDesk, engine: Triage) -> TriageJobs:
    jobs = TriageJobs(unit_of_work=desk.unit_of_work, reading=desk.reading, engine=engine)
    desk.runs["triage.suggest"] = jobs.suggest
    return jobs


async def submit(desk: CoreDesk, requester: User | None = None, **fields: object) -> Ticket:
    requester = requester or await desk.person("anna")
    new = NewTicket(**{"title": "VPN is slow", "description": "For everyone.", "channel": "email", **fields})  # type: ignore[arg-type]
    async with desk.unit_of_work(desk.actor(requester)) as uow:
        ticket = await submit_ticket(uow, new, requester=requester)
        await uow.commit()
    return ticket


async def triage(desk: CoreDesk, engine: Triage, ticket: Ticket) -> Ticket:
    jobs_of(desk, engine)
    await desk.run_jobs("triage.suggest")
    return await desk.ticket(ticket.id)


def job_for(ticket: Ticket) -> JobTicket:
    return unqueued("triage.suggest", ticket_id=ticket.id)


async def usages(desk: CoreDesk) -> list[AiUsage]:
    async with desk.reading() as reading:
        return list(await reading.session.scalars(select(AiUsage).order_by(AiUsage.id)))


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


class Interrupted:
    """An engine during whose thinking something else happens."""

    model = "slow"

    def __init__(self) -> None:
        self.thinking = asyncio.Event()
        self.done = asyncio.Event()

    async def begun(self, running: asyncio.Task[None]) -> None:
        """Wait until the job has asked; a job that failed before says so instead of hanging the test."""
        asked = asyncio.create_task(self.thinking.wait())
        await asyncio.wait({asked, running}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if running.done():
            running.result()

    async def suggest(self, request: TriageRequest) -> TriageResult:
        self.thinking.set()
        await self.done.wait()
        return RESULT

    async def close(self) -> None:
        """Nothing to release."""


async def test_a_person_who_decides_while_the_model_thinks_wins(desk: CoreDesk) -> None:
    """zammad#5756: the choice is read afresh, under a lock, when the advice arrives."""
    ticket = await submit(desk)
    moderator = await desk.person("mia", Role.MODERATOR)
    engine = Interrupted()
    running = asyncio.create_task(jobs_of(desk, engine).suggest(job_for(ticket)))
    await engine.begun(running)
    async with desk.unit_of_work(desk.actor(moderator)) as uow:
        await set_fields(uow, await lock_ticket_by_id(uow, ticket.id), category=Category.QUESTION)
        await uow.commit()
    engine.done.set()
    await running
    ticket = await desk.ticket(ticket.id)
    assert ticket.category is Category.QUESTION
    assert ticket.set_by["category"] == "person"
    assert ticket.priority is Priority.HIGH


async def test_a_person_whose_transaction_is_open_when_the_advice_comes_wins(desk: CoreDesk) -> None:
    """zammad#5756, as a race: the advice waits for the row, and then sees what the person chose."""
    ticket = await submit(desk)
    moderator = await desk.person("mia", Role.MODERATOR)
    engine = Interrupted()
    running = asyncio.create_task(jobs_of(desk, engine).suggest(job_for(ticket)))
    await engine.begun(running)
    async with desk.unit_of_work(desk.actor(moderator)) as uow:
        await set_fields(uow, await lock_ticket_by_id(uow, ticket.id), category=Category.QUESTION)
        await uow.session.flush()
        engine.done.set()
        finished, _ = await asyncio.wait({running}, timeout=0.2)
        assert not finished
        await uow.commit()
    await running
    ticket = await desk.ticket(ticket.id)
    assert (ticket.category, ticket.set_by["category"]) == (Category.QUESTION, "person")
    assert (ticket.priority, ticket.set_by["priority"]) == (Priority.HIGH, "model")


async def test_a_person_who_decides_at_the_same_moment_wins(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    moderator = await desk.person("mia", Role.MODERATOR)
    jobs = jobs_of(desk, ScriptedTriage(RESULT))

    async def decide() -> None:
        async with desk.unit_of_work(desk.actor(moderator)) as uow:
            await set_fields(uow, await lock_ticket_by_id(uow, ticket.id), category=Category.QUESTION)
            await uow.commit()

    await asyncio.gather(jobs.suggest(job_for(ticket)), decide())
    ticket = await desk.ticket(ticket.id)
    assert (ticket.category, ticket.set_by["category"]) == (Category.QUESTION, "person")


async def test_a_ticket_deleted_meanwhile_is_billed_and_left_alone(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    engine = Interrupted()
    running = asyncio.create_task(jobs_of(desk, engine).suggest(job_for(ticket)))
    await engine.begun(running)
    async with desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, ticket.id))
        await uow.commit()
    engine.done.set()
    await running
    assert (await desk.ticket(ticket.id)).category is None
    assert [row.cost_usd for row in await usages(desk)] == [Decimal("0.00044")]


async def test_usage_is_kept_although_the_ticket_has_vanished(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    engine = Interrupted()
    running = asyncio.create_task(jobs_of(desk, engine).suggest(job_for(ticket)))
    await engine.begun(running)
    async with desk.database.writing() as connection:
        for table in (ThreadMessage, Delivery, Participant, Ticket):
            await connection.execute(delete(table))
    engine.done.set()
    await running
    (row,) = await usages(desk)
    assert row.ticket_id is None
    assert row.cost_usd == Decimal("0.00044")


async def test_a_second_run_asks_nobody_and_changes_nothing(desk: CoreDesk) -> None:
    ticket, engine = await submit(desk), ScriptedTriage(RESULT)
    jobs = jobs_of(desk, engine)
    await jobs.suggest(job_for(ticket))
    revision = (await desk.ticket(ticket.id)).revision
    await jobs.suggest(job_for(ticket))
    assert len(engine.requests) == 1
    assert (await desk.ticket(ticket.id)).revision == revision
    assert len(await usages(desk)) == 1


async def test_two_workers_at_once_apply_once_and_bill_both(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    first, second = Interrupted(), Interrupted()
    running = [asyncio.create_task(jobs_of(desk, engine).suggest(job_for(ticket))) for engine in (first, second)]
    for engine, run in zip((first, second), running, strict=True):
        await engine.begun(run)
    for engine in (first, second):
        engine.done.set()
    await asyncio.gather(*running)
    assert len(await usages(desk)) == 2
    async with desk.reading() as reading:
        assert len((await reading.session.scalars(select(StoredSuggestion))).all()) == 1


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
