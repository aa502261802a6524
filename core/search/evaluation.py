"""How good the search is on questions with known answers, measured in an index of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InvalidInputError
from core.search.documents import texts_of
from core.search.judged_files import Document
from core.search.ports import Embedder, VectorIndex
from core.search.ranking import rank
from core.search.values import Candidate, IndexEntry, IndexQuery, Ranked
from core.search.vectors import Asked, asked, ticket_vectors

ORGANIZATION = 1
CANDIDATES = 100
DOCUMENTS_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one question found, best first, and in how many milliseconds."""

    question: Document
    found: Sequence[tuple[Document, Ranked]]
    milliseconds: float


async def answers(
    embedder: Embedder,
    index: VectorIndex,
    corpus: Sequence[Document],
    questions: Iterable[Document],
    *,
    progress: Callable[[int], None] = lambda _count: None,
) -> AsyncIterator[Answer]:
    """Fill the (empty, opened) index with the corpus and ask each question.

    A question with a date sees only documents created before it, and none ever sees the document of its own id.
    """
    await fill(embedder, index, corpus, progress)
    numbers = {document.id: number for number, document in enumerate(corpus, start=1)}
    for question in questions:
        began = time.perf_counter()
        ready, candidates = await near(embedder, index, question, own=numbers.get(question.id))
        ranked = rank(ready.question, candidates, population=len(corpus))
        elapsed = (time.perf_counter() - began) * 1000
        found = [(corpus[one.ticket_id - 1], one) for one in ranked]
        yield Answer(question=question, found=found, milliseconds=elapsed)


async def near(
    embedder: Embedder, index: VectorIndex, question: Document, *, own: int | None
) -> tuple[Asked, list[Candidate]]:
    """What the filled index finds among the documents that the question may see; `own` is its own number there."""
    ready = await asked(embedder, question.ticket)
    query = IndexQuery(
        organization_id=ORGANIZATION,
        vectors=ready.vectors,
        limit=CANDIDATES,
        exclude_ticket_id=own,
        created_before=question.created,
    )
    return ready, await index.search(query)


async def fill(
    embedder: Embedder, index: VectorIndex, corpus: Sequence[Document], progress: Callable[[int], None]
) -> None:
    for start in range(0, len(corpus), DOCUMENTS_AT_ONCE):
        batch = corpus[start : start + DOCUMENTS_AT_ONCE]
        vectors = await ticket_vectors(embedder, [texts_of(document.ticket) for document in batch])
        await index.upsert(
            [
                IndexEntry(
                    ticket_id=start + offset + 1,
                    organization_id=ORGANIZATION,
                    # A document without a date was always there.
                    created_at=float("-1e12") if document.created is None else document.created,
                    vectors=made,
                )
                for offset, (document, made) in enumerate(zip(batch, vectors, strict=True))
            ]
        )
        progress(len(batch))
        await asyncio.sleep(0)


def measures(
    found: Iterable[Answer], relevant: Mapping[str, set[str]], corpus: Sequence[Document]
) -> dict[str, float | int]:
    """`mrr`, `map`, `hit@1`, `hit@3`, `hit@5` as fractions, `queries`, `p50_ms`, `p95_ms`.

    Only questions that have a right answer among the documents they may see are counted.
    """
    created = _created(corpus)
    reciprocal: list[float] = []
    precision: list[float] = []
    times: list[float] = []
    for answer in found:
        right = _right(answer.question, relevant, created)
        times.append(answer.milliseconds)
        if right:
            ranks = [rank for rank, (document, _) in enumerate(answer.found, start=1) if document.id in right]
            reciprocal.append(1 / ranks[0] if ranks else 0.0)
            precision.append(sum(hit / rank for hit, rank in enumerate(ranks, start=1)) / len(right))
    return {
        "mrr": _mean(reciprocal),
        "map": _mean(precision),
        "hit@1": _mean([value >= 1 for value in reciprocal]),
        "hit@3": _mean([value >= 1 / 3 for value in reciprocal]),
        "hit@5": _mean([value >= 1 / 5 for value in reciprocal]),
        "queries": len(reciprocal),
        "p50_ms": _percentile(times, 0.50),
        "p95_ms": _percentile(times, 0.95),
    }


def check_answerable(
    questions: Iterable[Document], relevant: Mapping[str, set[str]], corpus: Sequence[Document]
) -> None:
    """Look before everything is embedded.

    Raises:
        InvalidInputError: no question has a right answer among the documents it may see.
    """
    created = _created(corpus)
    if not any(_right(question, relevant, created) for question in questions):
        raise InvalidInputError(
            "No query has a right answer among the documents that it may see.",
            mend="Each query_id of the qrels must be the id of a query and each doc_id that of a document, "
            "which must be the older one where both have `created`.",
        )


def _created(corpus: Iterable[Document]) -> dict[str, float | None]:
    return {document.id: document.created for document in corpus}


def _right(question: Document, relevant: Mapping[str, set[str]], created: Mapping[str, float | None]) -> set[str]:
    return {
        document_id
        for document_id in relevant.get(question.id, ())
        if document_id in created and _may_see(question, document_id, created[document_id])
    }


def _may_see(question: Document, document_id: str, created: float | None) -> bool:
    if document_id == question.id:
        return False
    return question.created is None or created is None or created < question.created


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _percentile(values: Sequence[float], share: float) -> float:
    if not values:
        return 0.0
    return round(sorted(values)[min(int(share * len(values)), len(values) - 1)], 2)
