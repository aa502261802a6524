"""The demo data, loaded as `tickmate seed` does."""

from collections import Counter

from sqlalchemy import func, select

from config.demo.load import load_people, load_tickets
from core.audit.models import AuditRecord
from core.conversations.models import Delivery
from core.people.models import User
from core.people.values import Role
from core.tickets.models import Reply, Ticket
from core.tickets.values import Status, Visibility
from tests.builders import CoreDesk


async def load(desk: CoreDesk) -> tuple[list[User], list[Ticket]]:
    async with desk.unit_of_work() as uow:
        people = await load_people(uow)
        tickets = await load_tickets(uow, people)
        await uow.commit()
    return list(people.values()), tickets


async def test_the_demo_has_eight_people_and_twenty_five_tickets(desk: CoreDesk) -> None:
    people, tickets = await load(desk)

    assert Counter(person.role for person in people) == {Role.ADMIN: 1, Role.MODERATOR: 4, Role.USER: 3}
    assert len(tickets) == 25
    answers = [ticket for ticket in tickets if ticket.snapshot().is_answerable_to_strangers]
    assert len(answers) >= 14
    assert all(len(ticket.resolution) > 100 for ticket in answers)
    assert len({ticket.status for ticket in tickets}) == 4
    assert any(not ticket.is_public for ticket in tickets)
    assert any(ticket.category is None for ticket in tickets)


async def test_loading_the_demo_twice_adds_nothing(desk: CoreDesk) -> None:
    await load(desk)
    _, added = await load(desk)

    assert added == []
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count(User.id))) == 8
        assert await reading.session.scalar(select(func.count(Ticket.id))) == 25


async def test_answers_go_to_the_index_what_waits_is_judged_and_nobody_is_told(desk: CoreDesk) -> None:
    _, tickets = await load(desk)

    about: dict[str, set[int]] = {}
    for job in await desk.jobs():
        about.setdefault(job.kind, set()).add(job.payload["ticket_id"])
    waiting = {ticket.id for ticket in tickets if ticket.status is Status.PENDING}
    answers = {ticket.id for ticket in tickets if ticket.snapshot().is_answerable_to_strangers}
    assert about == {"search.index": answers, "triage.suggest": waiting, "search.find_similar": waiting}
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count(Delivery.id))) == 0


async def test_every_loaded_person_and_ticket_is_in_the_audit_log(desk: CoreDesk) -> None:
    await load(desk)

    async with desk.reading() as reading:
        actions = Counter(await reading.session.scalars(select(AuditRecord.action)))
    assert actions == {"user.created": 8, "ticket.imported": 25}


async def test_the_story_of_each_ticket_is_in_order(desk: CoreDesk) -> None:
    _, tickets = await load(desk)

    async with desk.reading() as reading:
        replies = list(await reading.session.scalars(select(Reply)))
    by_ticket = {ticket.id: ticket for ticket in tickets}
    assert any(reply.visibility is Visibility.INTERNAL for reply in replies)
    for reply in replies:
        ticket = by_ticket[reply.ticket_id]
        assert ticket.created_at < reply.created_at <= desk.clock.now()
        assert ticket.resolved_at is None or reply.created_at <= ticket.resolved_at
