"""The index on a Qdrant server (https://api.qdrant.tech/), for deployments of several machines.

Imported only where `QDRANT_URL` is set: the client is large. A collection belongs to one model, so that a change of
model fills a new one beside the old. How far the collection has followed the table is kept in it, as the payload of a
point without vectors.
"""

import re
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from core.errors import ConfigurationError, TryAgainLaterError
from core.search.legs import joined_candidates
from core.search.values import Candidate, IndexCopy, IndexEntry, IndexQuery

FORMAT = 1  # of collection and points; another number means another collection
POSITION_POINT = 0  # ticket ids begin at 1
UPSERTS_AT_ONCE = 256
TIMEOUT_SECONDS = 5

_log = structlog.get_logger(__name__)


def connect(url: str, api_key: str = "") -> AsyncQdrantClient:
    """A client for the server at `url`; nothing is sent yet."""
    with warnings.catch_warnings():  # of a key without TLS the doctor tells, who knows where that is no danger
        warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
        return AsyncQdrantClient(
            url=url,
            port=None if re.search(r":\d+(/|$)", url.partition("//")[2]) else 6333,
            api_key=api_key or None,
            timeout=TIMEOUT_SECONDS,
            check_compatibility=False,  # it asks the server synchronously, before there is a loop
        )


class QdrantIndex:
    """A `VectorIndex` on a server, shared by every process of this deployment."""

    def __init__(self, client: AsyncQdrantClient, *, model: str, dimension: int, prefix: str = "tickmate") -> None:
        self._client = client
        self._model = model
        self._dimension = dimension
        slug = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")
        self.collection = f"{prefix}-{slug}-{dimension}-v{FORMAT}"

    async def open(self) -> None:
        async with self._translated_faults():
            if not await self._client.collection_exists(self.collection):
                await self._create()

    async def upsert(self, entries: Sequence[IndexEntry]) -> None:
        async with self._translated_faults():
            for start in range(0, len(entries), UPSERTS_AT_ONCE):
                points = [self._point(entry) for entry in entries[start : start + UPSERTS_AT_ONCE]]
                await self._client.upsert(self.collection, points, wait=True)

    async def delete(self, ticket_ids: Sequence[int]) -> None:
        if not ticket_ids:
            return
        async with self._translated_faults():
            await self._client.delete(self.collection, models.PointIdsList(points=list(ticket_ids)), wait=True)

    async def search(self, query: IndexQuery) -> list[Candidate]:
        legs = _legs(query)
        if not legs:
            return []
        async with self._translated_faults():
            answers = await self._client.query_batch_points(self.collection, requests=list(legs.values()))
        return joined_candidates(
            {
                leg: [(int(point.id), point.score) for point in answer.points]
                for leg, answer in zip(legs, answers, strict=True)
            }
        )

    async def count(self, organization_id: int | None = None, *, exact: bool = True) -> int:
        narrowed = models.Filter(
            must=None if organization_id is None else [_organization(organization_id)],
            must_not=[models.HasIdCondition(has_id=[POSITION_POINT])],
        )
        async with self._translated_faults():
            return (await self._client.count(self.collection, count_filter=narrowed, exact=exact)).count

    async def clear(self) -> None:
        async with self._translated_faults():
            await self._client.delete_collection(self.collection)
            await self._create()

    async def position(self) -> int:
        """Also makes the collection anew where somebody has deleted it: the table is then followed from its start."""
        await self.open()
        return await self._position()

    async def look(self) -> list[IndexCopy]:
        async with self._translated_faults():
            if not await self._client.collection_exists(self.collection):
                return []
        position, tickets = await self._position(), await self.count()
        return [IndexCopy(model=self._model, tickets=tickets, position=position, is_in_use=True)]

    async def _position(self) -> int:
        async with self._translated_faults():
            found = await self._client.retrieve(self.collection, [POSITION_POINT], with_payload=True)
        return int((found[0].payload or {}).get("position", 0)) if found else 0

    async def set_position(self, revision: int) -> None:
        point = models.PointStruct(id=POSITION_POINT, vector={}, payload={"position": revision})
        async with self._translated_faults():
            await self._client.upsert(self.collection, [point], wait=True)

    async def drop(self) -> None:
        """Remove the whole collection: for throw-away indexes."""
        async with self._translated_faults():
            await self._client.delete_collection(self.collection)

    async def close(self) -> None:
        await self._client.close()

    async def _create(self) -> None:
        dense = models.VectorParams(size=self._dimension, distance=models.Distance.COSINE) if self._dimension else None
        try:
            await self._client.create_collection(
                self.collection,
                vectors_config={"title": dense, "text": dense} if dense else {},
                sparse_vectors_config={"terms": models.SparseVectorParams(modifier=models.Modifier.IDF)},
            )
        except UnexpectedResponse as error:
            if error.status_code != HTTPStatus.CONFLICT:  # another process was first
                raise
            return
        await self._client.create_payload_index(self.collection, "organization_id", models.PayloadSchemaType.INTEGER)
        await self._client.create_payload_index(self.collection, "created_at", models.PayloadSchemaType.FLOAT)

    def _point(self, entry: IndexEntry) -> models.PointStruct:
        vectors = entry.vectors
        named: dict[str, models.Vector] = {
            "terms": models.SparseVector(indices=list(vectors.terms.indices), values=list(vectors.terms.weights))
        }
        if self._dimension and vectors.title:
            named["title"] = list(vectors.title)
        if self._dimension and vectors.text:
            named["text"] = list(vectors.text)
        payload = {"organization_id": entry.organization_id, "created_at": entry.created_at}
        return models.PointStruct(id=entry.ticket_id, vector=named, payload=payload)

    @asynccontextmanager
    async def _translated_faults(self) -> AsyncIterator[None]:
        try:
            yield
        except UnexpectedResponse as error:
            if error.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise ConfigurationError(
                    "The Qdrant server refuses our key.", mend="Check QDRANT_URL and QDRANT_API_KEY."
                ) from error
            _log.warning("search.qdrant_refused", status=error.status_code)
            raise TryAgainLaterError(f"The Qdrant server answered {error.status_code}.") from error
        except (ApiException, QdrantException) as error:
            raise TryAgainLaterError("The Qdrant server cannot be reached just now.") from error


def _organization(organization_id: int) -> models.FieldCondition:
    return models.FieldCondition(key="organization_id", match=models.MatchValue(value=organization_id))


def _legs(query: IndexQuery) -> dict[str, models.QueryRequest]:
    must: list[models.Condition] = [_organization(query.organization_id)]
    if query.created_before is not None:
        must.append(models.FieldCondition(key="created_at", range=models.Range(lt=query.created_before)))
    exclude: list[models.Condition] | None = None
    if query.exclude_ticket_id is not None:
        exclude = [models.HasIdCondition(has_id=[query.exclude_ticket_id])]
    narrowed = models.Filter(must=must, must_not=exclude)
    corpus = models.Filter(must=[_organization(query.organization_id)])
    by_organization = models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus))
    vectors = query.vectors
    asked: dict[str, list[float] | models.SparseVector] = {}
    if vectors.title:
        asked["title"] = list(vectors.title)
    if vectors.text:
        asked["text"] = list(vectors.text)
    if vectors.terms.indices:
        asked["terms"] = models.SparseVector(indices=list(vectors.terms.indices), values=list(vectors.terms.weights))
    return {
        leg: models.QueryRequest(
            query=models.NearestQuery(nearest=vector),
            using=leg,
            filter=narrowed,
            limit=query.limit,
            params=by_organization if leg == "terms" else None,
        )
        for leg, vector in asked.items()
    }
