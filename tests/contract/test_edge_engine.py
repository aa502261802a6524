"""The engine's process: ended at any moment, and never in the loop's way."""

import math
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.errors import TryAgainLaterError
from core.search import edge
from core.search.edge import EdgeIndex
from core.search.ports import IndexEndedError
from core.search.terms import document_terms, query_terms
from core.search.values import IndexEntry, IndexQuery, TicketVectors
from tests.fakes.waiting import eventually


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[EdgeIndex]:
    opened = EdgeIndex(tmp_path, model="test", dimension=2)
    await opened.open()
    yield opened
    await opened.close()


def entry(ticket_id: int, word: str = "printer", direction: tuple[float, float] = (1.0, 0.0)) -> IndexEntry:
    vectors = TicketVectors(title=direction, text=direction, terms=document_terms(word))
    return IndexEntry(ticket_id=ticket_id, organization_id=1, created_at=0, vectors=vectors)


async def ids(index: EdgeIndex, word: str) -> set[int]:
    query = IndexQuery(organization_id=1, vectors=TicketVectors(terms=query_terms(word)), limit=10)
    return {found.ticket_id for found in await index.search(query)}


async def test_an_engine_that_was_killed_is_started_again_by_the_next_call(index: EdgeIndex) -> None:
    """What it had not flushed is gone with its position, so that the table is followed from there."""
    await index.upsert([entry(number) for number in range(1, 100)])
    await index.set_position(7)
    await _ended(index, signal.SIGKILL)
    assert await index.position() in {0, 7}
    assert await index.count() in {0, 99}
    await index.upsert([entry(3, "monitor")])
    assert await ids(index, "monitor") == {3}


async def test_changes_are_refused_until_the_table_is_followed_from_what_was_flushed(index: EdgeIndex) -> None:
    """Else the position would go past what the killed one had not flushed, and nobody would ever find that."""
    await index.upsert([entry(1)])
    await index.set_position(5)
    await _ended(index, signal.SIGKILL)
    assert await index.count() == 0  # as a search does that comes between: it starts the engine again
    for change in (index.upsert([entry(2)]), index.delete([3]), index.set_position(6)):
        with pytest.raises(IndexEndedError, match="anew"):
            await change
    assert await index.position() == 0
    await index.upsert([entry(1), entry(2)])
    await index.set_position(6)
    assert (await index.count(), await index.position()) == (2, 6)


async def test_what_makes_the_engine_crash_again_is_thrown_away(index: EdgeIndex) -> None:
    """A damaged file that is mapped into memory ends the process without any error to catch."""
    await index.upsert([entry(1)])
    await index.set_position(7)
    await index.close()
    await index.open()
    for position in (7, 0):
        with capture_logs() as logs:
            await _ended(index, signal.SIGSEGV)
            assert await index.position() == position
        (ended,) = [line for line in logs if line["event"] == "search.engine_ended"]
        assert ended["code"] == -signal.SIGSEGV
        assert "Fatal Python error: Segmentation fault" in ended["printed"]
    await index.upsert([entry(2, "monitor")])
    assert await ids(index, "monitor") == {2}


async def test_killing_it_often_costs_nothing_that_was_flushed(index: EdgeIndex) -> None:
    await index.upsert([entry(1)])
    await index.set_position(7)
    await index.close()
    await index.open()
    for _ in range(3):
        await _ended(index, signal.SIGKILL)
        assert (await index.position(), await ids(index, "printer")) == (7, {1})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked whom to end first")
async def test_where_memory_is_short_the_engine_goes_before_the_desk(index: EdgeIndex) -> None:
    await index.position()
    assert _how_soon_to_go(index.engine_pid) > _how_soon_to_go(os.getpid())


def _how_soon_to_go(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


async def test_one_that_ends_again_and_again_is_left_alone_for_a_while(
    index: EdgeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the machine lacks memory for it: each start would take a core from everybody, and come to nothing."""
    monkeypatch.setattr(edge, "SECONDS_OF_THEM", 1000.0)
    await index.upsert([entry(1)])
    await index.set_position(7)
    for _ in range(edge.ENDS_BORNE):
        await index.position()
        await _ended(index, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(TryAgainLaterError, match="ends again and again"):
            await index.position()
    assert index.engine_pid == 0
    monkeypatch.setattr(edge, "SECONDS_OF_THEM", 0.0)
    assert await index.position() in {0, 7}


async def _ended(index: EdgeIndex, by: signal.Signals) -> None:
    """Returns when the next call will start it again."""
    os.kill(index.engine_pid, by)

    async def has_ended() -> bool:
        return index.engine_pid == 0

    await eventually(has_ended)


async def test_words_of_replaced_tickets_do_not_count(index: EdgeIndex) -> None:
    """Also after a new start, when the engine itself still counts them."""
    await index.upsert([entry(number, "printer") for number in range(1, 20)] + [entry(20, "toner")])
    await index.upsert([entry(number, "monitor") for number in range(1, 10)])
    await index.delete([10, 11, 12])
    await index.close()
    await index.open()
    query = IndexQuery(organization_id=1, vectors=TicketVectors(terms=query_terms("printer")), limit=1)
    (found,) = await index.search(query)
    present, holding = 17, 7
    (weight,) = document_terms("printer").weights
    assert found.terms == pytest.approx(weight * math.log(1 + (present - holding + 0.5) / (holding + 0.5)), rel=1e-4)


async def test_an_interrupt_of_the_whole_group_leaves_the_index_to_the_desk(index: EdgeIndex, tmp_path: Path) -> None:
    for ending in (signal.SIGINT, signal.SIGTERM):
        os.kill(index.engine_pid, ending)
    await index.upsert([entry(1)])
    await index.set_position(9)
    await index.close()
    again = EdgeIndex(tmp_path, model="test", dimension=2)
    await again.open()
    assert (await again.count(), await again.position()) == (1, 9)
    await again.close()


async def test_a_call_that_fails_says_why_and_harms_no_other(index: EdgeIndex) -> None:
    with pytest.raises(TryAgainLaterError, match="failed"):
        await index.upsert([entry(1, direction=(1.0, 0.0, 0.0))])  # type: ignore[arg-type]  # one number too many
    await index.upsert([entry(2)])
    assert await ids(index, "printer") == {2}
