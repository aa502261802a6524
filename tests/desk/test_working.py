"""What people do with tickets, who may, and who set what."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, DeskError, ForbiddenError, InvalidInputError, NotFoundError
from core.jobs import kinds
from core.people.models import User
from core.people.values import Role
from core.tickets.actions import NewReply, NewTicket, add_internal_note, add_reply, submit_ticket
from core.tickets.models import Ticket
from core.tickets.queries import TicketFilter, find_ticket, list_replies, list_tickets
from core.tickets.values import TEXT_LENGTH, TITLE_LENGTH, Category, Priority, SetBy, Status
from core.tickets.working import (
    assign_ticket,
    delete_ticket,
    reopen_ticket,
    resolve_ticket,
    restore_ticket,
)
from core.triage.actions import finish_triage
from tests.builders import CoreDesk
from tests.desk.working import RESOLVE, WORK, Act, act, file_another, file_one, people, records, setting
from tests.fakes.triage import ADVICE


async def test_requesters_do_not_work_tickets(desk: CoreDesk) -> None:
    them = await file_one(desk)
    before = (await desk.ticket(1)).revision
    for work in WORK.values():
        with pytest.raises(ForbiddenError):
            await act(desk, them["anna"], work)
    assert (await desk.ticket(1)).revision == before
    assert len(await records(desk)) == 1


@pytest.mark.parametrize("role", ["mo", "root"])
async def test_moderators_and_admins_do(desk: CoreDesk, role: str) -> None:
    them = await people(desk)
    for name, work in WORK.items():
        number = await file_another(desk, them["anna"])
        if name == "reopen":
            await act(desk, them[role], RESOLVE, number=number)
        before = len(await records(desk))
        await act(desk, them[role], work, number=number)
        assert len(await records(desk)) - before == (0 if name == "restore" else 1), name


async def test_nobody_touches_or_sees_a_strangers_ticket(desk: CoreDesk) -> None:
    """zammad#2757: what one may not see is not there, rather than forbidden."""
    them = await file_one(desk)
    with pytest.raises(NotFoundError):
        await act(desk, them["ben"], setting(title="Mine now"))
    async with desk.reading(desk.actor(them["ben"])) as reading:
        assert await list_tickets(reading, TicketFilter()) == []
    for role in ("anna", "mo", "root"):
        async with desk.reading(desk.actor(them[role])) as reading:
            assert [ticket.number for ticket in await list_tickets(reading, TicketFilter())] == [1]


async def test_tickets_of_another_organization_are_not_there_even_for_admins(desk: CoreDesk) -> None:
    them = await file_one(desk)
    elsewhere = replace(desk.actor(them["root"]), organization_id=2)
    with pytest.raises(NotFoundError):
        await act(desk, elsewhere, setting(title="Mine now"))


async def test_an_unknown_number_is_not_found(desk: CoreDesk) -> None:
    them = await file_one(desk)
    async with desk.reading(desk.actor(them["root"])) as reading:
        for number in (0, -1, 2, 2**31, 2**63, 10**30):
            with pytest.raises(NotFoundError):
                await find_ticket(reading, number)


async def test_what_a_person_set_is_never_overwritten_by_a_model(desk: CoreDesk) -> None:
    """zammad#5756: an AI result overwrote a person."""
    them = await file_one(desk, priority=Priority.HIGH)
    ticket = await act(desk, them["mo"], setting(category=Category.QUESTION))
    assert ticket.set_by == {"priority": SetBy.PERSON.value, "category": SetBy.PERSON.value}
    advice = replace(ADVICE, related_skills=("vpn",))
    ticket = await act(desk, desk.system, lambda uow, row: finish_triage(uow, row, advice))
    assert (ticket.category, ticket.priority, ticket.related_skills) == (Category.QUESTION, Priority.HIGH, ["vpn"])
    assert ticket.set_by["related_skills"] == SetBy.MODEL.value
    ticket = await act(desk, them["mo"], setting(related_skills=["network"]))
    assert (ticket.related_skills, ticket.set_by["related_skills"]) == (["network"], SetBy.PERSON.value)


async def test_taking_a_ticket_brings_it_into_work(desk: CoreDesk) -> None:
    them = await file_one(desk)

    async def take(uow: UnitOfWork, ticket: Ticket) -> None:
        await assign_ticket(uow, ticket, assignee=await uow.session.get_one(User, them["mo"].id))

    ticket = await act(desk, them["mo"], take)
    assert ticket.assigned_to is not None
    assert (ticket.assigned_to.id, ticket.status) == (them["mo"].id, Status.IN_PROGRESS)
    record = (await records(desk))[-1]
    assert record.action == "ticket.assigned"
    assert record.before == {"assigned_to_id": None, "status": "pending"}
    assert record.after == {"assigned_to_id": them["mo"].id, "status": "in_progress"}
    ticket = await act(desk, them["root"], lambda uow, row: assign_ticket(uow, row, assignee=None))
    assert (ticket.assigned_to, ticket.status) == (None, Status.IN_PROGRESS)


