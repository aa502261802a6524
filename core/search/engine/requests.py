"""Plain tuples of the desk as what the engine's library wants."""

from collections.abc import Iterable
from typing import Any

from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    FieldCondition,
    Filter,
    HnswIndexConfig,
    IdfParams,
    MatchValue,
    Modifier,
    Point,
    QuantizationSearchParams,
    Query,
    QueryRequest,
    RangeFloat,
    SearchParams,
    SparseVector,
    TurboQuantBitSize,
    TurboQuantQuantizationConfig,
    VectorStorageDatatype,
)

from core.search.engine.messages import Asked, Held

OVERSAMPLING = 3.0
"""So many times as many tickets are taken by the small vectors, then compared by the whole ones."""


def config(dimension: int) -> EdgeConfig:
    """Each dense vector is kept in half precision and, for scanning, in 4 bits a number. No graph: that is fast enough.

    The library makes the small ones as tickets come (of bytes it does so only when it packs a shard): nothing is ever
    packed.
    """
    half = VectorStorageDatatype.Float16
    dense = EdgeVectorParams(size=dimension, distance=Distance.Cosine, datatype=half) if dimension else None
    return EdgeConfig(
        vectors={"title": dense, "text": dense} if dense else {},
        sparse_vectors={"terms": EdgeSparseVectorParams(modifier=Modifier.Idf)},
        hnsw_config=HnswIndexConfig(m=0, ef_construct=16, full_scan_threshold=10_000, max_indexing_threads=1),
        quantization_config=TurboQuantQuantizationConfig(bits=TurboQuantBitSize.Bits4, always_ram=True),
        optimizers=EdgeOptimizersConfig(default_segment_number=1),
        max_search_threads=1,
        wal_enabled=False,
    )


def point(held: Held, *, dimension: int) -> Point:
    """A ticket as the engine keeps it."""
    named: dict[str, Any] = {"terms": SparseVector(list(held.indices), list(held.weights))}
    if dimension and held.title:
        named["title"] = list(held.title)
    if dimension and held.text:
        named["text"] = list(held.text)
    return Point(held.ticket_id, named, {"organization_id": held.organization_id, "created_at": held.created_at})


def organization(organization_id: int) -> FieldCondition:
    """The condition that a ticket is this organization's."""
    return FieldCondition("organization_id", match=MatchValue(organization_id))


def legs(asked: Asked, *, is_alone: bool, counts_own: bool) -> dict[str, QueryRequest]:
    """One request for each vector. Where the organization `is_alone`, every ticket is its own: nothing to filter.

    `counts_own` has the words counted among the organization's present tickets alone, which takes most of their time.
    """
    must: list[Any] = [] if is_alone else [organization(asked.organization_id)]
    if asked.created_before is not None:
        must.append(FieldCondition("created_at", range=RangeFloat(lt=asked.created_before)))
    narrowed = Filter(must=must) if must else None
    limit = asked.limit + (asked.exclude_ticket_id is not None)  # one more to leave it out of: a filter takes longer
    return {
        leg: QueryRequest(limit=limit, query=Query.Nearest(vector, using=leg), filter=narrowed, params=params)
        for leg, vector, params in _vectors(asked, counts_own=counts_own)
    }


def _vectors(asked: Asked, *, counts_own: bool) -> Iterable[tuple[str, Any, SearchParams | None]]:
    rescored = SearchParams(quantization=QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING))
    if asked.title:
        yield "title", list(asked.title), rescored
    if asked.text:
        yield "text", list(asked.text), rescored
    if asked.indices:
        # Rare means rare within the organization: another's tickets must not shift its scores.
        corpus = SearchParams(idf=IdfParams(corpus=Filter(must=[organization(asked.organization_id)])))
        yield "terms", SparseVector(list(asked.indices), list(asked.weights)), corpus if counts_own else None
