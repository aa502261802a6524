"""What a language model is told of a desk's habits: corrected advice, and public resolved tickets alone."""

import asyncio
from typing import Any

import pytest

from core.errors import TryAgainLaterError
from core.people.organizations import create_organization
from core.search.values import Findings, SimilarTicket
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category, Priority
from core.tickets.working import delete_ticket, set_fields
from core.triage import precedents
from core.triage.actions import finish_triage
from core.triage.precedents import DeskMemory
from core.triage.values import AiCall, Precedent, Suggestion, TriageRequest
from tests.builders import CoreDesk
from tests.fakes.search import findings_of

ASKED = TriageRequest(title="Printer jams", description="Again.", organization_id=1)
ADVICE = Suggestion(category=Category.BUG, priority=Priority.LOW, reasoning="", confidence=0.8)
FOUND = SimilarTicket(
    ticket_id=9, number=9, title="Paper", category=Category.BUG, description="secret", resolution="Cleaned.", score=0.9
)


async def nothing(**_asked: Any) -> Findings:
    return findings_of()


async def corrected(desk: CoreDesk, title: str, category: Category) -> Ticket:
    requester = await desk.person(title.split(maxsplit=1)[0].lower())
    async with desk.unit_of_work() as uow:
        new = NewTicket(title=title, description="Text.", channel="email")
        ticket = await submit_ticket(uow, new, requester=requester)
        await finish_triage(uow, ticket, ADVICE)
        await set_fields(uow, ticket, category=category)
        await uow.commit()
    return ticket


async def test_advice_that_was_wrong_is_told_and_advice_that_was_right_is_not(desk: CoreDesk) -> None:
    await corrected(desk, "Wrong one", Category.QUESTION)
    await corrected(desk, "Right one", Category.BUG)
    gone = await corrected(desk, "Gone one", Category.QUESTION)
    async with desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, gone.id))
        await uow.commit()
    found = await DeskMemory(desk.reading, nothing).precedents(ASKED)
    assert found.corrected == (
        Precedent(title="Wrong one", text="Text.", sorted_as={"category": "Question"}, advised={"category": "Bug"}),
    )


async def test_another_organizations_corrections_are_not_told(desk: CoreDesk) -> None:
    await corrected(desk, "Wrong one", Category.QUESTION)
    async with desk.unit_of_work() as uow:
        other = await create_organization(uow, name="Other")
        await uow.commit()
    asked = TriageRequest(title="Printer jams", description="Again.", organization_id=other.id)
    assert (await DeskMemory(desk.reading, nothing).precedents(asked)).corrected == ()


async def test_the_newest_corrections_are_told_in_an_order_that_stays(
    desk: CoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedents, "CORRECTED", 2)
    for name in ("first", "second", "third"):
        await corrected(desk, f"{name} one", Category.QUESTION)
        desk.clock.advance(seconds=1)
    found = await DeskMemory(desk.reading, nothing).precedents(ASKED)
    assert [one.title for one in found.corrected] == ["second one", "third one"]


async def test_of_similar_tickets_title_category_and_resolution_are_told(desk: CoreDesk) -> None:
    call = AiCall(
        model="m", purpose="embedding", input_tokens=1, cached_tokens=0, output_tokens=0, cost_usd=None, duration_ms=1
    )

    async def similar(*, calls: list[AiCall], **asked: Any) -> Findings:
        assert asked == {"organization_id": 1, "title": "Printer jams", "description": "Again.", "limit": 3}
        calls.append(call)
        return findings_of(FOUND)

    found = await DeskMemory(desk.reading, similar).precedents(ASKED)
    assert found.similar == (Precedent(title="Paper", resolution="Cleaned.", sorted_as={"category": "Bug"}),)
    assert found.calls == (call,)


@pytest.mark.parametrize("how", ["away", "slow"])
async def test_a_search_that_is_away_or_slow_holds_nothing_up(
    desk: CoreDesk, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(precedents, "PATIENCE", 0.05 if how == "slow" else 60)

    async def failing(**_asked: Any) -> Findings:
        if how == "slow":
            await asyncio.Event().wait()
        raise TryAgainLaterError("The index is away.")

    assert (await DeskMemory(desk.reading, failing).precedents(ASKED)).similar == ()