@pytest.mark.parametrize("who", ["anna", "gone"])
async def test_only_active_moderators_and_admins_are_assigned(desk: CoreDesk, who: str) -> None:
    them = await file_one(desk)
    them["gone"] = await desk.person("gone", Role.MODERATOR)
    async with desk.unit_of_work() as uow:
        gone = await uow.session.get_one(User, them["gone"].id)
        gone.is_active = False
        uow.audit.record("user.deactivated", gone)
        await uow.commit()

    async def assign(uow: UnitOfWork, ticket: Ticket) -> None:
        await assign_ticket(uow, ticket, assignee=await uow.session.get_one(User, them[who].id))

    with pytest.raises(InvalidInputError) as refused:
        await act(desk, them["mo"], assign)
    assert refused.value.field == "assigned_to"
    assert (await desk.ticket(1)).assigned_to is None


async def test_a_ticket_is_resolved_with_what_solved_it(desk: CoreDesk) -> None:
    them = await file_one(desk)
    desk.clock.advance(hours=2)
    ticket = await act(
        desk,
        them["mo"],
        lambda uow, row: resolve_ticket(
            uow, row, resolution=" Plug it in.\x00 ", helpful_notes="again", is_public=True
        ),
    )
    assert (ticket.status, ticket.resolution, ticket.resolved_at) == (
        Status.COMPLETED,
        "Plug it in.",
        desk.clock.now(),
    )
    assert (ticket.helpful_notes, ticket.is_public) == ("again", True)
    assert ticket.snapshot().is_answerable_to_strangers
    assert f"search.index:{ticket.id}:{ticket.revision}" in {job.key for job in await desk.jobs()}


async def test_nothing_is_resolved_without_a_word(desk: CoreDesk) -> None:
    them = await file_one(desk)

    def with_words(words: str) -> Act:
        return lambda uow, row: resolve_ticket(uow, row, resolution=words)

    for words in ("", "  \n", "\x00"):
        with pytest.raises(InvalidInputError) as refused:
            await act(desk, them["mo"], with_words(words))
        assert refused.value.field == "resolution"
    with pytest.raises(InvalidInputError):
        await act(desk, them["mo"], setting(status=Status.COMPLETED))
    assert (await desk.ticket(1)).status is Status.PENDING


async def test_a_reopened_ticket_keeps_its_earlier_resolution_to_read(desk: CoreDesk) -> None:
    them = await file_one(desk)
    with pytest.raises(ConflictError, match="not completed"):
        await act(desk, them["mo"], reopen_ticket)
    await act(desk, them["mo"], RESOLVE)
    ticket = await act(desk, them["mo"], reopen_ticket)
    assert (ticket.status, ticket.resolved_at, ticket.resolution) == (Status.PENDING, None, "Plug it in.")
    assert not ticket.snapshot().is_answerable_to_strangers
    assert [record.action for record in await records(desk)][-2:] == ["ticket.resolved", "ticket.reopened"]


async def test_a_deleted_ticket_is_gone_for_everybody_until_it_is_restored(desk: CoreDesk) -> None:
    them = await file_one(desk, is_public=True)
    await act(desk, them["mo"], RESOLVE)
    await act(desk, them["root"], delete_ticket)
    for role in ("anna", "mo", "root"):
        async with desk.reading(desk.actor(them[role])) as reading:
            with pytest.raises(NotFoundError):
                await find_ticket(reading, 1)
            assert await list_tickets(reading, TicketFilter()) == []
    again = await act(desk, them["root"], delete_ticket, with_deleted=True)
    assert [record.action for record in await records(desk)].count("ticket.deleted") == 1
    assert not again.snapshot().is_answerable_to_strangers
    restored = await act(desk, them["root"], restore_ticket, with_deleted=True)
    assert (restored.deleted_at, restored.status) == (None, Status.COMPLETED)
    assert restored.snapshot().is_answerable_to_strangers
    indexed = [job.key for job in await desk.jobs() if job.kind == kinds.SEARCH_INDEX.name]
    assert len(indexed) == len(set(indexed)) == 3


async def test_a_deleted_ticket_is_not_worked(desk: CoreDesk) -> None:
    them = await file_one(desk)
    await act(desk, them["mo"], delete_ticket)
    for name in ("category", "assign", "resolve", "reopen"):
        with pytest.raises(ConflictError, match="deleted"):
            await act(desk, them["mo"], WORK[name], with_deleted=True)
    with pytest.raises(ConflictError, match="deleted"):
        await act(desk, them["mo"], _say(them["mo"], add_reply), with_deleted=True)


