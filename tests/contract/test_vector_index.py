"""One suite for every `VectorIndex`: the fake, the embedded engine, and the server's client."""

import math
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from qdrant_client import AsyncQdrantClient

from core.search.edge import EdgeIndex
from core.search.ports import VectorIndex
from core.search.qdrant import QdrantIndex, connect
from core.search.terms import document_terms, query_terms
from core.search.values import Candidate, IndexEntry, IndexQuery, TicketVectors
from tests.fakes.search import MemoryIndex

ENGINES = [
    "fake",
    "edge",
    pytest.param(
        "qdrant", marks=pytest.mark.filterwarnings("ignore:.*[Ll]ocal (mode|Qdrant).*", "ignore:Payload indexes.*")
    ),
    pytest.param("server", marks=pytest.mark.qdrant_server),
]


@pytest.fixture(params=ENGINES)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    made: VectorIndex
    match request.param:
        case "fake":
            made = MemoryIndex()
        case "edge":
            made = EdgeIndex(tmp_path / "index", model="test", dimension=2)
        case "qdrant":
            made = QdrantIndex(AsyncQdrantClient(":memory:"), model="test", dimension=2)
        case _:
            client = connect(os.environ["QDRANT_URL"], os.environ.get("QDRANT_API_KEY", ""))
            made = QdrantIndex(client, model="contract-suite", dimension=2)
    await made.open()
    await made.clear()
    yield made
    await made.clear()
    await made.close()


def _direction(degrees: float) -> tuple[float, float]:
    return (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))


def _entry(
    ticket_id: int, text: str = "", *, degrees: float = 0, organization_id: int = 1, created_at: float = 0
) -> IndexEntry:
    vectors = TicketVectors(title=_direction(degrees), text=_direction(degrees), terms=document_terms(text))
    return IndexEntry(ticket_id=ticket_id, organization_id=organization_id, created_at=created_at, vectors=vectors)


def _by_direction(degrees: float, **narrowed: float) -> IndexQuery:
    vectors = TicketVectors(title=_direction(degrees), text=_direction(degrees))
    return IndexQuery(organization_id=1, vectors=vectors, **narrowed)  # type: ignore[arg-type]  # ids are whole


def _by_words(text: str) -> IndexQuery:
    return IndexQuery(organization_id=1, vectors=TicketVectors(terms=query_terms(text)))


def _ids(candidates: list[Candidate], leg: str = "text") -> list[int]:
    scored = [(getattr(c, leg), c.ticket_id) for c in candidates if getattr(c, leg) is not None]
    return [ticket_id for _, ticket_id in sorted(scored, reverse=True)]


async def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    assert await index.search(_by_direction(0)) == []
    assert await index.search(_by_words("printer")) == []
    assert await index.count() == 0


async def test_dense_legs_give_the_cosine(index: VectorIndex) -> None:
    await index.upsert([_entry(1, degrees=0), _entry(2, degrees=60), _entry(3, degrees=120)])
    found = {c.ticket_id: c for c in await index.search(_by_direction(0))}
    assert [found[i].text for i in (1, 2, 3)] == pytest.approx([1.0, 0.5, -0.5], abs=1e-5)
    assert found[2].title == pytest.approx(0.5, abs=1e-5)


async def test_words_weigh_by_rarity_and_match_by_stem(index: VectorIndex) -> None:
    texts = {1: "printer jams on paper", 2: "paper tray empty", 3: "paper order", 4: "monitor flickers"}
    await index.upsert([_entry(ticket_id, text) for ticket_id, text in texts.items()])
    found = await index.search(_by_words("printers and papers"))
    assert _ids(found, "terms")[0] == 1
    assert set(_ids(found, "terms")) == {1, 2, 3}
    scores = {c.ticket_id: c.terms or 0 for c in found}
    assert scores[1] > scores[2] > 0


