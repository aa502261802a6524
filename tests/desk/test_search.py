"""Similar tickets on a real database: what is found, what never is, and how indexes follow the table."""

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from core.errors import TryAgainLaterError
from core.people.models import User
from core.people.organizations import create_organization
from core.search.ports import IndexEndedError
from core.search.queries import similar_shown
from core.search.search import Search
from core.tickets.actions import NewReply, add_internal_note
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.working import delete_ticket, reopen_ticket, resolve_ticket, restore_ticket, set_fields
from core.triage.models import AiUsage
from core.triage.values import AiCall
from tests.builders import unqueued
from tests.desk.searching import ABOUT_VPN, PRINTER, VPN, SearchDesk
from tests.fakes.search import WordEmbedder


async def test_a_completed_public_ticket_is_found_with_its_resolution(searching: SearchDesk) -> None:
    await searching.solved()
    await searching.solved(PRINTER, "Every second page is stuck in the tray.")
    findings = await searching.search.ask(
        organization_id=1, title="VPN drops every ten minutes again", description="I must sign in again"
    )
    (found,) = findings.tickets
    assert (found.title, found.resolution) == (VPN, "Update the client to 5.2.")
    assert 0.4 <= found.score <= 1


async def test_what_is_not_near_is_not_shown(searching: SearchDesk) -> None:
    await searching.solved()
    assert await searching.titles("Please order a new coffee machine") == []


async def test_an_index_that_ends_during_a_search_is_followed_and_asked_again(searching: SearchDesk) -> None:
    await searching.solved()
    searching.index.ends = 1
    assert await searching.titles() == [VPN]
    searching.index.ends = 2
    with pytest.raises(IndexEndedError):
        await searching.titles()


async def test_a_minimum_score_of_the_operator_overrides(searching: SearchDesk) -> None:
    await searching.solved()
    strict = Search(
        database=searching.desk.database,
        reading=searching.desk.reading,
        embedder=searching.embedder,
        index=searching.index,
        min_score=1.0,
    )
    assert (await strict.ask(organization_id=1, title=VPN, description=ABOUT_VPN)).found == []
    assert len((await strict.ask(organization_id=1, title=VPN, description="", min_score=0)).found) == 1


async def test_open_private_and_deleted_tickets_are_never_indexed(searching: SearchDesk) -> None:
    """zammad#2757, frappe/helpdesk#2947: similar tickets leaked confidential subjects."""
    await searching.submitted(VPN, ABOUT_VPN)
    await searching.solved(is_public=False)
    deleted = await searching.solved()
    async with searching.desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, deleted.id))
        await uow.commit()
    await searching.desk.run_jobs("search.index")
    assert await searching.titles() == []
    assert searching.index.entries == {}
    (row,) = await searching.rows()
    assert (row.is_removed, row.title, row.text, row.term_indices) == (True, b"", b"", b"")


async def test_a_hit_is_checked_again_although_the_index_still_has_it(searching: SearchDesk) -> None:
    """zammad#2757, frappe/helpdesk#2947: visibility is checked when rendering, not only when indexing."""
    ticket = await searching.solved()
    for change in ({"is_public": False}, {"status": "pending"}, {"deleted_at": searching.desk.clock.now()}):
        async with searching.desk.database.writing() as connection:
            await connection.execute(update(Ticket.__table__).where(Ticket.id == ticket.id).values(**change))
        assert await searching.titles() == []
        whole = {"is_public": True, "status": "completed", "deleted_at": None}
        async with searching.desk.database.writing() as connection:
            await connection.execute(update(Ticket.__table__).where(Ticket.id == ticket.id).values(**whole))
        assert await searching.titles() == [VPN]


async def test_another_organization_finds_nothing_of_it(searching: SearchDesk) -> None:
    async with searching.desk.unit_of_work() as uow:
        other = await create_organization(uow, "Other")
        await uow.commit()
    await searching.solved()
    assert await searching.titles(organization_id=other.id) == []
    await searching.solved(f"{VPN} for others", organization_id=other.id)
    assert await searching.titles(organization_id=other.id) == [f"{VPN} for others"]
    assert await searching.titles() == [VPN]


async def test_a_ticket_made_private_reopened_or_deleted_leaves_the_index_and_comes_back(searching: SearchDesk) -> None:
    ticket = await searching.solved()

    async def change(how: str) -> None:
        async with searching.desk.unit_of_work() as uow:
            row = await lock_ticket_by_id(uow, ticket.id)
            match how:
                case "private":
                    await set_fields(uow, row, is_public=False)
                case "public":
                    await set_fields(uow, row, is_public=True)
                case "delete":
                    await delete_ticket(uow, row)
                case "restore":
                    await restore_ticket(uow, row)
                case "reopen":
                    await reopen_ticket(uow, row)
                case _:
                    await resolve_ticket(uow, row, resolution="Again.")
            await uow.commit()
        await searching.desk.run_jobs("search.index")

    for away, back in (("private", "public"), ("delete", "restore"), ("reopen", "resolve")):
        await change(away)
        assert searching.index.entries == {}, away
        await change(back)
        assert set(searching.index.entries) == {ticket.id}, back


