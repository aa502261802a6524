"""Tickets put aside until later, and the clocks that run meanwhile."""

from datetime import timedelta

import pytest

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, ForbiddenError, InvalidInputError
from core.jobs import kinds
from core.people.models import User
from core.tickets.actions import NewReply, add_internal_note, add_reply
from core.tickets.jobs import SnoozedTickets
from core.tickets.models import Ticket
from core.tickets.queries import TicketFilter, list_tickets
from core.tickets.snoozing import LONGEST_SNOOZE, snooze_ticket, wake_ticket
from core.tickets.values import Status
from tests.builders import CoreDesk
from tests.desk.working import RESOLVE, Act, act, file_one, records, setting


def snoozing(desk: CoreDesk, **later: float) -> Act:
    return lambda uow, ticket: snooze_ticket(uow, ticket, until=desk.clock.now() + timedelta(**later))


def answering(author: User, *, reopens: bool = True) -> Act:
    async def answer(uow: UnitOfWork, ticket: Ticket) -> object:
        new = NewReply(text="Still so.", channel="web", reopens=reopens)
        return await add_reply(uow, ticket, new, author=await uow.session.get_one(User, author.id))

    return answer


async def queue(desk: CoreDesk, *, snoozed: bool = False) -> list[int]:
    async with desk.reading() as reading:
        found = await list_tickets(reading, TicketFilter(open_only=True, snoozed=snoozed))
    return [ticket.number for ticket in found]


async def run_wake(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        uow.jobs.enqueue(kinds.TICKETS_WAKE, {})
        await uow.commit()
    desk.runs[kinds.TICKETS_WAKE.name] = SnoozedTickets(desk.unit_of_work, desk.reading).wake
    await desk.run_jobs(kinds.TICKETS_WAKE.name)


async def test_a_snoozed_ticket_leaves_the_queue_and_comes_back_by_itself(desk: CoreDesk) -> None:
    them = await file_one(desk)
    await act(desk, them["mo"], snoozing(desk, hours=3))
    assert (await queue(desk), await queue(desk, snoozed=True)) == ([], [1])
    await run_wake(desk)
    assert await queue(desk) == []
    desk.clock.advance(hours=3)
    await run_wake(desk)
    ticket = await desk.ticket(1)
    assert (await queue(desk), ticket.snoozed_until) == ([1], None)
    await run_wake(desk)
    assert (await desk.ticket(1)).revision == ticket.revision
    told = [(record.action, record.actor_name) for record in await records(desk)]
    assert told[1:] == [("ticket.snoozed", "Mo"), ("ticket.woken", "TickMate")]


async def test_the_requesters_answer_wakes_it_and_a_thanks_does_not(desk: CoreDesk) -> None:
    them = await file_one(desk)
    await act(desk, them["mo"], snoozing(desk, days=1))
    await act(desk, them["anna"], answering(them["anna"], reopens=False))
    assert await queue(desk) == []
    await act(desk, them["mo"], answering(them["mo"]))
    assert await queue(desk) == []
    await act(desk, them["anna"], answering(them["anna"]))
    assert await queue(desk) == [1]


async def test_resolving_ends_the_snooze_and_waking_needs_one(desk: CoreDesk) -> None:
    them = await file_one(desk)
    await act(desk, them["mo"], snoozing(desk, days=1))
    await act(desk, them["mo"], wake_ticket)
    with pytest.raises(ConflictError, match="not snoozed"):
        await act(desk, them["mo"], wake_ticket)
    await act(desk, them["mo"], snoozing(desk, days=1))
    assert (await act(desk, them["mo"], RESOLVE)).snoozed_until is None
    with pytest.raises(ConflictError, match="completed"):
        await act(desk, them["mo"], snoozing(desk, days=1))


async def test_a_moment_must_come_within_the_year_and_only_moderators_choose_it(desk: CoreDesk) -> None:
    them = await file_one(desk)
    for later in (timedelta(0), timedelta(days=-1), LONGEST_SNOOZE + timedelta(days=1)):
        with pytest.raises(InvalidInputError):
            await act(desk, them["mo"], snoozing(desk, seconds=later.total_seconds()))
    for work in (snoozing(desk, days=1), wake_ticket):
        with pytest.raises(ForbiddenError):
            await act(desk, them["anna"], work)
    assert (await desk.ticket(1)).revision == 1


def running(ticket: Ticket, desk: CoreDesk) -> tuple[timedelta, bool]:
    """For how long the clock has run, and whether it stands still."""
    stands = ticket.clock_paused_at is not None
    return (ticket.clock_paused_at or desk.clock.now()) - ticket.clock_started_at, stands


async def test_the_clock_stands_still_while_the_ticket_waits_or_is_completed(desk: CoreDesk) -> None:
    them = await file_one(desk)
    desk.clock.advance(minutes=10)
    await act(desk, them["mo"], setting(status=Status.WAITING))
    desk.clock.advance(hours=5)
    await act(desk, them["mo"], setting(status=Status.WAITING))
    assert running(await desk.ticket(1), desk) == (timedelta(minutes=10), True)
    await act(desk, them["anna"], answering(them["anna"]))
    desk.clock.advance(minutes=7)
    assert running(await desk.ticket(1), desk) == (timedelta(minutes=17), False)
    await act(desk, them["mo"], RESOLVE)
    desk.clock.advance(days=3)
    await act(desk, them["anna"], answering(them["anna"]))
    desk.clock.advance(minutes=1)
    assert running(await desk.ticket(1), desk) == (timedelta(minutes=18), False)


async def test_the_first_public_word_of_a_moderator_is_the_first_answer(desk: CoreDesk) -> None:
    them = await file_one(desk)
    await act(desk, them["anna"], answering(them["anna"]))

    async def note(uow: UnitOfWork, ticket: Ticket) -> object:
        mo = await uow.session.get_one(User, them["mo"].id)
        return await add_internal_note(uow, ticket, NewReply(text="Hm.", channel="web"), author=mo)

    await act(desk, them["mo"], note)
    assert (await desk.ticket(1)).answered_at is None
    desk.clock.advance(minutes=4)
    first = desk.clock.now()
    await act(desk, them["mo"], answering(them["mo"]))
    desk.clock.advance(minutes=4)
    assert (await act(desk, them["mo"], answering(them["mo"]))).answered_at == first
