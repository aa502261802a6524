"""What people said of tickets when they had asked something similar: which tickets rise for a question, and which fall.

The vectors of judged questions are compared with the new one's; where a model is missing or has changed, their terms.
"""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.search.models import ShownTicket, SimilarShowing, SimilarVerdict
from core.search.stored import FLOAT32, UINT32, unpacked
from core.search.values import LEXICAL, TicketVectors, Verdict
from core.search.voices import one_voice_each

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

REMEMBERED = 4000  # verdicts of one organization, the newest
VERDICTS_AT_ONCE = 500  # read together, so that the event loop is never held up
WEIGHTS = {Verdict.SOLVED_IT: 1.0, Verdict.HELPFUL: 0.7, Verdict.NOT_HELPFUL: -0.7}
ALIKE_BY_MEANING = 0.6  # cosines below are of other questions
CERTAINTY = 2.0  # one "solved it" for the very same question says nearly all there is to say
ALIKE_BY_WORDS = 0.3  # so are shares of common terms below


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """One verdict, with the question it was given for."""

    verdict_id: int
    revision: int
    person_id: int
    ticket_id: int
    weight: float
    vector: Sequence[float]
    terms: frozenset[int]


class Memory:
    """Verdicts ready to be compared, newest first."""

    def __init__(self, verdicts: Sequence[Remembered] = ()) -> None:
        self.verdicts = verdicts
        self._by_vector = [one for one in verdicts if len(one.vector)]
        self._matrix = _matrix([one.vector for one in self._by_vector])
        self._by_terms = _Terms([one for one in verdicts if not len(one.vector)])

    def lifts(self, asked: TicketVectors) -> Mapping[int, float]:
        """By ticket id, between -1 and 1; tickets that nobody judged for such a question are left out.

        Of one ticket and such a question everybody has one voice, however often they use it.
        """
        said: dict[int, list[tuple[int, float]]] = defaultdict(list)
        is_dense = self._matrix is not None and len(asked.text) == self._matrix.shape[1]
        if self._matrix is not None and is_dense:
            for place, alike in _alike(self._matrix, asked.text):
                one = self._by_vector[place]
                said[one.ticket_id].append((one.person_id, one.weight * _beyond(alike, ALIKE_BY_MEANING)))
        by_terms = self._by_terms if is_dense else self._all_by_terms
        for one, share in by_terms.alike(frozenset(asked.terms.indices)):
            said[one.ticket_id].append((one.person_id, one.weight * _beyond(share, ALIKE_BY_WORDS)))
        sums = {ticket_id: one_voice_each(weights) for ticket_id, weights in said.items()}
        return {ticket_id: math.tanh(CERTAINTY * total) for ticket_id, total in sums.items() if total}

    @cached_property
    def _all_by_terms(self) -> "_Terms":
        """Where the model is away."""
        return _Terms(self.verdicts) if self._by_vector else self._by_terms


class _Terms:
    """Verdicts by the terms of their questions: few of thousands have one in common with another question."""

    def __init__(self, verdicts: Sequence[Remembered]) -> None:
        self._verdicts = verdicts
        self._having: dict[int, list[int]] = defaultdict(list)
        for place, one in enumerate(verdicts):
            for term in one.terms:
                self._having[term].append(place)

    def alike(self, terms: frozenset[int]) -> Iterator[tuple[Remembered, float]]:
        """Those for questions alike, in their order, and how much alike: a share of common terms."""
        common = Counter(chain.from_iterable(self._having.get(term, ()) for term in terms))
        for place in sorted(common):
            one = self._verdicts[place]
            share = common[place] / (len(one.terms) + len(terms) - common[place])
            if share > ALIKE_BY_WORDS:
                yield one, share


async def read_memory(reading: Reading, *, model: str, known: Memory) -> Memory:
    """The newest verdicts of the reader's organization; those in `known` are not read again unless they changed."""
    since = known.verdicts[0].revision if known.verdicts else None
    read: list[Any] = []
    while len(read) < REMEMBERED:
        page = await _page(reading, since=since, before=read[-1].revision if read else None)
        read += page
        if len(page) < VERDICTS_AT_ONCE:
            break
    return await asyncio.to_thread(_remembering, read, known, model)


async def _page(reading: Reading, *, since: int | None, before: int | None) -> Sequence[Any]:
    statement = (
        select(
            SimilarVerdict.id,
            SimilarVerdict.revision,
            SimilarVerdict.user_id,
            SimilarVerdict.verdict,
            ShownTicket.similar_ticket_id,
            SimilarShowing.model,
            SimilarShowing.text,
            SimilarShowing.term_indices,
        )
        .join(ShownTicket, ShownTicket.id == SimilarVerdict.shown_id)
        .join(SimilarShowing, SimilarShowing.id == ShownTicket.showing_id)
        .where(SimilarVerdict.organization_id == reading.actor.organization_id)
        .order_by(SimilarVerdict.revision.desc())
        .limit(VERDICTS_AT_ONCE)
    )
    if since is not None:
        statement = statement.where(SimilarVerdict.revision > since)
    if before is not None:
        statement = statement.where(SimilarVerdict.revision < before)
    return (await reading.session.execute(statement)).all()


def _remembering(rows: Sequence[Any], known: Memory, model: str) -> Memory:
    """Tens of milliseconds of taking vectors apart and putting them side by side, for a thread."""
    read = [
        Remembered(
            verdict_id=row.id,
            revision=row.revision,
            person_id=row.user_id,
            ticket_id=row.similar_ticket_id,
            weight=WEIGHTS.get(row.verdict, 0.0),
            vector=unpacked(row.text, FLOAT32) if row.model == model != LEXICAL else (),
            terms=frozenset(int(index) for index in unpacked(row.term_indices, UINT32)),
        )
        for row in rows
    ]
    again = {one.verdict_id for one in read}
    return Memory([*read, *(one for one in known.verdicts if one.verdict_id not in again)][:REMEMBERED])


def _matrix(vectors: Sequence[Sequence[float]]) -> "npt.NDArray[np.float32] | None":
    if not vectors:
        return None
    import numpy as np  # noqa: PLC0415 (only where there are vectors to compare)

    return np.stack([np.asarray(vector, np.float32) for vector in vectors])


def _alike(matrix: "npt.NDArray[np.float32]", vector: Sequence[float]) -> Iterator[tuple[int, float]]:
    """Which rows are alike, and how much."""
    import numpy as np  # noqa: PLC0415 (as above)

    cosines = matrix @ np.asarray(vector, np.float32)
    places = np.flatnonzero(cosines > ALIKE_BY_MEANING)
    return zip(places.tolist(), cosines[places].tolist(), strict=True)


def _beyond(value: float, least: float) -> float:
    return (value - least) / (1 - least)
