"""Vectors as the database keeps them."""

import sys
from array import array
from collections.abc import Sequence

from core.search.models import TicketVectorsRow
from core.search.values import IndexEntry, TermWeights, TicketVectors

FLOAT32, UINT32 = "f", "I"


def packed(values: Sequence[float], kind: str) -> bytes:
    """Numbers as little-endian bytes."""
    numbers = array(kind, values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(stored: bytes, kind: str) -> "array[float]":
    """The numbers of `packed`. Bytes that are no whole numbers give none: the ticket is then found by other vectors."""
    numbers: array[float] = array(kind)
    if len(stored) % numbers.itemsize == 0:
        numbers.frombytes(stored)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def fill_row(row: TicketVectorsRow, vectors: TicketVectors) -> None:
    """Put the vectors into the row."""
    row.title = packed(vectors.title, FLOAT32)
    row.text = packed(vectors.text, FLOAT32)
    row.term_indices = packed(vectors.terms.indices, UINT32)
    row.term_weights = packed(vectors.terms.weights, FLOAT32)


def kept_dense_vectors(row: TicketVectorsRow) -> TicketVectors:
    """Those of the row's own model, without its terms."""
    return TicketVectors(title=unpacked(row.title, FLOAT32), text=unpacked(row.text, FLOAT32))


def index_entry(row: TicketVectorsRow, *, model: str, dimension: int) -> IndexEntry:
    """What the index of `model` holds of the row. Another model's dense vectors are left out: they do not compare."""
    fitting = row.model == model
    terms = TermWeights(indices=_whole(row.term_indices), weights=unpacked(row.term_weights, FLOAT32))
    return IndexEntry(
        ticket_id=row.ticket_id,
        organization_id=row.organization_id,
        created_at=row.ticket_created_at.timestamp(),
        vectors=TicketVectors(
            title=_dense(row.title, dimension) if fitting else (),
            text=_dense(row.text, dimension) if fitting else (),
            terms=terms if len(terms.indices) == len(terms.weights) else TermWeights(),
        ),
    )


def _dense(stored: bytes, dimension: int) -> Sequence[float]:
    vector = unpacked(stored, FLOAT32)
    return vector if len(vector) == dimension else ()


def _whole(stored: bytes) -> Sequence[int]:
    return [int(number) for number in unpacked(stored, UINT32)]
