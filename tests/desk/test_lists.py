"""Pages of tickets, against what a person would pick by hand: statements are kept for everybody who asks alike."""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from itertools import product
from typing import Any

from sqlalchemy import select

from core.people.models import User
from core.tickets.models import Participant, Ticket
from core.tickets.queries import TicketFilter, list_filed_and_joined, list_lines, list_tickets
from core.tickets.values import Category, ListedTicket, Priority, Status, TicketLine
from tests.builders import CoreDesk
from tests.desk.test_working import file_another, people

TICKETS = 24
LIMIT = 5


async def fill(desk: CoreDesk, them: Mapping[str, User]) -> list[Ticket]:
    """Tickets of every kind, newest first; Ben takes part in some of Anna's."""
    chance = random.Random(7)  # noqa: S311 (the same tickets every time)
    for _ in range(TICKETS):
        await file_another(desk, chance.choice((them["anna"], them["ben"])))
    async with desk.unit_of_work() as uow:
        tickets = [await uow.session.get_one(Ticket, number) for number in range(TICKETS, 0, -1)]
        for ticket in tickets:
            ticket.status = chance.choice(list(Status))
            ticket.category = chance.choice((None, Category.BUG))
            ticket.priority = chance.choice((Priority.LOW, Priority.HIGH))
            ticket.assigned_to = await uow.session.get(User, chance.choice((0, them["mo"].id)))
            ticket.snoozed_until = chance.choice((None, desk.clock.now() + timedelta(hours=1)))
            ticket.title = chance.choice(("100% of Paper", "paper", "Toner"))
            ticket.deleted_at = chance.choice((None, None, None, desk.clock.now()))
            if ticket.created_by_id == them["anna"].id and chance.random() < 1 / 3:
                uow.session.add(Participant(ticket_id=ticket.id, user_id=them["ben"].id, added_at=desk.clock.now()))
            uow.audit.record("ticket.changed", ticket)
        await uow.commit()
    return tickets


def some_filters(them: Mapping[str, User]) -> Iterator[TicketFilter]:
    """A sample of all that may be asked for together, in no order."""
    choices: dict[str, tuple[Any, ...]] = {
        "status": (None, Status.PENDING),
        "open_only": (False, True),
        "category": (None, Category.BUG),
        "priority": (None, Priority.HIGH),
        "assigned_to_id": (None, them["mo"].id, 0),
        "unassigned": (False, True),
        "snoozed": (None, True, False),
        "created_by_id": (None, them["anna"].id, 0),
        "joined_by_id": (None, None, them["ben"].id),
        "text": ("", "0% PAPER", "aper"),
        "before_id": (None, TICKETS // 2),
    }
    every = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    for chosen in random.Random(11).sample(every, 120):  # noqa: S311 (the same ones every time)
        yield TicketFilter(**chosen, limit=LIMIT)


def picked(tickets: Sequence[Ticket], joined: Collection[int], wanted: TicketFilter) -> list[int]:
    """The numbers of the page, by the plain meaning of each condition. Ben has `joined` some."""
    exact = ("status", "category", "priority", "assigned_to_id", "created_by_id")
    words = wanted.text.lower().split()
    return [
        ticket.number
        for ticket in tickets
        if all(getattr(wanted, name) in {None, getattr(ticket, name)} for name in exact)
        and (wanted.joined_by_id is None or (ticket.id in joined and ticket.created_by_id != wanted.joined_by_id))
        and not (wanted.open_only and ticket.status is Status.COMPLETED)
        and not (wanted.unassigned and ticket.assigned_to_id is not None)
        and wanted.snoozed in {None, ticket.snoozed_until is not None}
        and all(word in ticket.title.lower() for word in words)
        and (wanted.before_id is None or ticket.id < wanted.before_id)
    ][:LIMIT]


def shown(ticket: TicketLine) -> list[object]:
    """What a line of a list holds, by name and in words."""
    holder = ticket.assigned_to and (ticket.assigned_to.id, ticket.assigned_to.name)
    names = [column.name for column in fields(ListedTicket) if column.name != "assigned_to"]
    return [holder, *(getattr(ticket, name) for name in names)]


async def test_everybody_gets_the_page_they_asked_for(desk: CoreDesk) -> None:
    them = await people(desk)
    tickets = [ticket for ticket in await fill(desk, them) if ticket.deleted_at is None]
    async with desk.reading() as reading:
        joined = set(
            await reading.session.scalars(select(Participant.ticket_id).where(Participant.user_id == them["ben"].id))
        )
    seen = {
        "mo": tickets,
        "anna": [ticket for ticket in tickets if ticket.created_by_id == them["anna"].id],
        "ben": [ticket for ticket in tickets if ticket.id in joined or ticket.created_by_id == them["ben"].id],
    }
    for wanted, (name, theirs) in product(some_filters(them), seen.items()):
        async with desk.reading(desk.actor(them[name])) as reading:
            found = await list_tickets(reading, wanted)
            lines = await list_lines(reading, wanted)
        assert [ticket.number for ticket in found] == picked(theirs, joined, wanted), (name, wanted)
        assert [shown(line) for line in lines] == [shown(ticket.snapshot()) for ticket in found]


async def test_the_own_tickets_and_the_joined_ones_are_the_two_lists_in_one(desk: CoreDesk) -> None:
    them = await people(desk)
    await fill(desk, them)
    for name, person in them.items():
        async with desk.reading(desk.actor(person)) as reading:
            both = [
                await list_lines(reading, TicketFilter(created_by_id=person.id, limit=LIMIT)),
                await list_lines(reading, TicketFilter(joined_by_id=person.id, limit=LIMIT)),
            ]
            assert list(await list_filed_and_joined(reading, limit=LIMIT)) == both, name
