"""What people do to a ticket while the model thinks about it."""

import asyncio
from decimal import Decimal

from sqlalchemy import delete, select

from core.conversations.models import Delivery
from core.people.values import Role
from core.tickets.models import Participant, ThreadMessage, Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Priority
from core.tickets.working import delete_ticket, set_fields
from core.triage.models import StoredSuggestion
from core.triage.values import TriageRequest, TriageResult
from tests.builders import CoreDesk
from tests.desk.triaging import RESULT, job_for, jobs_of, submit, usages
from tests.fakes.triage import ScriptedTriage


class Interrupted:
    """An engine during whose thinking something else happens."""

    model = "slow"

    def __init__(self) -> None:
        self.thinking = asyncio.Event()
        self.done = asyncio.Event()

    async def suggest(self, request: TriageRequest) -> TriageResult:
        self.thinking.set()
        await self.done.wait()
        return RESULT

    async def close(self) -> None:
        """Nothing to release."""


async def thinking_about(desk: CoreDesk, ticket: Ticket) -> tuple[Interrupted, asyncio.Task[None]]:
    """An engine that was asked, and the job that waits; one that failed before says so instead of hanging the test."""
    engine = Interrupted()
    running = asyncio.create_task(jobs_of(desk, engine).suggest(job_for(ticket)))
    asked = asyncio.create_task(engine.thinking.wait())
    await asyncio.wait({asked, running}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if running.done():
        running.result()
    return engine, running


async def test_a_person_who_decides_while_the_model_thinks_wins(desk: CoreDesk) -> None:
    """zammad#5756: the choice is read afresh, under a lock, when the advice arrives."""
    ticket = await submit(desk)
    moderator = await desk.person("mia", Role.MODERATOR)
    engine, running = await thinking_about(desk, ticket)
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
    engine, running = await thinking_about(desk, ticket)
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
    engine, running = await thinking_about(desk, ticket)
    async with desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, ticket.id))
        await uow.commit()
    engine.done.set()
    await running
    assert (await desk.ticket(ticket.id)).category is None
    assert [row.cost_usd for row in await usages(desk)] == [Decimal("0.00044")]


async def test_usage_is_kept_although_the_ticket_has_vanished(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    engine, running = await thinking_about(desk, ticket)
    async with desk.database.writing() as connection:
        for table in (ThreadMessage, Delivery, Participant, Ticket):
            await connection.execute(delete(table))
    engine.done.set()
    await running
    (row,) = await usages(desk)
    assert row.ticket_id is None
    assert row.cost_usd == Decimal("0.00044")


async def test_two_workers_at_once_apply_once_and_bill_both(desk: CoreDesk) -> None:
    ticket = await submit(desk)
    workers = [await thinking_about(desk, ticket) for _ in range(2)]
    for engine, _ in workers:
        engine.done.set()
    await asyncio.gather(*(running for _, running in workers))
    assert len(await usages(desk)) == 2
    async with desk.reading() as reading:
        assert len((await reading.session.scalars(select(StoredSuggestion))).all()) == 1
