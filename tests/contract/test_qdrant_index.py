"""What only the server's adapter has: routes, the key, and how its faults are told."""

import json
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from aiohttp import web

from core.errors import ConfigurationError, TryAgainLaterError
from core.search.qdrant import QdrantIndex, connect
from core.search.terms import query_terms
from core.search.values import IndexEntry, IndexQuery, TicketVectors

VECTORS = TicketVectors(title=(1.0, 0.0), text=(0.0, 1.0), terms=query_terms("printer"))
ENTRY = IndexEntry(ticket_id=5, organization_id=3, created_at=9.0, vectors=VECTORS)
COLLECTION = "/collections/tickmate-words-of-mine-2-v1"


class QdrantDouble:
    """Notes every request; answers as https://api.qdrant.tech says, or with the status set in `fails`."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Any]] = []
        self.keys: set[str | None] = set()
        self.exists = True
        self.fails = 0
        self.answers: dict[str, Any] = {}
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.seen.append((request.method, request.path, json.loads(body) if body else None))
        self.keys.add(request.headers.get("api-key"))
        if self.fails:
            headers = {"Retry-After": "7"} if self.fails == 429 else {}
            return web.json_response({"status": {"error": "no"}, "time": 0}, status=self.fails, headers=headers)
        return web.json_response({"result": self._result(request), "status": "ok", "time": 0.001})

    def _result(self, request: web.Request) -> Any:
        if request.path.endswith("/exists"):
            return {"exists": self.exists}
        for end, answer in self.answers.items():
            if request.path.endswith(end):
                return answer
        if request.path.endswith("/points") or "/points/" in request.path or request.path.endswith("/index"):
            return {"operation_id": 1, "status": "completed"}
        return True

    def paths(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.seen]


@pytest.fixture
async def server() -> AsyncIterator[QdrantDouble]:
    async with QdrantDouble() as double:
        yield double


@pytest.fixture
async def index(server: QdrantDouble) -> AsyncIterator[QdrantIndex]:
    made = QdrantIndex(connect(server.url, "the-key"), model="Words (of mine)", dimension=2)
    yield made
    await made.close()


def test_a_key_without_tls_makes_no_noise(recwarn: pytest.WarningsRecorder) -> None:
    """The doctor tells of it, once and with its mend."""
    connect("http://qdrant.example:6333", "the-key")
    assert not recwarn.list


async def test_a_missing_collection_is_made_with_both_kinds_of_vector(server: QdrantDouble, index: QdrantIndex) -> None:
    server.exists = False
    await index.open()
    assert server.paths() == [
        ("GET", f"{COLLECTION}/exists"),
        ("PUT", COLLECTION),
        ("PUT", f"{COLLECTION}/index"),
        ("PUT", f"{COLLECTION}/index"),
    ]
    made = server.seen[1][2]
    assert {name: params["size"] for name, params in made["vectors"].items()} == {"title": 2, "text": 2}
    assert made["sparse_vectors"]["terms"]["modifier"] == "idf"
    assert server.keys == {"the-key"}


async def test_an_existing_collection_is_left_alone(server: QdrantDouble, index: QdrantIndex) -> None:
    await index.open()
    assert server.paths() == [("GET", f"{COLLECTION}/exists")]


async def test_a_search_is_one_request_with_the_organization_in_every_leg(
    server: QdrantDouble, index: QdrantIndex
) -> None:
    server.answers["/query/batch"] = [
        {"points": [{"id": 5, "version": 1, "score": score}]} for score in (0.9, 0.8, 4.5)
    ]
    query = IndexQuery(organization_id=3, vectors=VECTORS, exclude_ticket_id=8, created_before=99.0)
    (found,) = await index.search(query)
    assert (found.ticket_id, found.title, found.text, found.terms) == (5, 0.9, 0.8, 4.5)
    ((method, path, body),) = server.seen
    assert (method, path) == ("POST", f"{COLLECTION}/points/query/batch")
    assert [leg["using"] for leg in body["searches"]] == ["title", "text", "terms"]
    for leg in body["searches"]:
        assert {"key": "organization_id", "match": {"value": 3}} in leg["filter"]["must"]
        assert leg["filter"]["must_not"] == [{"has_id": [8]}]
    assert body["searches"][2]["params"]["idf"]["corpus"]["must"][0]["match"] == {"value": 3}


async def test_points_carry_vectors_and_what_is_filtered_by(server: QdrantDouble, index: QdrantIndex) -> None:
    await index.upsert([ENTRY])
    ((method, path, body),) = server.seen
    assert (method, path) == ("PUT", f"{COLLECTION}/points")
    (point,) = body["points"]
    assert point["id"] == 5
    assert point["payload"] == {"organization_id": 3, "created_at": 9.0}
    assert set(point["vector"]) == {"title", "text", "terms"}


async def test_the_position_is_a_point_without_vectors(server: QdrantDouble, index: QdrantIndex) -> None:
    await index.set_position(41)
    (point,) = server.seen[0][2]["points"]
    assert (point["id"], point["vector"], point["payload"]) == (0, {}, {"position": 41})
    server.answers["/points"] = [{"id": 0, "payload": {"position": 41}}]
    assert await index.position() == 41


async def test_a_collection_that_somebody_deleted_is_made_anew(server: QdrantDouble, index: QdrantIndex) -> None:
    server.exists = False
    server.answers["/points"] = []
    assert await index.position() == 0
    assert ("PUT", COLLECTION) in server.paths()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_a_mistake_of_the_settings(
    server: QdrantDouble, index: QdrantIndex, status: int
) -> None:
    server.fails = status
    with pytest.raises(ConfigurationError, match="QDRANT_API_KEY"):
        await index.open()


@pytest.mark.parametrize("status", [404, 429, 500, 503])
async def test_any_other_fault_passes(server: QdrantDouble, index: QdrantIndex, status: int) -> None:
    server.fails = status
    query = IndexQuery(organization_id=3, vectors=VECTORS)
    for call in (index.search(query), index.upsert([ENTRY]), index.count(), index.position()):
        with pytest.raises(TryAgainLaterError):
            await call


async def test_a_server_that_is_not_there_passes(server: QdrantDouble) -> None:
    await server.__aexit__()
    index = QdrantIndex(connect(server.url), model="m", dimension=2)
    with pytest.raises(TryAgainLaterError, match="cannot be reached"):
        await index.open()
    await index.close()


async def test_throw_away_collections_have_names_of_their_own(server: QdrantDouble) -> None:
    index = QdrantIndex(connect(server.url), model="m", dimension=2, prefix="tickmate-eval-1")
    await index.drop()
    assert server.paths() == [("DELETE", "/collections/tickmate-eval-1-m-2-v1")]
    await index.close()
