"""How good the search is on questions with known answers, measured in an index of its own."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import InvalidInputError
from core.search.documents import TicketText, question_of, texts_of
from core.search.ports import Embedder, VectorIndex
from core.search.ranking import rank
from core.search.values import IndexEntry, IndexQuery, Ranked
from core.search.vectors import asked, ticket_vectors

ORGANIZATION = 1
CANDIDATES = 100
DOCUMENTS_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A ticket of the collection, or a question. `created` (seconds since 1970) is None where the file has none."""

    id: str
    ticket: TicketText
    created: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one question found, best first, and in how many milliseconds."""

    question: Document
    found: Sequence[tuple[Document, Ranked]]
    milliseconds: float


def read_documents(path: Path) -> list[Document]:
    """Lines `{id, title, body, …, created?}` or `{id, text, …, created?}`.

    Raises:
        InvalidInputError: a line is not such an object.
    """
    return [_document(line) for line in _lines(path)]


def read_relevant(path: Path) -> dict[str, set[str]]:
    """Lines `{query_id, doc_id}`: the right answers of each question.

    Raises:
        InvalidInputError: a line is not such an object.
    """
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in _lines(path):
        try:
            relevant[str(line["query_id"])].add(str(line["doc_id"]))
        except KeyError as error:
            raise InvalidInputError(f"{path.name}: a line lacks {error}.") from error
    return dict(relevant)


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
        ready = await asked(embedder, question.ticket)
        query = IndexQuery(
            organization_id=ORGANIZATION,
            vectors=ready.vectors,
            limit=CANDIDATES,
            exclude_ticket_id=numbers.get(question.id),
            created_before=question.created,
        )
        candidates = await index.search(query)
        ranked = rank(ready.question, candidates, population=len(corpus))
        elapsed = (time.perf_counter() - began) * 1000
        found = [(corpus[one.ticket_id - 1], one) for one in ranked]
        yield Answer(question=question, found=found, milliseconds=elapsed)


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
    created = {document.id: document.created for document in corpus}
    reciprocal: list[float] = []
    precision: list[float] = []
    times: list[float] = []
    for answer in found:
        right = {
            document_id
            for document_id in relevant.get(answer.question.id, ())
            if document_id in created and _may_see(answer.question, document_id, created[document_id])
        }
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


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                parsed = json.loads(line)
            except ValueError as error:
                raise InvalidInputError(f"{path.name}, line {number} is no JSON.") from error
            if not isinstance(parsed, dict):
                raise InvalidInputError(f"{path.name}, line {number} is no object.")
            yield parsed


def _document(line: Mapping[str, Any]) -> Document:
    if "id" not in line or not (line.keys() & {"title", "body", "text"}):
        raise InvalidInputError(f"A line lacks id, or title and body, or text: {json.dumps(line)[:80]}")
    if "title" in line or "body" in line:
        ticket = TicketText(title=str(line.get("title") or ""), description=str(line.get("body") or ""))
    else:
        ticket = question_of(str(line["text"]))
    return Document(id=str(line["id"]), ticket=ticket, created=_seconds(line.get("created")))


def _seconds(moment: object) -> float | None:
    if moment is None or moment == "":
        return None
    try:
        parsed = datetime.fromisoformat(str(moment))
    except ValueError as error:
        raise InvalidInputError(f"created is no ISO 8601 date: {str(moment)[:40]}") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
