"""What is known of each text as rows of numbers, sparse or dense, and the two products that learning needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


class Rows(Protocol):
    """One row a text."""

    @property
    def width(self) -> int: ...

    def __len__(self) -> int: ...

    def times(self, weights: Floats) -> Floats:
        """The product with a dense matrix of `width` rows."""

    def transposed(self) -> Self:
        """Columns as rows."""

    def chosen(self, rows: Integers) -> Self:
        """Some of the rows, in the order given."""

    def present(self) -> Self:
        """1 for every value that is not 0."""


VALUES_AT_ONCE = 4_000_000
"""Numbers gathered in one step, which bounds the memory a product takes (16 MB)."""


@dataclass(frozen=True, slots=True)
class DenseRows:
    """Rows in full."""

    values: Floats

    @property
    def width(self) -> int:
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values)

    def times(self, weights: Floats) -> Floats:
        return self.values @ weights

    def transposed(self) -> "DenseRows":
        return DenseRows(self.values.T)

    def chosen(self, rows: Integers) -> "DenseRows":
        return DenseRows(self.values[rows])

    def present(self) -> "DenseRows":
        return DenseRows((self.values != 0).astype(np.float32))


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Compressed sparse rows: row i has `values[starts[i]:starts[i + 1]]` in the `columns` of the same places."""

    starts: Integers
    columns: Integers
    values: Floats
    width: int

    @classmethod
    def of(cls, rows: Sequence[tuple[Sequence[int], Sequence[float]]], width: int) -> "SparseRows":
        """From each row's columns and values."""
        lengths = [len(columns) for columns, _ in rows]
        return cls(
            starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            # Generators, unlike lists, let other threads run meanwhile.
            columns=np.fromiter((column for columns, _ in rows for column in columns), np.int64, sum(lengths)),
            values=np.fromiter((value for _, values in rows for value in values), np.float32, sum(lengths)),
            width=width,
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    def times(self, weights: Floats) -> Floats:
        product = np.zeros((len(self), weights.shape[1]), np.float32)
        step = max(1, VALUES_AT_ONCE // max(1, weights.shape[1]))
        first = 0
        while first < len(self):
            last = int(np.searchsorted(self.starts, self.starts[first] + step, "right")) - 1
            last = max(first + 1, last)
            begin, end = self.starts[first], self.starts[last]
            filled = first + np.flatnonzero(np.diff(self.starts[first : last + 1]))
            if len(filled):
                gathered = weights[self.columns[begin:end]]
                gathered *= self.values[begin:end, None]
                product[filled] = np.add.reduceat(gathered, self.starts[filled] - begin, axis=0)
            first = last
        return product

    def transposed(self) -> "SparseRows":
        order = np.argsort(self.columns, kind="stable")
        rows = np.repeat(np.arange(len(self)), np.diff(self.starts))
        counts = np.bincount(self.columns, minlength=self.width)
        return SparseRows(
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            columns=rows[order],
            values=self.values[order],
            width=len(self),
        )

    def chosen(self, rows: Integers) -> "SparseRows":
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], lengths)
        return SparseRows(starts=starts, columns=self.columns[places], values=self.values[places], width=self.width)

    def present(self) -> "SparseRows":
        return SparseRows(starts=self.starts, columns=self.columns, values=np.ones_like(self.values), width=self.width)
