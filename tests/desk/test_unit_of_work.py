"""The one place that commits."""

import asyncio
import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from core.audit.models import AuditRecord
from core.db.engine import Database
from core.db.unit_of_work import UnitOfWork, UnrecordedChangeError
from core.errors import TryAgainLaterError
from core.jobs import kinds
from core.people.models import User
from core.people.values import Role
from core.tickets.actions import NewReply, add_internal_note
from core.tickets.models import Reply, Ticket
from core.tickets.queries import lock_ticket
from core.tickets.working import set_fields
from tests.builders import CoreDesk

MAIL = {"from": "anna@people.example", "title": "VPN drops", "text": "Every hour.", "id": "a1@x"}


async def audit_actions(desk: CoreDesk, entity_type: str = "ticket") -> list[str]:
    async with desk.reading() as reading:
        statement = select(AuditRecord.action).where(AuditRecord.entity_type == entity_type).order_by(AuditRecord.id)
        return list(await reading.session.scalars(statement))


async def test_of_many_changes_made_at_once_none_is_lost(desk: CoreDesk) -> None:
    """measured: SQLite's default transactions lost 249 of 320 concurrent read-modify-writes without an error."""
    await desk.mail_in(**MAIL)
    other_process = Database(desk.database.url)
    surroundings = [desk.surroundings, replace(desk.surroundings, database=other_process)]

    async def add_a_line(n: int) -> None:
        async with UnitOfWork(surroundings[n % 2], desk.system) as uow:
            ticket = await lock_ticket(uow, 1)
            await set_fields(uow, ticket, helpful_notes=f"{ticket.helpful_notes}{n}\n")
            await uow.commit()

    try:
        await asyncio.gather(*(add_a_line(n) for n in range(60)))
    finally:
        await other_process.close()
    ticket = await desk.ticket(1)
    assert sorted(int(line) for line in ticket.helpful_notes.split()) == list(range(60))
    assert ticket.revision == 61
    assert (await audit_actions(desk)).count("ticket.changed") == 60


async def test_tickets_filed_at_once_get_numbers_without_gap_or_repeat(desk: CoreDesk) -> None:
    await desk.person("anna")
    accepted = [await desk.accept(**{**MAIL, "id": f"{n}@x", "title": f"Question {n}"}) for n in range(25)]
    await asyncio.gather(*(desk.processing.process(1, one.intake_id) for one in accepted))
    async with desk.reading() as reading:
        assert sorted(await reading.session.scalars(select(Ticket.number))) == list(range(1, 26))


