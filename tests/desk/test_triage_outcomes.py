"""How often triage dared to say something, and how often that still stood when the ticket was completed."""

from dataclasses import replace

from core.people.models import User
from core.people.values import Role
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.values import Category
from core.tickets.working import delete_ticket, resolve_ticket, set_fields
from core.triage.actions import finish_triage
from core.triage.outcomes import TriageWeek, triage_weeks
from core.triage.values import Suggestion
from tests.builders import CoreDesk
from tests.desk.test_triage_choices import ADVICE


async def _triaged(desk: CoreDesk, *advice: Suggestion) -> list[int]:
    """Tickets on which this was advised, one each."""
    anna = await desk.person("anna")
    filed: list[int] = []
    for one in advice:
        async with desk.unit_of_work(desk.actor(anna)) as uow:
            ticket = await submit_ticket(
                uow, NewTicket(title="It is slow", description="", channel="email"), requester=anna
            )
            await finish_triage(uow, ticket, one)
            await uow.commit()
            filed.append(ticket.id)
    return filed


async def _complete(desk: CoreDesk, mia: User, ticket_id: int, **fields: object) -> None:
    async with desk.unit_of_work(desk.actor(mia)) as uow:
        ticket = await lock_ticket_by_id(uow, ticket_id)
        if fields:
            await set_fields(uow, ticket, **fields)
        await resolve_ticket(uow, ticket, resolution="Done.")
        await uow.commit()


async def _advise_again(desk: CoreDesk, ticket_id: int, advice: Suggestion) -> None:
    async with desk.unit_of_work() as uow:
        await finish_triage(uow, await lock_ticket_by_id(uow, ticket_id), advice)
        await uow.commit()


async def _weeks(desk: CoreDesk) -> list[TriageWeek]:
    async with desk.reading() as reading:
        return list(await triage_weeks(reading))


async def test_without_any_ticket_there_is_nothing_to_measure(desk: CoreDesk) -> None:
    weeks = await _weeks(desk)
    assert len(weeks) == 13
    assert {(one.coverage, one.precision, one.priority_precision) for one in weeks} == {(None, None, None)}


async def test_advice_that_stood_was_right_and_what_was_changed_was_wrong(desk: CoreDesk) -> None:
    mia = await desk.person("mia", Role.MODERATOR)
    unsure = replace(ADVICE, category=None, priority=None)
    stood, changed, abstained, gone = await _triaged(desk, ADVICE, ADVICE, unsure, ADVICE)
    await _complete(desk, mia, stood)
    await _complete(desk, mia, changed, category=Category.BUG)
    desk.clock.advance(days=8)
    await _complete(desk, mia, abstained)
    await _complete(desk, mia, gone)
    async with desk.unit_of_work(desk.actor(mia)) as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, gone))
        await uow.commit()
    before, last = (await _weeks(desk))[-2:]
    assert (before.tickets, before.coverage, before.precision, before.priority_precision) == (2, 1.0, 0.5, 1.0)
    assert (last.tickets, last.coverage, last.precision, last.priority_precision) == (1, 0.0, None, None)


async def test_only_the_newest_advice_on_a_ticket_counts(desk: CoreDesk) -> None:
    mia = await desk.person("mia", Role.MODERATOR)
    (ticket,) = await _triaged(desk, replace(ADVICE, category=None))
    await _advise_again(desk, ticket, ADVICE)
    await _complete(desk, mia, ticket, category=Category.PERFORMANCE)
    last = (await _weeks(desk))[-1]
    assert (last.tickets, last.categories, last.right_categories) == (1, 1, 1)
