"""The audit log: append-only, sealed, verifiable, and for admins only."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from core.audit.jobs import AuditJobs
from core.audit.models import AuditRecord, AuditSeal
from core.audit.queries import AuditFilter, list_actions, list_audit
from core.audit.record import ERASED, HIDDEN
from core.audit.seal import GENESIS, Verification, next_link, seal_new_records, verify
from core.db.engine import Database
from core.db.unit_of_work import UnitOfWork
from core.errors import ForbiddenError
from core.people.models import Organization
from core.people.values import Role
from core.tickets.queries import lock_ticket
from core.tickets.working import set_fields
from tests.builders import AUDIT_KEY, CoreDesk, core_desk, unqueued

MAIL = {"from": "anna@people.example", "title": "VPN drops — täglich 🤖", "text": "Every hour.", "id": "a1@x"}
SEAL = unqueued("audit.seal")


async def changes(desk: CoreDesk, *notes: str) -> None:
    for note in notes:
        async with desk.unit_of_work() as uow:
            await set_fields(uow, await lock_ticket(uow, 1), helpful_notes=note)
            await uow.commit()


async def a_sealed_log(desk: CoreDesk) -> list[int]:
    """Some records, all sealed; returns their ids."""
    await desk.mail_in(**MAIL)
    await changes(desk, "one", "two", "three")
    await AuditJobs(desk.database, desk.clock).seal(SEAL)
    async with desk.reading() as reading:
        return list(await reading.session.scalars(select(AuditRecord.id).order_by(AuditRecord.id)))


async def verified(desk: CoreDesk) -> Verification:
    return await verify(desk.database, AUDIT_KEY)


async def tamper(desk: CoreDesk, *statements: str) -> None:
    """What somebody could do who owns the database and takes the triggers away."""
    if desk.database.path is not None:
        file = sqlite3.connect(desk.database.path)
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            file.execute(statement)
        file.commit()
        file.close()
        return
    async with desk.database.writing() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await connection.execute(text(statement))


async def test_an_intact_log_is_verified_to_its_head(desk: CoreDesk) -> None:
    ids = await a_sealed_log(desk)
    await changes(desk, "not yet sealed")
    found = await verified(desk)
    assert (found.sealed, found.unsealed, found.broken_at, found.problem) == (len(ids), 1, None, "")
    async with desk.reading() as reading:
        seals = list(await reading.session.scalars(select(AuditSeal).order_by(AuditSeal.position)))
        hmacs = {row.id: row.hmac for row in await reading.session.scalars(select(AuditRecord))}
    head = GENESIS
    for seal in seals:
        head = next_link(head, seal.audit_id, hmacs[seal.audit_id])
    assert found.head == head


async def test_an_empty_log_is_intact(desk: CoreDesk) -> None:
    assert await verified(desk) == Verification(sealed=0, unsealed=0, head=GENESIS)


@pytest.mark.parametrize(
    "change",
    [
        'after = \'{"helpful_notes": "another"}\'',
        "actor_name = 'Somebody else'",
        "action = 'ticket.read'",
        "user_id = NULL, entity_id = '2'",
        "created_at = '2020-01-01 00:00:00'",
        "salt = '', after = '{\"helpful_notes\": \"forged under the cover of an erasure\"}'",
    ],
)
async def test_a_changed_row_is_named(desk: CoreDesk, change: str) -> None:
    ids = await a_sealed_log(desk)
    await tamper(desk, f"UPDATE audit_log SET {change} WHERE id = {ids[2]}")  # noqa: S608 (the test's own)
    found = await verified(desk)
    assert (found.broken_at, found.sealed) == (ids[2], 2)
    assert "changed" in found.problem


async def test_a_changed_row_without_seal_is_named(desk: CoreDesk) -> None:
    await a_sealed_log(desk)
    await changes(desk, "four", "five")
    async with desk.reading() as reading:
        last = await reading.session.scalar(select(AuditRecord.id).order_by(AuditRecord.id.desc()).limit(1))
    await tamper(desk, f"UPDATE audit_log SET actor_name = 'Mallory' WHERE id = {last}")  # noqa: S608 (the test's own)
    found = await verified(desk)
    assert (found.broken_at, found.unsealed) == (last, 1)


async def test_a_removed_row_is_named(desk: CoreDesk) -> None:
    ids = await a_sealed_log(desk)
    await tamper(desk, f"DELETE FROM audit_log WHERE id IN ({ids[3]}, {ids[1]})")  # noqa: S608 (the test's own)
    found = await verified(desk)
    assert (found.broken_at, found.problem) == (ids[1], "the row was removed")


async def test_a_row_removed_together_with_its_seal_is_noticed(desk: CoreDesk) -> None:
    ids = await a_sealed_log(desk)
    await tamper(
        desk,
        f"DELETE FROM audit_seals WHERE audit_id = {ids[1]}",  # noqa: S608 (the test's own)
        f"DELETE FROM audit_log WHERE id = {ids[1]}",  # noqa: S608 (the test's own)
    )
    found = await verified(desk)
    assert (found.broken_at, found.problem) == (ids[2], "link 2 of the chain is missing")


async def test_a_row_inserted_without_the_key_is_named(desk: CoreDesk) -> None:
    await a_sealed_log(desk)
    async with desk.reading() as reading:
        genuine = (await reading.session.scalars(select(AuditRecord).limit(1))).one()
        forged: dict[str, Any] = {column.key: getattr(genuine, column.key) for column in AuditRecord.__table__.columns}
    forged |= {"id": 99, "action": "ticket.deleted"}
    async with desk.database.writing() as connection:
        await connection.execute(insert(AuditRecord), forged)
    assert (await verified(desk)).broken_at == 99
    await seal_new_records(desk.database, desk.clock)  # the seal does not make it genuine
    found = await verified(desk)
    assert (found.broken_at, found.unsealed) == (99, 0)


async def test_another_key_verifies_nothing(desk: CoreDesk) -> None:
    ids = await a_sealed_log(desk)
    assert (await verify(desk.database, b"another key of thirty-two bytes.")).broken_at == ids[0]


async def test_erasing_what_is_personal_leaves_the_chain_whole(desk: CoreDesk) -> None:
    ids = await a_sealed_log(desk)
    before = await verified(desk)
    async with desk.database.writing() as connection:
        await connection.execute(update(AuditRecord).where(AuditRecord.id.in_(ids[:2])).values(**ERASED))
    assert await verified(desk) == before
    async with desk.reading() as reading:
        row = await reading.session.get_one(AuditRecord, ids[0])
    assert (row.actor_name, row.after, row.address, row.user_agent) == ("", {}, "", "")


CHANGES = (
    "UPDATE audit_log SET action = 'ticket.read'",
    "UPDATE audit_log SET actor_name = 'Somebody else'",
    "UPDATE audit_log SET salt = '', user_id = 7",
    "DELETE FROM audit_log",
    "UPDATE audit_seals SET chain_hash = 'x'",
    "DELETE FROM audit_seals",
)


async def test_the_database_itself_refuses_to_change_or_remove_records(desk: CoreDesk) -> None:
    ids = await a_sealed_log(desk)
    for statement in CHANGES:
        with pytest.raises(DBAPIError, match="append-only"):
            async with desk.database.writing() as connection:
                await connection.execute(text(statement))
    assert (await verified(desk)).sealed == len(ids)


async def test_postgresql_refuses_to_truncate_records(postgres_url: str, tmp_path: Path) -> None:
    desk = await core_desk(postgres_url, tmp_path)
    ids = await a_sealed_log(desk)
    for statement in ("TRUNCATE audit_log CASCADE", "TRUNCATE audit_seals"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with desk.database.writing() as connection:
                await connection.execute(text(statement))
    assert (await verified(desk)).sealed == len(ids)
    await desk.database.close()


@pytest.mark.parametrize("table", ["audit_log", "audit_seals"])
async def test_sqlite_refuses_to_replace_records(sqlite_url: str, tmp_path: Path, table: str) -> None:
    desk = await core_desk(sqlite_url, tmp_path)
    await a_sealed_log(desk)
    with pytest.raises(DBAPIError, match="append-only"):
        async with desk.database.writing() as connection:
            await connection.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))  # noqa: S608 (see above)
    await desk.database.close()


async def test_a_row_that_commits_late_gets_its_link_late(postgres_url: str, tmp_path: Path) -> None:
    """PostgreSQL hands out ids before transactions commit, so that a smaller id may appear after a larger one."""
    desk = await core_desk(postgres_url, tmp_path)
    await desk.mail_in(**MAIL)
    other = await desk.mail_in(**{**MAIL, "id": "a2@x", "title": "Another"})
    async with desk.unit_of_work() as late:
        await set_fields(late, await lock_ticket(late, 1), helpful_notes="late")
        await late.audit.write()  # has its id now

        async def overtake() -> None:
            async with UnitOfWork(desk.surroundings, desk.system) as uow:
                await set_fields(uow, await lock_ticket(uow, other.ticket_id or 0), helpful_notes="early")
                await uow.commit()
            await seal_new_records(desk.database, desk.clock)

        await asyncio.create_task(_outside(overtake))
        late._watched.forget()  # its record has been written by hand
        await late.commit()
    assert await seal_new_records(desk.database, desk.clock) == 1
    async with desk.reading() as reading:
        order = list(await reading.session.scalars(select(AuditSeal.audit_id).order_by(AuditSeal.position)))
    assert order[-1] < order[-2]
    found = await verified(desk)
    assert (found.sealed, found.unsealed, found.broken_at) == (len(order), 0, None)
    await desk.database.close()


async def test_sealers_at_the_same_time_make_one_chain(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    await changes(desk, "one", "two")
    others = [Database(desk.database.url) for _ in range(3)]
    databases = [desk.database, *others]
    await asyncio.gather(*(seal_new_records(database, desk.clock) for database in databases), return_exceptions=True)
    for database in others:
        await database.close()
    await seal_new_records(desk.database, desk.clock)
    found = await verified(desk)
    assert (found.unsealed, found.broken_at) == (0, None)
    assert found.sealed >= 3


async def test_more_records_than_one_batch_are_sealed_and_verified(
    desk: CoreDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.audit.seal.BATCH", 4)
    monkeypatch.setattr("core.audit.jobs.BATCH", 4)
    await desk.mail_in(**MAIL)
    await changes(desk, *map(str, range(9)))
    await AuditJobs(desk.database, desk.clock).seal(SEAL)
    found = await verified(desk)
    assert (found.sealed >= 10, found.unsealed, found.broken_at) == (True, 0, None)


async def test_a_secret_leaves_that_it_changed_and_not_what_it_is(desk: CoreDesk) -> None:
    anna = await desk.person("anna")
    async with desk.unit_of_work() as uow:
        uow.audit.record("user.password_changed", anna, {"password_hash": None}, {"password_hash": "$argon2id$abc"})
        await uow.commit()
    async with desk.reading() as reading:
        row = (await reading.session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc()).limit(1))).one()
    assert (row.before, row.after) == ({"password_hash": None}, {"password_hash": HIDDEN})


async def test_numbers_and_any_writing_survive_the_database(desk: CoreDesk) -> None:
    """JSONB writes 1e22 and -0.0 otherwise than they came; what is compared later must not depend on it."""
    anna = await desk.person("anna")
    odd = {"score": 1e22, "zero": -0.0, "large": 2**70, "text": "é\u2028🤖\\\"'", "many": ("b", "a"), "none": None}
    async with desk.unit_of_work() as uow:
        uow.audit.record("user.measured", anna, after=odd)
        await uow.commit()
    assert (await verified(desk)).broken_at is None


async def test_only_admins_read_the_log(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    for name, role in (("anna2", Role.USER), ("mo", Role.MODERATOR)):
        person = await desk.person(name, role)
        async with desk.reading(desk.actor(person)) as reading:
            with pytest.raises(ForbiddenError):
                await list_audit(reading, AuditFilter())
    admin = await desk.person("root", Role.ADMIN)
    async with desk.reading(desk.actor(admin)) as reading:
        assert await list_audit(reading, AuditFilter())


async def test_the_log_is_filtered_and_paged(desk: CoreDesk) -> None:
    grace = await desk.person("grace", Role.MODERATOR)
    await desk.mail_in(**MAIL)
    desk.clock.advance(hours=1)
    async with desk.unit_of_work(desk.actor(grace)) as uow:
        await set_fields(uow, await lock_ticket(uow, 1), helpful_notes="by Grace")
        await uow.commit()
    changed_at = desk.clock.now()
    desk.clock.advance(hours=1)
    await changes(desk, "by the desk")

    async def ids(**wanted: Any) -> list[int]:
        async with desk.reading() as reading:
            return [row.id for row in await list_audit(reading, AuditFilter(**wanted))]

    everything = await ids()
    assert everything == sorted(everything, reverse=True)
    assert await ids(limit=2) == everything[:2]
    assert await ids(limit=2, before_id=everything[1]) == everything[2:4]
    of_ticket = await ids(entity_type="ticket", entity_id="1")
    assert len(of_ticket) == 3
    by_grace = await ids(user_id=grace.id)
    assert by_grace == [of_ticket[1]]
    assert await ids(action="ticket.changed") == of_ticket[:2]
    assert await ids(since=changed_at) == of_ticket[:2]
    assert await ids(since=changed_at, until=changed_at + timedelta(seconds=1)) == by_grace
    assert await ids(entity_type="ticket", entity_id="2") == []
    async with desk.reading() as reading:
        assert {"ticket.submitted", "ticket.changed"} <= set(await list_actions(reading))


async def test_records_of_another_organization_are_not_listed(desk: CoreDesk) -> None:
    await desk.mail_in(**MAIL)
    async with desk.database.writing() as connection:
        await connection.execute(
            insert(Organization).values(id=2, name="Other", next_ticket_number=1, created_at=desk.clock.now())
        )
    async with desk.reading(replace(desk.system, organization_id=2)) as reading:
        assert await list_audit(reading, AuditFilter()) == []
        assert await list_actions(reading) == []


async def _outside(work: Any) -> None:
    """Runs `work` as another task would that has no unit of work open."""
    from core.db.unit_of_work import _open_unit  # noqa: PLC0415 (only this test imitates another process)

    _open_unit.set(False)
    await work()
