"""What people say to advice: it becomes theirs, and is kept beside what the model had said."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.people.values import Role
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Complexity, Priority
from core.tickets.working import set_fields
from core.triage.actions import finish_triage, record_suggestion
from core.triage.correcting import accept_suggestion, correct_suggestion
from core.triage.models import TriageChoice
from core.triage.values import Suggestion
from tests.builders import CoreDesk

ADVICE = Suggestion(
    category=Category.PERFORMANCE,
    priority=Priority.HIGH,
    reasoning="“slow for everyone”",
    related_skills=("networking",),
    complexity=Complexity.COMPLEX,
    confidence=0.8,
    model="gpt-4.1-mini",
)


async def triaged(desk: CoreDesk, advice: Suggestion | None = ADVICE, **fields: object) -> Ticket:
    anna = await desk.person("anna")
    new = NewTicket(**{"title": "VPN is slow", "description": "For everyone.", "channel": "email", **fields})  # type: ignore[arg-type]
    async with desk.unit_of_work(desk.actor(anna)) as uow:
        ticket = await submit_ticket(uow, new, requester=anna)
        await finish_triage(uow, ticket, advice)
        await uow.commit()
    return ticket


async def choices(desk: CoreDesk) -> Sequence[TriageChoice]:
    async with desk.reading() as reading:
        return (await reading.session.scalars(select(TriageChoice).order_by(TriageChoice.field))).all()


async def test_accepted_advice_becomes_the_persons_own(desk: CoreDesk) -> None:
    ticket, mia = await triaged(desk), await desk.person("mia", Role.MODERATOR)
    async with desk.unit_of_work(desk.actor(mia)) as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        revision = locked.revision
        assert await accept_suggestion(uow, locked) == ADVICE
        await uow.commit()
    ticket = await desk.ticket(ticket.id)
    assert ticket.set_by == dict.fromkeys(("category", "priority", "related_skills"), "person")
    assert ticket.revision == revision + 1
    rows = await choices(desk)
    assert [row.field for row in rows] == ["category", "complexity", "priority", "related_skills"]
    assert all(row.was_right and row.user_id == mia.id and row.model == "gpt-4.1-mini" for row in rows)


async def test_accepting_twice_tells_nobody_twice(desk: CoreDesk) -> None:
    ticket = await triaged(desk)
    revisions = []
    for _ in range(2):
        async with desk.unit_of_work() as uow:
            await accept_suggestion(uow, await lock_ticket_by_id(uow, ticket.id))
            await uow.commit()
        revisions.append((await desk.ticket(ticket.id)).revision)
    assert revisions[0] == revisions[1]
    assert len(await choices(desk)) == 4


async def test_a_correction_is_kept_beside_what_was_said(desk: CoreDesk) -> None:
    ticket = await triaged(desk)
    async with desk.unit_of_work() as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        await correct_suggestion(uow, locked, category=Category.BUG, complexity=Complexity.SIMPLE)
        await uow.commit()
    ticket = await desk.ticket(ticket.id)
    assert (ticket.category, ticket.priority) == (Category.BUG, Priority.HIGH)
    assert (ticket.set_by["category"], ticket.set_by["priority"]) == ("person", "model")
    category, complexity = await choices(desk)
    assert (category.advised, category.chosen, category.was_right) == ("Performance", "Bug", False)
    assert (complexity.advised, complexity.chosen) == ("complex", "simple")
    assert category.confidence == pytest.approx(0.8)


async def test_whatever_door_a_person_uses_their_last_choice_is_the_example(desk: CoreDesk) -> None:
    ticket = await triaged(desk)
    for category in (Category.BUG, Category.QUESTION):
        async with desk.unit_of_work() as uow:
            await set_fields(uow, await lock_ticket_by_id(uow, ticket.id), category=category, title="VPN")
            await uow.commit()
    (row,) = await choices(desk)
    assert (row.advised, row.chosen) == ("Performance", "Question")


async def test_an_abstention_is_corrected_too(desk: CoreDesk) -> None:
    ticket = await triaged(desk, replace(ADVICE, category=None, confidence=0.0))
    async with desk.unit_of_work() as uow:
        await set_fields(uow, await lock_ticket_by_id(uow, ticket.id), category=Category.BUG)
        await uow.commit()
    (row,) = await choices(desk)
    assert (row.advised, row.chosen, row.was_right) == (None, "Bug", False)


async def test_the_newest_advice_is_what_is_answered(desk: CoreDesk) -> None:
    ticket = await triaged(desk)
    async with desk.unit_of_work() as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        record_suggestion(uow, locked, replace(ADVICE, category=Category.QUESTION, model="local"))
        await uow.commit()
    async with desk.unit_of_work() as uow:
        await accept_suggestion(uow, await lock_ticket_by_id(uow, ticket.id))
        await uow.commit()
    assert (await desk.ticket(ticket.id)).category is Category.QUESTION


async def test_without_advice_there_is_nothing_to_answer(desk: CoreDesk) -> None:
    ticket = await triaged(desk, None)
    async with desk.unit_of_work() as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        with pytest.raises(ConflictError, match="no advice"):
            await accept_suggestion(uow, locked)
        with pytest.raises(ConflictError, match="no advice"):
            await correct_suggestion(uow, locked, category=Category.BUG)
        await set_fields(uow, locked, category=Category.BUG)
        await uow.commit()
    assert await choices(desk) == []


async def test_only_those_who_work_tickets_answer_and_with_something(desk: CoreDesk) -> None:
    ticket = await triaged(desk)
    async with desk.unit_of_work() as uow:
        requester = ticket.created_by
        locked = await lock_ticket_by_id(uow, ticket.id)
        with pytest.raises(InvalidInputError):
            await correct_suggestion(uow, locked)
        with pytest.raises(ConflictError, match="in the meantime"):
            await accept_suggestion(uow, locked, expected_revision=99)
    async with desk.unit_of_work(desk.actor(requester)) as uow:
        locked = await lock_ticket_by_id(uow, ticket.id)
        with pytest.raises(ForbiddenError):
            await accept_suggestion(uow, locked)
        with pytest.raises(ForbiddenError):
            await correct_suggestion(uow, locked, category=Category.BUG)


@pytest.mark.parametrize("advised", [["a", "b"], ["b", "a"]])
def test_skills_are_right_in_any_order(advised: list[str]) -> None:
    assert TriageChoice(advised=advised, chosen=["a", "b"]).was_right
    assert not TriageChoice(advised=advised, chosen=["a"]).was_right