async def test_bm25_scores_agree_with_the_formula(index: VectorIndex) -> None:
    """The three engines share one IDF: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    await index.upsert([_entry(1, "alpha beta"), _entry(2, "beta gamma"), _entry(3, "delta")])
    (only,) = await index.search(_by_words("alpha"))
    (weight,) = (w for t, w in _weights("alpha beta") if t in query_terms("alpha").indices)
    assert only.terms == pytest.approx(weight * math.log(1 + 2.5 / 1.5), rel=1e-4)


async def test_terms_of_a_question_weigh_as_it_says(index: VectorIndex) -> None:
    await index.upsert([_entry(1, "it says EACCES"), _entry(2, "printer jams")])
    (only,) = await index.search(_by_words("EACCES"))
    word, exact = query_terms("EACCES").weights
    held = dict(_weights("it says EACCES"))
    asked = [held[index] for index in query_terms("EACCES").indices]
    assert only.terms == pytest.approx((word * asked[0] + exact * asked[1]) * math.log(1 + 1.5 / 1.5), rel=1e-4)


def _weights(text: str) -> list[tuple[int, float]]:
    terms = document_terms(text)
    return list(zip(terms.indices, terms.weights, strict=True))


async def test_other_organizations_are_never_found(index: VectorIndex) -> None:
    await index.upsert([_entry(1, "shared words", organization_id=1), _entry(2, "shared words", organization_id=2)])
    assert _ids(await index.search(_by_direction(0))) == [1]
    assert _ids(await index.search(_by_words("shared words")), "terms") == [1]
    assert (await index.count(), await index.count(1), await index.count(3)) == (2, 1, 0)


async def test_other_organizations_do_not_shift_the_scores(index: VectorIndex) -> None:
    await index.upsert([_entry(1, "alpha beta"), _entry(2, "gamma")])
    (alone,) = await index.search(_by_words("alpha"))
    await index.upsert([_entry(i, "alpha", organization_id=2) for i in range(10, 20)])
    (beside,) = await index.search(_by_words("alpha"))
    assert beside.terms == pytest.approx(alone.terms, rel=1e-4)


async def test_the_excluded_ticket_is_left_out(index: VectorIndex) -> None:
    await index.upsert([_entry(1), _entry(2, degrees=30)])
    assert _ids(await index.search(_by_direction(0, exclude_ticket_id=1))) == [2]


async def test_only_earlier_tickets_where_asked(index: VectorIndex) -> None:
    await index.upsert([_entry(i, degrees=i, created_at=1_700_000_000 + i) for i in (1, 2, 3)])
    assert _ids(await index.search(_by_direction(0, created_before=1_700_000_002))) == [1]


async def test_limit_counts_each_leg(index: VectorIndex) -> None:
    await index.upsert([_entry(i, degrees=i) for i in range(1, 9)])
    assert _ids(await index.search(_by_direction(0, limit=3))) == [1, 2, 3]


async def test_upsert_replaces(index: VectorIndex) -> None:
    await index.upsert([_entry(1, "printer", degrees=0)])
    await index.upsert([_entry(1, "monitor", degrees=90)])
    assert await index.count() == 1
    (found,) = await index.search(_by_direction(90))
    assert found.text == pytest.approx(1.0, abs=1e-5)
    assert await index.search(_by_words("printer")) == []


async def test_deleted_tickets_are_gone_and_absent_ones_no_fault(index: VectorIndex) -> None:
    await index.upsert([_entry(1, "printer"), _entry(2, "printer")])
    await index.delete([1, 99])
    await index.delete([])
    assert _ids(await index.search(_by_words("printer")), "terms") == [2]
    assert await index.count() == 1


async def test_a_ticket_without_dense_vectors_is_found_by_its_words(index: VectorIndex) -> None:
    vectors = TicketVectors(terms=document_terms("toner empty"))
    await index.upsert([IndexEntry(ticket_id=7, organization_id=1, created_at=0, vectors=vectors), _entry(8)])
    assert _ids(await index.search(_by_words("toner")), "terms") == [7]
    assert _ids(await index.search(_by_direction(0))) == [8]


async def test_a_query_without_vectors_finds_nothing(index: VectorIndex) -> None:
    await index.upsert([_entry(1, "printer")])
    assert await index.search(_by_words("the and of")) == []


async def test_more_tickets_than_one_batch(index: VectorIndex) -> None:
    await index.upsert([_entry(i, f"word{i}") for i in range(1, 701)])
    assert await index.count() == 700
    assert _ids(await index.search(_by_words("word700")), "terms") == [700]


async def test_a_look_tells_what_was_written(index: VectorIndex) -> None:
    await index.upsert([_entry(1), _entry(2)])
    await index.set_position(5)
    if isinstance(index, EdgeIndex):  # which is seen on the disk
        await index.close()
        (seen,) = await index.look()
        assert (seen.is_in_use, seen.megabytes is not None) == (False, True)
        await index.open()
    (seen,) = await index.look()
    assert (seen.tickets, seen.position, seen.is_in_use) == (2, 5, True)


async def test_position_is_kept_until_cleared(index: VectorIndex) -> None:
    assert await index.position() == 0
    await index.upsert([_entry(1)])
    await index.set_position(41)
    await index.set_position(42)
    assert await index.position() == 42
    assert await index.count() == 1
    await index.clear()
    assert (await index.position(), await index.count()) == (0, 0)
