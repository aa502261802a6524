"""What requesters do with a ticket of their own, on both databases."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, ForbiddenError
from core.people.models import User
from core.people.values import Role
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.earlier import earlier_words
from core.tickets.history import PastTicket, record_past_ticket
from core.tickets.models import Ticket
from core.tickets.own import edit_own, mark_of_words, show_own, sort_own, withdraw_own
from core.tickets.queries import find_ticket, lock_ticket
from core.tickets.values import Category
from core.tickets.working import assign_ticket, set_fields
from core.triage.actions import finish_triage
from tests.builders import CoreDesk
from tests.fakes.triage import ADVICE

Act = Callable[[UnitOfWork, Ticket], Awaitable[object]]
TITLE, TEXT = "VPN drops", "Every hour.\n"


@pytest.fixture
async def anna(desk: CoreDesk) -> User:
    """Who has filed ticket 1."""
    requester = await desk.person("anna")
    async with desk.unit_of_work(desk.actor(requester)) as uow:
        new = NewTicket(title=TITLE, description=TEXT, channel="web")
        await submit_ticket(uow, new, requester=await uow.session.get_one(User, requester.id))
        await uow.commit()
    return requester


async def act(desk: CoreDesk, person: User, work: Act) -> Ticket:
    async with desk.unit_of_work(desk.actor(person)) as uow:
        ticket = await lock_ticket(uow, 1)
        await work(uow, ticket)
        await uow.commit()
    return ticket


def editing(title: str, description: str, seen: str = "") -> Act:
    return lambda uow, ticket: edit_own(uow, ticket, title=title, description=description, seen=seen)


def sorting(category: Category, seen: Category | None = None) -> Act:
    return lambda uow, ticket: sort_own(uow, ticket, category=category, seen=seen)


async def test_the_same_form_sent_twice_is_one_edit(desk: CoreDesk, anna: User) -> None:
    seen = mark_of_words(TITLE, TEXT)
    for _ in range(2):
        ticket = await act(desk, anna, editing("VPN drops hourly", "At :00.", seen))
    assert (ticket.title, ticket.description, ticket.revision) == ("VPN drops hourly", "At :00.", 2)


async def test_words_that_stay_are_no_edit(desk: CoreDesk, anna: User) -> None:
    ticket = await act(desk, anna, editing(TITLE, TEXT.strip(), mark_of_words(TITLE, TEXT)))
    assert (ticket.revision, ticket.edited_at) == (1, None)


async def test_a_title_that_is_longer_than_people_write_stays_whole(desk: CoreDesk, anna: User) -> None:
    mo, long = await desk.person("mo", Role.MODERATOR), "x  " * 90
    async with desk.unit_of_work(desk.actor(mo)) as uow:
        requester = await uow.session.get_one(User, anna.id)
        past = PastTicket(
            title=long, description="Old", requester=requester, created_at=uow.clock.now(), channel="import"
        )
        number = (await record_past_ticket(uow, past)).number
        await uow.commit()
    async with desk.unit_of_work(desk.actor(anna)) as uow:
        ticket = await edit_own(uow, await lock_ticket(uow, number), title=long, description="New")
        await uow.commit()
    assert (ticket.title, ticket.description) == (long, "New")


async def test_every_earlier_version_is_kept_for_moderators(desk: CoreDesk, anna: User) -> None:
    mo = await desk.person("mo", Role.MODERATOR)
    await act(desk, anna, editing("VPN drops hourly", TEXT))
    await act(desk, mo, lambda uow, ticket: set_fields(uow, ticket, description="At :00."))
    await act(desk, mo, lambda uow, ticket: set_fields(uow, ticket, category=Category.BUG))
    async with desk.reading(desk.actor(mo)) as reading:
        earlier = await earlier_words(reading, await find_ticket(reading, 1))
    said = [(one.title, one.description, one.changed_by) for one in earlier]
    assert said == [("VPN drops hourly", TEXT.strip(), "Mo"), (TITLE, TEXT, "Anna")]
    async with desk.reading(desk.actor(anna)) as reading:
        with pytest.raises(ForbiddenError):
            await earlier_words(reading, await find_ticket(reading, 1))


async def test_a_requester_overrides_a_model_but_no_person_they_have_not_seen(desk: CoreDesk, anna: User) -> None:
    mo = await desk.person("mo", Role.MODERATOR)
    async with desk.unit_of_work() as uow:
        await finish_triage(uow, await lock_ticket(uow, 1), ADVICE)
        await uow.commit()
    ticket = await act(desk, anna, sorting(Category.PERFORMANCE))  # the form was opened before the advice came
    assert (ticket.category, ticket.set_by["category"]) == (Category.PERFORMANCE, "person")
    await act(desk, mo, lambda uow, ticket: set_fields(uow, ticket, category=Category.QUESTION))
    with pytest.raises(ConflictError, match="sorted"):
        await act(desk, anna, sorting(Category.BUG, seen=Category.PERFORMANCE))
    assert (await act(desk, anna, sorting(Category.BUG, seen=Category.QUESTION))).category is Category.BUG


async def test_who_works_on_it_sorts_it(desk: CoreDesk, anna: User) -> None:
    mo = await desk.person("mo", Role.MODERATOR)

    async def take(uow: UnitOfWork, ticket: Ticket) -> None:
        await assign_ticket(uow, ticket, assignee=await uow.session.get_one(User, mo.id))

    await act(desk, mo, take)
    with pytest.raises(ConflictError, match="works on"):
        await act(desk, anna, sorting(Category.BUG))
    assert (await act(desk, anna, editing("VPN drops hourly", TEXT))).title == "VPN drops hourly"


OWN: dict[str, Act] = {
    "edit": editing("Other", "words"),
    "sort": sorting(Category.BUG),
    "publish": lambda uow, ticket: show_own(uow, ticket, is_public=True),
    "withdraw": withdraw_own,
}


@pytest.mark.parametrize("deed", OWN)
async def test_what_has_ended_stays_and_others_stay_out(desk: CoreDesk, anna: User, deed: str) -> None:
    mo = await desk.person("mo", Role.MODERATOR)
    with pytest.raises(ForbiddenError):
        await act(desk, mo, OWN[deed])
    await act(desk, anna, withdraw_own)
    with pytest.raises(ConflictError):
        await act(desk, anna, OWN[deed])


async def test_a_change_that_fails_leaves_nothing_of_it(desk: CoreDesk, anna: User) -> None:
    async def edit_and_fail(uow: UnitOfWork, ticket: Ticket) -> Any:
        await edit_own(uow, ticket, title="Half", description="done")
        raise ConflictError("overtaken")

    with pytest.raises(ConflictError):
        await act(desk, anna, edit_and_fail)
    async with desk.reading(desk.actor(anna)) as reading:
        ticket = await find_ticket(reading, 1)
    assert (ticket.title, ticket.revision) == (TITLE, 1)