async def test_leaving_without_commit_leaves_nothing(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    before = (await audit_actions(desk), len(await desk.jobs()))
    for error in (None, ValueError("a mistake")):
        with pytest.raises(ValueError, match="a mistake") if error else _calm():
            async with desk.unit_of_work() as uow:
                await set_fields(uow, await lock_ticket(uow, 1), title="Changed")
                await uow.session.flush()
                if error:
                    raise error
    assert (await desk.ticket(1)).title == "VPN drops"
    assert (await audit_actions(desk), len(await desk.jobs())) == before


async def test_what_is_cancelled_halfway_leaves_nothing_and_holds_up_nobody(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    halfway = asyncio.Event()

    async def never_finishes() -> None:
        async with desk.unit_of_work() as uow:
            await set_fields(uow, await lock_ticket(uow, 1), title="Changed")
            await uow.session.flush()
            halfway.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_finishes())
    await halfway.wait()
    task.cancel()
    await asyncio.wait([task])
    async with asyncio.timeout(20), desk.unit_of_work() as uow:
        await set_fields(uow, await lock_ticket(uow, 1), helpful_notes="free again")
        await uow.commit()
    ticket = await desk.ticket(1)
    assert (ticket.title, ticket.helpful_notes) == ("VPN drops", "free again")


async def test_a_second_one_in_the_same_task_is_refused(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        with pytest.raises(RuntimeError, match="already"):
            async with desk.unit_of_work():
                pass
        assert await uow.session.scalar(select(func.count(User.id))) == 0
    async with desk.unit_of_work() as uow:
        assert await uow.session.scalar(select(func.count(User.id))) == 0


async def test_other_tasks_have_their_own(desk: CoreDesk) -> None:
    async def look() -> int:
        async with desk.unit_of_work() as uow:
            return await uow.session.scalar(select(func.count(User.id))) or 0

    assert set(await asyncio.gather(look(), look(), look())) == {0}


async def test_work_enqueued_wakes_the_worker_only_after_the_commit(desk: CoreDesk) -> None:
    rung: list[int] = []
    desk.surroundings = replace(desk.surroundings, committed=lambda: rung.append(1))
    async with desk.unit_of_work() as uow:
        uow.jobs.enqueue(kinds.DELIVER, {})
        assert rung == []
        await uow.commit()
        assert rung == [1]
    async with desk.unit_of_work() as uow:
        await uow.commit()
    assert rung == [1]


async def test_a_change_that_nobody_recorded_is_refused_in_tests(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    async with desk.unit_of_work() as uow:
        (await lock_ticket(uow, 1)).title = "Quietly changed"
        with pytest.raises(UnrecordedChangeError, match="ticket"):
            await uow.commit()
    async with desk.unit_of_work() as uow:
        await uow.session.execute(update(User).values(full_name="Everybody"))
        with pytest.raises(UnrecordedChangeError, match="user"):
            await uow.commit()
    assert (await desk.ticket(1)).title == "VPN drops"


async def test_a_change_that_nobody_recorded_gets_a_record_in_production(desk: CoreDesk) -> None:
    """zulip: audit by convention leaks."""
    await desk.mail_in(**MAIL)
    desk.surroundings = replace(desk.surroundings, strict_audit=False)
    async with desk.unit_of_work() as uow:
        (await lock_ticket(uow, 1)).title = "Quietly changed"
        await uow.session.execute(update(User).values(full_name="Everybody"))
        await uow.commit()
    assert (await desk.ticket(1)).title == "Quietly changed"
    assert (await audit_actions(desk))[-1] == "unrecorded_change"
    assert (await audit_actions(desk, "user"))[-1] == "unrecorded_change"


async def test_a_record_covers_only_the_commit_it_was_written_in(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    async with desk.unit_of_work() as uow:
        ticket = await lock_ticket(uow, 1)
        await set_fields(uow, ticket, helpful_notes="recorded")
        await uow.commit()
        ticket.helpful_notes = "not recorded"
        with pytest.raises(UnrecordedChangeError):
            await uow.commit()
    assert (await desk.ticket(1)).helpful_notes == "recorded"


async def test_the_record_names_who_acted_from_where_and_what_differs(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    grace = await desk.person("grace", Role.MODERATOR)
    actor = desk.actor(grace, channel="web", address="203.0.113.9", user_agent="Firefox")
    async with desk.unit_of_work(actor) as uow:
        await set_fields(uow, await lock_ticket(uow, 1), title="VPN drops hourly", is_public=True)
        await uow.commit()
    async with desk.reading() as reading:
        record = (await reading.session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc()).limit(1))).one()
    assert (record.user_id, record.actor_name, record.channel) == (grace.id, "Grace", "web")
    assert (record.address, record.user_agent) == ("203.0.113.9", "Firefox")
    assert (record.entity_type, record.entity_id, record.action) == ("ticket", "1", "ticket.changed")
    assert record.before == {"title": "VPN drops", "is_public": False}
    assert record.after == {"title": "VPN drops hourly", "is_public": True}


async def test_a_reader_sees_no_half_of_a_change_and_does_not_wait_for_it(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    moderator = await desk.person("mo", Role.MODERATOR)
    async with desk.unit_of_work(desk.actor(moderator)) as uow:
        ticket = await lock_ticket(uow, 1)
        await add_internal_note(uow, ticket, NewReply(text="half", channel="web"), author=moderator)
        await uow.session.flush()
        async with asyncio.timeout(5), desk.reading() as reading:
            assert await reading.session.scalar(select(func.count(Reply.id))) == 0
        await uow.commit()
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count(Reply.id))) == 1


async def test_a_reader_cannot_write_on_sqlite(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.reading() as connection:
        with pytest.raises((DBAPIError, TryAgainLaterError)):
            await connection.execute(text("DELETE FROM organizations"))
    await database.close()


async def test_a_file_that_another_process_holds_too_long_is_said_to_be_busy(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.db.engine.BUSY_TIMEOUT_MS", 50)
    database = Database(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TryAgainLaterError):
        async with database.writing() as connection:
            await connection.execute(text("DELETE FROM mail_routes"))
    other.rollback()
    async with database.writing() as connection:
        await connection.execute(text("DELETE FROM mail_routes"))
    other.close()
    await database.close()


async def test_what_follows_a_transaction_that_could_not_begin_is_rolled_back_with_it(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.db.engine.BUSY_TIMEOUT_MS", 50)
    database = Database(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    count = other.execute("SELECT count(*) FROM mail_routes").fetchone()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(KeyError):  # noqa: PT012 (one transaction)
        async with database.writing() as connection:
            with pytest.raises(DBAPIError):
                await connection.execute(text("DELETE FROM mail_routes"))
            other.execute("ROLLBACK")
            await connection.execute(text("DELETE FROM mail_routes"))
            raise KeyError
    assert other.execute("SELECT count(*) FROM mail_routes").fetchone() == count != (0,)
    other.close()
    await database.close()


async def test_who_has_said_nothing_yet_keeps_no_other_process_waiting(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    another = sqlite3.connect(str(database.path), isolation_level=None, timeout=0)
    async with database.writing() as connection:
        another.execute("BEGIN IMMEDIATE")
        another.execute("ROLLBACK")
        await connection.execute(text("SELECT 1"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            another.execute("BEGIN IMMEDIATE")
    another.execute("BEGIN IMMEDIATE")
    another.close()
    await database.close()


async def test_a_wrong_statement_is_no_passing_fault(desk: CoreDesk) -> None:
    with pytest.raises(DBAPIError):
        async with desk.database.reading() as connection:
            await connection.execute(text("SELECT no_such_column FROM tickets"))


async def test_a_long_result_is_read_to_its_end(desk: CoreDesk) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n"
    async with desk.database.reading() as connection:
        assert (await connection.scalars(text(numbers))).all() == list(range(1, 2501))
        async with connection.stream_scalars(text(numbers)) as streamed:
            assert [i async for i in streamed] == list(range(1, 2501))
        async with connection.stream_scalars(text(numbers)) as streamed:
            assert await streamed.fetchmany(3) == [1, 2, 3]
        assert await connection.scalar(text("SELECT 1")) == 1


class _calm:  # noqa: N801 (used like pytest.raises)
    """Expects nothing."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_error: object) -> None:
        return None
