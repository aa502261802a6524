"""Tickets of another desk, taken over once, with nobody told and nobody promoted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from config.imports.run import PORTION, Report, run_import
from core.conversations.models import Delivery
from core.db.unit_of_work import UnitOfWork
from core.errors import ForbiddenError, InvalidInputError
from core.imports.actions import NO_ANSWER, Origin, import_ticket
from core.imports.values import Imported, ImportedComment, ImportedPerson, ImportedTicket, Skipped
from core.jobs import kinds
from core.people.models import User
from core.people.values import Role
from core.tickets.models import Ticket
from core.tickets.queries import find_ticket, list_replies
from core.tickets.values import TEXT_LENGTH, Status, Visibility
from tests.builders import CoreDesk

AT = datetime(2024, 5, 1, 8, tzinfo=UTC)
ADA = ImportedPerson(name="Ada King", email="Ada@People.example")
GRACE = ImportedPerson(name="Grace Hopper", email="grace@people.example")
ZENDESK = Origin("zendesk")
ANSWER = ImportedComment(author=GRACE, text="Clean the roller.", at=AT + timedelta(hours=1))
NOTE = ImportedComment(author=GRACE, text="Third time.", at=AT + timedelta(hours=2), internal=True)


def an_import(key: str = "35", **more: Any) -> ImportedTicket:
    told = {"title": "The printer jams", "description": "Both sides.", "requester": ADA, "created_at": AT}
    return ImportedTicket(**{"key": key, "comments": (ANSWER, NOTE), **told, **more})


async def _import(desk: CoreDesk, *items: ImportedTicket | Skipped, origin: Origin = ZENDESK) -> Report:
    return await run_import(desk.unit_of_work, desk.system, origin, items)


async def _ticket(desk: CoreDesk, number: int = 1) -> Ticket:
    async with desk.reading() as reading:
        return await find_ticket(reading, number)


async def _count(desk: CoreDesk, table: type[Any]) -> int:
    async with desk.reading() as reading:
        return int(await reading.session.scalar(select(func.count()).select_from(table)) or 0)


async def test_a_ticket_comes_with_its_comments_people_and_times(desk: CoreDesk) -> None:
    assert (await _import(desk, an_import(status=Status.COMPLETED, updated_at=AT + timedelta(days=1)))).imported == 1
    ticket = await _ticket(desk)
    assert (ticket.title, ticket.channel, ticket.created_at) == ("The printer jams", "import", AT)
    assert (ticket.resolution, ticket.resolved_at) == ("Clean the roller.", AT + timedelta(days=1))
    assert ticket.created_by.email == "ada@people.example"
    async with desk.reading() as reading:
        replies = await list_replies(reading, ticket)
    assert [(one.author.full_name, one.visibility, one.created_at) for one in replies] == [
        ("Grace Hopper", Visibility.PUBLIC, ANSWER.at),
        ("Grace Hopper", Visibility.INTERNAL, NOTE.at),
    ]


async def test_nobody_is_told_and_nothing_is_triaged(desk: CoreDesk) -> None:
    desk.set_policy(slack_enabled=True, triage_channel="C1")
    await _import(desk, an_import())
    assert await _count(desk, Delivery) == 0
    assert {job.kind for job in await desk.jobs()} & {kinds.TRIAGE_SUGGEST.name, kinds.DELIVER.name} == set()


async def test_the_same_export_again_adds_nothing(desk: CoreDesk) -> None:
    await _import(desk, an_import(), an_import("36"))
    again = await _import(desk, an_import(), an_import("36"), an_import("37"))
    assert (again.imported, again.already_here) == (1, 2)
    assert await _count(desk, Ticket) == 3
    assert await _count(desk, User) == 2


async def test_the_same_number_of_another_desk_is_another_ticket(desk: CoreDesk) -> None:
    await _import(desk, an_import())
    assert (await _import(desk, an_import(), origin=Origin("zammad"))).imported == 1


async def test_an_agent_there_gains_no_role_here(desk: CoreDesk) -> None:
    report = await _import(desk, an_import(assignee=GRACE))
    ticket = await _ticket(desk)
    assert ticket.assigned_to is None
    assert report.remarks == {"its assignee is no moderator here, so nobody is assigned": 1}
    async with desk.reading() as reading:
        roles = set(await reading.session.scalars(select(User.role)))
    assert roles == {Role.USER}


async def test_who_is_a_moderator_here_keeps_their_tickets(desk: CoreDesk) -> None:
    grace = await desk.person("grace", Role.MODERATOR)
    await _import(desk, an_import(assignee=GRACE))
    assert (await _ticket(desk)).assigned_to_id == grace.id


async def test_people_without_an_address_stay_one_person(desk: CoreDesk) -> None:
    nameless = ImportedPerson(name="Ada", key="7")
    await _import(desk, an_import(requester=nameless, comments=()))
    await _import(desk, an_import("36", requester=nameless, comments=()))
    assert (await _ticket(desk, 1)).created_by_id == (await _ticket(desk, 2)).created_by_id


@pytest.mark.parametrize(
    ("origin", "item", "is_public"),
    [
        (ZENDESK, an_import(status=Status.COMPLETED), False),
        (Origin("zendesk", public=True), an_import(status=Status.COMPLETED), True),
        (Origin("zendesk", public=True), an_import(), False),
        (Origin("zendesk", public=True), an_import(status=Status.COMPLETED, comments=()), False),
        (Origin("jsonl"), an_import(is_public=True), True),
    ],
    ids=["private", "resolved", "open", "no answer", "as told"],
)
async def test_only_what_was_answered_is_made_public_and_only_on_request(
    desk: CoreDesk, origin: Origin, item: ImportedTicket, is_public: bool
) -> None:
    await _import(desk, item, origin=origin)
    assert (await _ticket(desk)).is_public is is_public


async def test_what_was_resolved_without_a_word_says_so(desk: CoreDesk) -> None:
    await _import(desk, an_import(status=Status.COMPLETED, comments=()))
    assert (await _ticket(desk)).resolution == NO_ANSWER


async def test_a_text_that_is_too_long_is_cut_and_told(desk: CoreDesk) -> None:
    report = await _import(desk, an_import(description="é" * (TEXT_LENGTH + 1) + "\x00"))
    assert report.remarks == {"a text was longer than this desk keeps, and was cut": 1}
    assert len((await _ticket(desk)).description) == TEXT_LENGTH


async def test_one_that_fails_keeps_no_other_back(desk: CoreDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def choosy(uow: UnitOfWork, item: ImportedTicket, origin: Origin) -> Imported:
        if item.key == "36":
            raise InvalidInputError("This one will not do.")
        return await import_ticket(uow, item, origin)

    monkeypatch.setattr("config.imports.run.import_ticket", choosy)
    report = await _import(
        desk, an_import(), an_import("36"), an_import("37"), Skipped("line 4", "it was deleted there")
    )
    assert (report.imported, await _count(desk, Ticket)) == (2, 2)
    assert report.skipped == {"This one will not do.": ["ticket 36"], "it was deleted there": ["line 4"]}


async def test_an_interrupted_import_goes_on_where_it_was(desk: CoreDesk) -> None:
    def items() -> Iterator[ImportedTicket | Skipped]:
        for number in range(PORTION + 5):
            if number == PORTION + 2:
                raise KeyboardInterrupt
            yield an_import(str(number))

    with pytest.raises(KeyboardInterrupt):
        await run_import(desk.unit_of_work, desk.system, ZENDESK, items())
    assert await _count(desk, Ticket) == PORTION
    report = await _import(desk, *(an_import(str(number)) for number in range(PORTION + 5)))
    assert (report.imported, report.already_here) == (5, PORTION)


async def test_who_files_tickets_may_not_import_them(desk: CoreDesk) -> None:
    ada = await desk.person("ada")
    async with desk.unit_of_work(desk.actor(ada)) as uow:
        with pytest.raises(ForbiddenError):
            await import_ticket(uow, an_import(), ZENDESK)
