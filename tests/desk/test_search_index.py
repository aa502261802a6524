"""The index follows the table: refreshed, lost, of another model or process, it ends up the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from core.search.edge import EdgeIndex
from core.search.follower import Follower
from core.search.models import TicketVectorsRow
from core.search.terms import TERMS_REVISION
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.working import delete_ticket, resolve_ticket
from tests.builders import unqueued
from tests.desk.searching import ABOUT_VPN, PRINTER, VPN, SearchDesk
from tests.fakes.search import MemoryIndex, WordEmbedder
from tests.fakes.waiting import eventually


async def test_refresh_writes_what_is_missing_or_of_another_model(searching: SearchDesk) -> None:
    ticket = await searching.solved()
    await searching.solved(PRINTER)
    async with searching.desk.database.writing() as connection:
        table = TicketVectorsRow.__table__
        await connection.execute(table.delete().where(table.c.ticket_id == ticket.id))
        await connection.execute(table.update().values(model="older"))
    await searching.jobs.refresh(unqueued("search.refresh"))
    assert sorted(row.model for row in await searching.rows()) == ["older", "words", "words"]
    assert await searching.jobs.upkeep.next_stale() == {}


async def test_refresh_takes_the_words_anew_where_they_are_of_an_older_revision(searching: SearchDesk) -> None:
    ticket = await searching.solved()
    (before,) = await searching.rows()
    embedded = list(searching.embedder.embedded)
    async with searching.desk.database.writing() as connection:
        old = {"terms_revision": 1, "term_indices": b"", "term_weights": b""}
        await connection.execute(TicketVectorsRow.__table__.update().values(old))
    await searching.search.catch_up()
    await searching.jobs.refresh(unqueued("search.refresh"))
    (after,) = await searching.rows()
    assert (after.title, after.text, after.term_indices) == (before.title, before.text, before.term_indices)
    assert (after.terms_revision, after.revision) == (TERMS_REVISION, before.revision + 1)
    assert searching.embedder.embedded == embedded  # what a model made is kept: it may have cost money
    assert searching.index.entries[ticket.id].vectors.terms.indices
    assert await searching.jobs.upkeep.next_stale() == {}


async def test_refresh_removes_what_may_no_longer_be_found(searching: SearchDesk) -> None:
    ticket = await searching.solved()
    async with searching.desk.database.writing() as connection:
        await connection.execute(update(Ticket.__table__).where(Ticket.id == ticket.id).values(is_public=False))
    await searching.jobs.refresh(unqueued("search.refresh"))
    assert searching.index.entries == {}


async def test_vectors_of_another_model_are_never_compared(searching: SearchDesk) -> None:
    await searching.solved()
    async with searching.desk.database.writing() as connection:
        await connection.execute(TicketVectorsRow.__table__.update().values(model="older"))
    fresh = MemoryIndex()
    await _follower(searching, fresh).catch_up()
    (entry,) = fresh.entries.values()
    assert (entry.vectors.title, entry.vectors.text) == ((), ())
    assert entry.vectors.terms.indices


async def test_each_process_follows_the_table_into_its_own_index(searching: SearchDesk, tmp_path: Path) -> None:
    tickets = [await searching.solved(f"{VPN} {n}") for n in range(3)]
    second = EdgeIndex(tmp_path / "index", model="words", dimension=WordEmbedder.dimension)
    await second.open()
    follower = _follower(searching, second)
    assert await follower.catch_up() == 3
    assert await follower.catch_up() == 0
    async with searching.desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, tickets[0].id))
        await uow.commit()
    await searching.desk.run_jobs("search.index")
    assert await follower.catch_up() == 1
    assert await second.count(1) == 2
    await second.close()


async def test_the_follower_survives_faults_and_keeps_following(
    searching: SearchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching.search.follower, "_poll", 0.001)
    searching.index.broken = False
    await searching.search.start()
    searching.index.broken = True
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    async with searching.desk.unit_of_work() as uow:
        row = await lock_ticket_by_id(uow, ticket.id)
        await resolve_ticket(uow, row, resolution="Update.", is_public=True)
        await uow.commit()
    await searching.jobs.upkeep.bring_up_to_date(1, [ticket.id])
    assert searching.index.entries == {}
    searching.index.broken = False

    async def followed() -> bool:
        return ticket.id in searching.index.entries

    await eventually(followed)
    await searching.search.stop()


async def test_a_lost_index_rebuilds_itself(searching: SearchDesk) -> None:
    await searching.solved()
    searching.index.entries.clear()
    searching.index.followed_to = 0
    assert await searching.titles() == [VPN]


async def test_a_requested_rebuild_makes_every_index_anew(searching: SearchDesk) -> None:
    await searching.solved()
    other = MemoryIndex()
    follower = _follower(searching, other)
    await follower.catch_up()
    ghost = next(iter(other.entries.values()))
    await other.upsert([replace(ghost, ticket_id=999)])
    await searching.jobs.upkeep.request_rebuild(1)
    await follower.catch_up()
    assert set(other.entries) == {ghost.ticket_id}


async def test_a_rebuild_of_more_rows_than_one_batch_ends(
    searching: SearchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.search.follower.ROWS_AT_ONCE", 2)
    tickets = [await searching.solved(f"{VPN} {n}") for n in range(5)]
    await searching.jobs.upkeep.request_rebuild(1)
    assert await searching.search.follower.catch_up() == 5
    assert set(searching.index.entries) == {ticket.id for ticket in tickets}


async def test_an_index_of_another_database_is_made_anew(searching: SearchDesk) -> None:
    """A database restored from a backup is older than the index beside it."""
    await searching.solved()
    searching.index.followed_to += 1_000
    searching.index.entries[999] = replace(next(iter(searching.index.entries.values())), ticket_id=999)
    assert await searching.titles() == [VPN]
    assert 999 not in searching.index.entries


def _follower(searching: SearchDesk, index: MemoryIndex | EdgeIndex) -> Follower:
    return Follower(searching.desk.database, index, model="words", dimension=WordEmbedder.dimension)