async def test_neither_people_nor_internal_notes_are_embedded_or_shown(searching: SearchDesk) -> None:
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    async with searching.desk.unit_of_work() as uow:
        row = await lock_ticket_by_id(uow, ticket.id)
        author = await uow.session.get_one(User, row.created_by_id)
        await add_internal_note(uow, row, NewReply(text="zanzibar", channel="web"), author=author)
        await resolve_ticket(uow, row, resolution="Update.", helpful_notes="quicksilver", is_public=True)
        await uow.commit()
    await searching.desk.run_jobs("search.index")
    embedded = " ".join(searching.embedder.embedded)
    assert "zanzibar" not in embedded
    assert "rita" not in embedded.lower()
    assert "quicksilver" in embedded
    (found,) = (await searching.search.ask(organization_id=1, title=VPN, description=ABOUT_VPN)).tickets
    assert "quicksilver" not in repr(found)
    assert "rita" not in repr(found).lower()


async def test_find_similar_keeps_rows_and_says_that_the_search_has_ended(searching: SearchDesk) -> None:
    old = await searching.solved()
    new = await searching.submitted("VPN drops", ABOUT_VPN)
    await searching.desk.run_jobs("search.find_similar")
    after = await searching.desk.ticket(new.id)
    assert after.similar_found_at == searching.desk.clock.now()
    async with searching.desk.reading() as reading:
        shown = await similar_shown(reading, after)
    assert [(one.number, one.title) for one in shown] == [(old.number, VPN)]


async def test_find_similar_twice_leaves_one_set_of_rows(searching: SearchDesk) -> None:
    await searching.solved()
    new = await searching.submitted("VPN drops", ABOUT_VPN)
    job = unqueued("search.find_similar", ticket_id=new.id)
    await searching.jobs.find_similar(job)
    await searching.jobs.find_similar(job)
    async with searching.desk.reading() as reading:
        assert len(await similar_shown(reading, await searching.desk.ticket(new.id))) == 1


async def test_a_resolved_ticket_never_finds_itself(searching: SearchDesk) -> None:
    ticket = await searching.solved()
    await searching.jobs.find_similar(unqueued("search.find_similar", ticket_id=ticket.id))
    async with searching.desk.reading() as reading:
        assert await similar_shown(reading, await searching.desk.ticket(ticket.id)) == []


async def test_giving_up_ends_the_wait(searching: SearchDesk) -> None:
    new = await searching.submitted(VPN)
    await searching.jobs.gave_up(unqueued("search.find_similar", ticket_id=new.id), "index away")
    assert (await searching.desk.ticket(new.id)).similar_found_at is not None


async def test_with_the_embedder_away_a_query_goes_by_words(searching: SearchDesk) -> None:
    await searching.solved()
    await searching.solved(PRINTER, "Paper tray.")
    searching.embedder.broken = True
    assert await searching.titles("drops ten minutes VPN") == [VPN]


async def test_with_the_embedder_away_a_ticket_is_findable_by_words_until_the_retry(searching: SearchDesk) -> None:
    searching.embedder.broken = True
    with pytest.raises(TryAgainLaterError):
        await searching.solved()
    (row,) = await searching.rows()
    assert (row.model, row.text, len(row.term_indices) > 0) == ("words", b"", True)
    searching.embedder.broken = False
    await searching.desk.run_jobs("search.index")
    (row,) = await searching.rows()
    assert (row.model, len(row.text)) == ("words", 4 * WordEmbedder.dimension)


async def test_an_index_that_is_away_is_said_and_retried(searching: SearchDesk) -> None:
    new = await searching.submitted(VPN)
    searching.index.broken = True
    with pytest.raises(TryAgainLaterError):
        await searching.jobs.find_similar(unqueued("search.find_similar", ticket_id=new.id))
    assert (await searching.desk.ticket(new.id)).similar_found_at is None


async def test_an_unchanged_ticket_is_not_embedded_again(searching: SearchDesk) -> None:
    ticket = await searching.solved()
    searching.embedder.embedded.clear()
    await searching.jobs.index(unqueued("search.index", ticket_id=ticket.id))
    assert searching.embedder.embedded == []


async def test_every_billed_call_is_kept(searching: SearchDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    call = AiCall(
        model="words",
        purpose="embedding",
        input_tokens=12,
        cached_tokens=0,
        output_tokens=0,
        cost_usd=Decimal("0.001"),
        duration_ms=3,
    )
    monkeypatch.setattr(searching.embedder, "billed", [call])
    ticket = await searching.solved()
    async with searching.desk.reading() as reading:
        usage = list(await reading.session.scalars(select(AiUsage)))
    assert [(row.ticket_id, row.purpose, row.input_tokens, row.cost_usd) for row in usage] == [
        (ticket.id, "embedding", 12, Decimal("0.001"))
    ]
