"""A change of the embedding model: the vectors of the new one are made beside, and the old one answers until then."""

from datetime import timedelta

import pytest

from config.checks import search_check
from core.search.embedders.lexical import LexicalOnly
from core.search.generation import Generation
from core.search.jobs import SearchJobs
from core.search.ports import Embedder
from core.search.queries import models_stored
from core.search.search import Search
from core.search.upkeep import KEPT_BESIDE
from core.search.values import LEXICAL
from core.tickets.queries import lock_ticket_by_id
from core.tickets.working import delete_ticket, resolve_ticket
from core.triage.actions import record_calls
from tests.builders import unqueued
from tests.desk.searching import ABOUT_VPN, PRINTER, VPN, SearchDesk
from tests.fakes.search import MemoryIndex, WordEmbedder
from tests.fakes.waiting import eventually

NEW = "other words"


class OtherWords(WordEmbedder):
    """A second model: its vectors have another length, so that comparing them with the first's would fail."""

    model = NEW
    dimension = 2 * WordEmbedder.dimension


class Restarted:
    """The desk after a restart with another model: `old` is the index that the earlier model's process left."""

    def __init__(self, searching: SearchDesk, *, can_make_old: bool = True, earlier: Embedder | None = None) -> None:
        self.desk = searching.desk
        self.embedder = OtherWords()
        self.index, self.old_index = MemoryIndex(), searching.index
        self._can_make_old, self._old_embedder = can_make_old, earlier or searching.embedder
        self.search = Search(
            database=self.desk.database,
            reading=self.desk.reading,
            embedder=self.embedder,
            index=self.index,
            earlier=self._earlier,
        )
        self.jobs = SearchJobs(self.desk.unit_of_work, self.desk.reading, self.search, record_calls)

    async def _earlier(self, model: str) -> Generation | None:
        if not self._can_make_old or model != self._old_embedder.model:
            return None
        return Generation(self.desk.database, self._old_embedder, self.old_index)

    async def found(self, title: str = VPN) -> tuple[str, list[str]]:
        """By which model, and which tickets."""
        findings = await self.search.ask(organization_id=1, title=title, description="")
        return findings.model, [ticket.title for ticket in findings.tickets]

    async def refresh(self) -> None:
        await self.jobs.refresh(unqueued("search.refresh"))

    async def models(self) -> set[str]:
        async with self.desk.reading() as reading:
            return set(await models_stored(reading))


async def test_the_earlier_model_answers_until_every_ticket_is_embedded_anew(searching: SearchDesk) -> None:
    await searching.solved()
    await searching.solved(PRINTER, "Paper tray.")
    restarted = Restarted(searching)
    assert await restarted.found() == ("words", [VPN])
    assert await search_check(restarted.search)() == f"words until {NEW} has embedded every ticket, 0 of 2 so far"
    await restarted.refresh()
    assert await restarted.found() == (NEW, [VPN])
    assert not (await restarted.search.health()).is_changing_model


async def test_half_way_nothing_of_the_new_model_answers(searching: SearchDesk) -> None:
    await searching.solved()
    printer = await searching.solved(PRINTER, "Paper tray.")
    restarted = Restarted(searching)
    await restarted.found()
    await restarted.jobs.upkeep.bring_up_to_date(1, [printer.id])
    await restarted.search.catch_up()
    assert await restarted.found() == ("words", [VPN])
    assert await restarted.found(PRINTER) == ("words", [PRINTER])


async def test_a_ticket_solved_meanwhile_is_found_before_and_after_the_switch(searching: SearchDesk) -> None:
    await searching.solved(PRINTER, "Paper tray.")
    restarted = Restarted(searching)
    assert await restarted.found() == ("words", [])
    ticket = await _resolved(searching)
    await restarted.jobs.index(unqueued("search.index", ticket_id=ticket))
    assert await restarted.found() == ("words", [VPN])
    await restarted.refresh()
    assert await restarted.found() == (NEW, [VPN])


async def test_a_ticket_deleted_meanwhile_is_found_by_neither(searching: SearchDesk) -> None:
    ticket = await searching.solved()
    await searching.solved(PRINTER, "Paper tray.")
    restarted = Restarted(searching)
    await restarted.jobs.upkeep.bring_up_to_date(1, [ticket.id])
    await restarted.search.catch_up()
    async with searching.desk.unit_of_work() as uow:
        await delete_ticket(uow, await lock_ticket_by_id(uow, ticket.id))
        await uow.commit()
    await restarted.jobs.index(unqueued("search.index", ticket_id=ticket.id))
    assert set(restarted.old_index.entries) == {2}
    assert ticket.id not in restarted.index.entries


async def test_where_the_earlier_model_is_gone_words_answer_meanwhile(searching: SearchDesk) -> None:
    await searching.solved()
    restarted = Restarted(searching, can_make_old=False)
    _, titles = await restarted.found()
    assert titles == [VPN]
    assert all(not entry.vectors.text for entry in restarted.index.entries.values())
    await restarted.refresh()
    assert await restarted.found() == (NEW, [VPN])


async def test_the_service_switches_by_itself(searching: SearchDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    await searching.solved()
    restarted = Restarted(searching)
    monkeypatch.setattr(restarted.search.follower, "_poll", 0.001)
    await restarted.search.start()
    assert restarted.search.answering.embedder.model == "words"
    await restarted.jobs.upkeep.bring_up_to_date(1, [1])

    async def switched() -> bool:
        return restarted.search.answering.embedder.model == NEW

    await eventually(switched)
    assert await restarted.found() == (NEW, [VPN])
    await restarted.search.stop()


async def test_the_earlier_models_vectors_are_kept_a_day_and_then_forgotten(searching: SearchDesk) -> None:
    """A process with the old settings may still run beside, in a rolling restart."""
    await searching.solved()
    restarted = Restarted(searching)
    await restarted.refresh()
    assert await restarted.models() == {"words", NEW}
    searching.desk.clock.advance(seconds=(KEPT_BESIDE + timedelta(minutes=1)).total_seconds())
    await restarted.refresh()
    assert await restarted.models() == {NEW}
    assert await restarted.found() == (NEW, [VPN])


async def test_an_old_process_beside_goes_on_with_its_own_vectors(searching: SearchDesk) -> None:
    await searching.solved()
    restarted = Restarted(searching)
    await restarted.refresh()
    await searching.jobs.refresh(unqueued("search.refresh"))
    assert await searching.titles() == [VPN]
    assert await restarted.found() == (NEW, [VPN])
    assert await restarted.models() == {"words", NEW}


async def test_a_desk_that_gets_its_first_model_searches_by_words_until_it_is_ready(searching: SearchDesk) -> None:
    by_words = Search(
        database=searching.desk.database, reading=searching.desk.reading, embedder=LexicalOnly(), index=MemoryIndex()
    )
    searching.desk.runs["search.index"] = SearchJobs(
        searching.desk.unit_of_work, searching.desk.reading, by_words, record_calls
    ).index
    await searching.solved()
    await searching.solved(PRINTER, "Paper tray.")
    restarted = Restarted(searching, earlier=LexicalOnly())
    assert await restarted.found() == (LEXICAL, [VPN])
    await restarted.refresh()
    assert await restarted.found() == (NEW, [VPN])


async def _resolved(searching: SearchDesk) -> int:
    ticket = await searching.submitted(VPN, ABOUT_VPN)
    async with searching.desk.unit_of_work() as uow:
        await resolve_ticket(uow, await lock_ticket_by_id(uow, ticket.id), resolution="Update.", is_public=True)
        await uow.commit()
    return ticket.id