async def test_of_two_moderators_who_saw_the_same_state_the_second_is_told(desk: CoreDesk) -> None:
    them = await file_one(desk)
    seen = (await desk.ticket(1)).revision
    await act(desk, them["mo"], setting(priority=Priority.HIGH, expected_revision=seen))
    with pytest.raises(ConflictError, match="in the meantime"):
        await act(desk, them["root"], setting(priority=Priority.LOW, expected_revision=seen))
    assert (await desk.ticket(1)).priority is Priority.HIGH
    await act(desk, them["root"], setting(priority=Priority.LOW, expected_revision=seen + 1))
    assert (await desk.ticket(1)).priority is Priority.LOW


async def test_setting_what_is_so_already_is_no_change(desk: CoreDesk) -> None:
    them = await file_one(desk, priority=Priority.HIGH)
    before = await desk.ticket(1)
    ticket = await act(desk, them["mo"], setting(priority=Priority.HIGH))
    assert (ticket.revision, ticket.updated_at) == (before.revision, before.updated_at)
    assert ticket.set_by["priority"] == SetBy.PERSON.value


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("", "\n\n  The first line \n second", "The first line"),
        ("a  b\x00\n", "", "a b"),
        ("x" * 300, "", "x" * (TITLE_LENGTH - 1) + "…"),
    ],
)
async def test_a_title_is_made_usable(desk: CoreDesk, title: str, text: str, expected: str) -> None:
    anna = await desk.person("anna")
    async with desk.unit_of_work(desk.actor(anna)) as uow:
        new = NewTicket(title=title, description=text, channel="web")
        ticket = await submit_ticket(uow, new, requester=await uow.session.get_one(User, anna.id))
        await uow.commit()
    assert ticket.title == expected


@pytest.mark.parametrize(("title", "text"), [(" ", "\n"), ("Long", "x" * (TEXT_LENGTH + 1))])
async def test_an_empty_or_endless_ticket_is_refused_and_takes_no_number(desk: CoreDesk, title: str, text: str) -> None:
    anna = await desk.person("anna")
    async with desk.unit_of_work(desk.actor(anna)) as uow:
        with pytest.raises(InvalidInputError):
            await submit_ticket(uow, NewTicket(title=title, description=text, channel="web"), requester=anna)
    assert (await desk.mail_in(**{"from": "x@y.example", "title": "First", "text": "?"})).ticket_id is not None
    async with desk.reading() as reading:
        assert list(await reading.session.scalars(select(Ticket.number))) == [1]


async def test_a_requester_answers_their_ticket_and_brings_it_back_to_work(desk: CoreDesk) -> None:
    them = await file_one(desk)
    ticket = await act(desk, them["mo"], _say(them["mo"], add_reply))
    assert ticket.status is Status.IN_PROGRESS
    await act(desk, them["mo"], setting(status=Status.WAITING))
    ticket = await act(desk, them["anna"], _say(them["anna"], add_reply))
    assert ticket.status is Status.IN_PROGRESS
    await act(desk, them["mo"], RESOLVE)
    ticket = await act(desk, them["anna"], _say(them["anna"], add_reply))
    assert (ticket.status, ticket.resolved_at) == (Status.PENDING, None)
    actions = [record.action for record in await records(desk)]
    assert actions.count("ticket.status_changed") == 3


async def test_only_moderators_write_internal_notes_and_read_them(desk: CoreDesk) -> None:
    them = await file_one(desk)
    with pytest.raises(ForbiddenError):
        await act(desk, them["anna"], _say(them["anna"], add_internal_note))
    await act(desk, them["mo"], _say(them["mo"], add_internal_note))
    for role, count in (("anna", 0), ("mo", 1), ("root", 1)):
        async with desk.reading(desk.actor(them[role])) as reading:
            assert len(await list_replies(reading, await find_ticket(reading, 1))) == count


async def test_an_empty_or_endless_reply_is_refused(desk: CoreDesk) -> None:
    them = await file_one(desk)
    for text in ("", " \x00 ", "x" * (TEXT_LENGTH + 1)):
        with pytest.raises(InvalidInputError):
            await act(desk, them["anna"], _say(them["anna"], add_reply, text))


async def test_a_refusal_says_what_can_be_done(desk: CoreDesk) -> None:
    them = await file_one(desk)
    with pytest.raises(DeskError, match="moderators") as refused:
        await act(desk, them["anna"], WORK["assign"])
    assert refused.value.mend


def _say(author: User, say: Callable[..., Awaitable[object]], text: str = "Hello") -> Act:
    async def work(uow: UnitOfWork, ticket: Ticket) -> None:
        writer = await uow.session.get_one(User, author.id)
        await say(uow, ticket, NewReply(text=text, channel="web"), author=writer)

    return work
