"""Many messages decided in one transaction end as they would one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select

from core.audit.models import AuditRecord
from core.conversations.models import Delivery
from core.conversations.values import DeliveryStatus
from core.intake.models import Intake
from core.intake.values import InboundMessage, Interpretation, Outcome
from core.jobs.values import JobTicket
from core.people.actions import add_identity
from core.people.models import User
from core.people.values import IdentityKind
from core.tickets.models import Participant, Ticket
from tests.builders import CoreDesk, claimed
from tests.fakes.channels import JsonInterpreter

Said = dict[str, Any]


def said(name: str, **more: Any) -> Said:
    return {"from": f"{name}@people.example", "title": f"Question of {name}", "text": "Why?", "id": f"{name}@x"} | more


async def accepted(desk: CoreDesk, messages: Sequence[Said]) -> list[JobTicket]:
    """The jobs of messages that have arrived, as the worker claims them."""
    for message in messages:
        await desk.accept(**message)
    return [claimed(job) for job in await desk.jobs() if job.kind == "intake.process"][-len(messages) :]


async def together(desk: CoreDesk, *messages: Said) -> list[Intake]:
    """The ledger rows of messages that were decided at once, in their order."""
    await desk.processing.run_many(await accepted(desk, messages), untold)
    return await ledger(desk)


def untold(_done: JobTicket) -> None:
    """Nobody waits for one job of a batch."""


async def ledger(desk: CoreDesk) -> list[Intake]:
    async with desk.reading() as reading:
        return list(await reading.session.scalars(select(Intake).order_by(Intake.id)))


async def test_each_ends_as_it_would_alone(desk: CoreDesk) -> None:
    rows = await together(
        desk,
        said("anna", fingerprint="f1"),
        said("anna", fingerprint="f1", text="Why? (another mailbox's copy)"),
        said("ben"),
        said("ben", id="ben2@x", references=["ben@x"], text="And now?"),
        said("cara", id="reply@x", references=["original@x"], title="Re: Late"),
        said("cara", id="original@x", title="Late"),
        {"title": "Nobody", "text": "?", "id": "nobody@x"},
        said("robot", verdict="ignore", rule="auto-submitted"),
        said("finn", cc=["gina@people.example"]),
        said("ida", id="anna@x", text="Another question under anna's Message-ID."),
        said("kim"),
        said("leo", tags=["77"]),
    )

    ticketed, replied = Outcome.TICKETED, Outcome.REPLIED
    assert [(row.outcome, row.rule) for row in rows] == [
        (ticketed, "new-conversation"),
        (Outcome.DUPLICATE, "same-message"),
        (ticketed, "new-conversation"),
        (replied, "in-reply-to"),
        (ticketed, "new-conversation"),
        (replied, "joined-to-earlier-reply"),
        (Outcome.QUARANTINED, "no-sender"),
        (Outcome.IGNORED, "auto-submitted"),
        (ticketed, "new-conversation"),
        (ticketed, "message-id-reused"),
        (ticketed, "new-conversation"),
        (ticketed, "new-conversation"),
    ]
    anna, copy, ben, bens_answer, reply, original = (row.ticket_id for row in rows[:6])
    assert (anna, ben, reply) == (copy, bens_answer, original)
    assert (await desk.ticket(rows[9].ticket_id)).linked_ticket_id == anna


async def test_every_ticket_is_its_writers_and_told_once(desk: CoreDesk) -> None:
    names = [f"person{n}" for n in range(20)]
    rows = await together(desk, *(said(name, files={"notes.txt": f"of {name}"}) for name in names))

    async with desk.reading() as reading:
        tickets = {ticket.id: ticket for ticket in await reading.session.scalars(select(Ticket))}
        recorded = (
            await reading.session.execute(
                select(AuditRecord.entity_id, User.email)
                .join(User, User.id == AuditRecord.user_id)
                .where(AuditRecord.action == "ticket.submitted")
            )
        ).all()
        told = list(await reading.session.scalars(select(Delivery.recipient)))
        joined = (await reading.session.execute(select(Participant.ticket_id, Participant.user_id))).all()
    writers = [tickets[row.ticket_id or 0].created_by.email for row in rows]
    assert writers == [f"{name}@people.example" for name in names]
    assert sorted(ticket.number for ticket in tickets.values()) == list(range(1, 21))
    assert {(str(ticket.id), ticket.created_by.email) for ticket in tickets.values()} == set(map(tuple, recorded))
    assert sorted(told) == sorted(str(writer) for writer in writers)
    assert {(ticket.id, ticket.created_by_id) for ticket in tickets.values()} == set(map(tuple, joined))


async def test_somebody_with_two_addresses_gets_no_more_acknowledgements_than_the_limit(desk: CoreDesk) -> None:
    desk.set_policy(automatic_mail_limit=2)
    await desk.mail_in(**said("anna"))
    async with desk.unit_of_work() as uow:
        anna = await uow.session.get_one(User, 1)
        identity = await add_identity(uow, anna, IdentityKind.EMAIL, "anna@home.example", verified=True)
        uow.audit.record("user.identity_added", anna, covers=[identity])
        await uow.commit()

    await together(
        desk, said("anna", id="work@x"), said("anna", **{"from": "anna@home.example"}, id="home@x"), said("ben")
    )

    async with desk.reading() as reading:
        recipients = (Delivery.recipient == "anna@people.example", Delivery.status == DeliveryStatus.QUEUED)
        told = (await reading.session.scalars(select(Delivery.id).where(*recipients))).all()
    assert len(told) == 2


async def test_whoever_floods_is_quarantined_amid_others(desk: CoreDesk) -> None:
    desk.set_policy(tickets_per_hour=2)
    for n in range(2):
        await desk.mail_in(**said("robot", id=f"first{n}@x"))

    rows = await together(desk, said("robot", id="third@x"), said("anna"), said("ben"))

    assert [(row.outcome, row.rule) for row in rows[2:]] == [
        (Outcome.QUARANTINED, "too-many-tickets"),
        (Outcome.TICKETED, "new-conversation"),
        (Outcome.TICKETED, "new-conversation"),
    ]


async def test_a_message_that_cannot_be_read_takes_no_other_with_it(desk: CoreDesk) -> None:
    """frappe/helpdesk#2532, zammad#2754: one bad mail kills the batch."""

    class Choking(JsonInterpreter):
        def interpret(self, message: InboundMessage) -> Interpretation:
            if b"poison" in message.raw:
                raise RecursionError("too deep")
            return super().interpret(message)

    desk.processing = replace(desk.processing, interpreters={JsonInterpreter().channel: Choking()})
    jobs = await accepted(desk, [said("anna"), said("poison"), said("ben")])

    with pytest.raises(RecursionError):
        await desk.processing.run_many(jobs, untold)

    assert {row.outcome for row in await ledger(desk)} == {Outcome.RECEIVED}
    for job in (jobs[0], jobs[2]):
        await desk.processing.run(job)
    assert [row.outcome for row in await ledger(desk)] == [Outcome.TICKETED, Outcome.RECEIVED, Outcome.TICKETED]


async def test_deciding_twice_changes_nothing(desk: CoreDesk) -> None:
    jobs = await accepted(desk, [said("anna"), said("ben")])
    await desk.processing.run_many(jobs, untold)
    before = [(row.id, row.decided_at, row.ticket_id) for row in await ledger(desk)]

    await desk.processing.run_many(jobs, untold)

    assert [(row.id, row.decided_at, row.ticket_id) for row in await ledger(desk)] == before


async def test_more_messages_take_no_more_statements(desk: CoreDesk) -> None:
    statements: list[str] = []

    @event.listens_for(desk.database.writer.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    async def counted(*names: str) -> int:
        jobs = await accepted(desk, [said(name) for name in names])
        statements.clear()
        await desk.processing.run_many(jobs, untold)
        return len(statements)

    few = await counted("anna", "ben", "cara")
    many = await counted(*(f"person{n}" for n in range(30)))
    assert many <= few + 2
