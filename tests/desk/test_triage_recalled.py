"""One correction counts for the next ticket of its kind, long before there are enough to learn from."""

from typing import Any

import pytest

from core.people.organizations import create_organization
from core.people.values import Role
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Complexity, Priority
from core.tickets.working import delete_ticket
from core.triage.actions import finish_triage
from core.triage.correcting import correct_suggestion
from core.triage.local import LocalTriage
from core.triage.own import OwnTickets
from core.triage.recalled import EMBEDDED_AT_ONCE
from core.triage.values import Suggestion, TriageRequest
from tests.builders import CoreDesk
from tests.fakes.search import WordEmbedder

ALARM = "Ransomware warning of the scanner on server nine about the test file"
NEARLY = "Ransomware warning of the scanner on server nine about the test file again"
OTHER = "The coffee machine in the kitchen shows a warning"
WRONG = Suggestion(category=Category.BUG, priority=Priority.HIGH, reasoning="", complexity=Complexity.COMPLEX)


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def engine(desk: CoreDesk, embedder: WordEmbedder) -> LocalTriage:
    return LocalTriage(own=OwnTickets(desk.reading, embedder))


async def advice(engine: LocalTriage, title: str, organization_id: int = 1) -> Suggestion:
    request = TriageRequest(title=title, description="", organization_id=organization_id)
    return (await engine.suggest(request)).suggestion


async def corrected(desk: CoreDesk, title: str, **right: Any) -> Ticket:
    name = f"rita{desk.clock.now():%H%M%S}"
    requester, moderator = await desk.person(name), await desk.person(f"{name}-moderator", Role.MODERATOR)
    async with desk.unit_of_work(desk.actor(requester)) as uow:
        ticket = await submit_ticket(uow, NewTicket(title=title, description="", channel="web"), requester=requester)
        await finish_triage(uow, ticket, WRONG)
        await uow.commit()
    desk.clock.advance(seconds=1)
    async with desk.unit_of_work(desk.actor(moderator)) as uow:
        await correct_suggestion(uow, await lock_ticket_by_id(uow, ticket.id), **right)
        await uow.commit()
    return ticket


async def test_a_single_correction_shifts_what_is_said_of_the_next_ticket_of_its_kind(
    desk: CoreDesk, engine: LocalTriage
) -> None:
    before, other = await advice(engine, NEARLY), await advice(engine, OTHER)
    assert before.priority is Priority.HIGH
    right = {"priority": Priority.LOW, "category": Category.QUESTION, "complexity": Complexity.SIMPLE}
    await corrected(desk, ALARM, **right, related_skills=["scanner"])
    after = await advice(engine, NEARLY)
    assert (after.priority, after.category, after.complexity) == (Priority.LOW, Category.QUESTION, Complexity.SIMPLE)
    assert after.related_skills[0] == "scanner"
    assert "nearly alike" in after.reasoning
    assert await advice(engine, OTHER) == other


async def test_the_newest_choice_on_the_same_text_counts(desk: CoreDesk, engine: LocalTriage) -> None:
    await corrected(desk, ALARM, priority=Priority.LOW)
    await corrected(desk, ALARM, priority=Priority.MEDIUM)
    assert (await advice(engine, NEARLY)).priority is Priority.MEDIUM


async def test_a_deleted_ticket_and_another_organizations_are_not_recalled(desk: CoreDesk, engine: LocalTriage) -> None:
    ticket = await corrected(desk, ALARM, priority=Priority.LOW)
    assert (await advice(engine, NEARLY)).priority is Priority.LOW
    async with desk.unit_of_work() as uow:
        other = await create_organization(uow, "Other")
        await uow.commit()
    assert (await advice(engine, NEARLY, other.id)).priority is Priority.HIGH
    async with desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, ticket.id))
        await uow.commit()
    assert (await advice(engine, NEARLY)).priority is Priority.HIGH


async def test_after_a_start_no_ticket_waits_until_all_choices_are_embedded(
    desk: CoreDesk, engine: LocalTriage, embedder: WordEmbedder
) -> None:
    await corrected(desk, ALARM, priority=Priority.LOW)
    for number in range(EMBEDDED_AT_ONCE):
        await corrected(desk, f"Lamp {number} flickers in hall {number} near gate {number}", priority=Priority.LOW)
    await advice(engine, OTHER)
    assert len(embedder.embedded) == EMBEDDED_AT_ONCE + 1
    assert (await advice(engine, NEARLY)).priority is Priority.LOW
    embedder.embedded.clear()
    await advice(engine, OTHER)
    assert len(embedder.embedded) == 1


async def test_an_embedder_that_is_away_recalls_nothing(
    desk: CoreDesk, engine: LocalTriage, embedder: WordEmbedder
) -> None:
    await corrected(desk, ALARM, priority=Priority.LOW)
    embedder.broken = True
    assert (await advice(engine, NEARLY)).priority is Priority.HIGH
