"""How good the order of similar tickets is beside that of each vector alone and of simple fusions of them.

Usage: python bench/search_quality.py --model DIR --corpus C.jsonl --queries Q.jsonl --qrels R.jsonl

One JSON line for each way of ordering the same candidates: its mean reciprocal rank, what ours has more (`ours_more`)
and the 95 % interval of that difference over questions drawn anew (paired bootstrap). Where it holds 0, the set
cannot tell the two apart.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.search.edge import EdgeIndex
from core.search.embedders.minilm import MiniLm
from core.search.evaluation import fill, near
from core.search.judged_files import Document, read_documents, read_relevant
from core.search.ports import Embedder
from core.search.ranking import rank
from core.search.values import Candidate

DRAWS = 5000
RRF = 60
Order = Callable[[Sequence[Candidate]], list[int]]


def by(leg: str) -> Order:
    return lambda found: [c.ticket_id for c in sorted(found, key=lambda c: (-_value(c, leg), c.ticket_id))]


def by_ranks(found: Sequence[Candidate]) -> list[int]:
    """Reciprocal rank fusion."""
    sums = {c.ticket_id: 0.0 for c in found}
    for leg in ("title", "text", "terms"):
        for place, ticket_id in enumerate(by(leg)([c for c in found if getattr(c, leg) is not None]), start=1):
            sums[ticket_id] += 1 / (RRF + place)
    return sorted(sums, key=lambda ticket_id: (-sums[ticket_id], ticket_id))


def by_sum(found: Sequence[Candidate], legs: Sequence[str] = ("title", "text", "terms")) -> list[int]:
    """Standardised scores at equal weight."""
    sums = {c.ticket_id: 0.0 for c in found}
    for leg in legs:
        least = min((_value(c, leg) for c in found if getattr(c, leg) is not None), default=0.0)
        values = [max(_value(c, leg), least) for c in found]
        spread = statistics.pstdev(values) or 1.0
        for candidate, value in zip(found, values, strict=True):
            sums[candidate.ticket_id] += (value - statistics.mean(values)) / spread
    return sorted(sums, key=lambda ticket_id: (-sums[ticket_id], ticket_id))


OTHERS: Mapping[str, Order] = {
    "title": by("title"),
    "text": by("text"),
    "words": by("terms"),
    "ranks": by_ranks,
    "sum": by_sum,
    "meanings": lambda found: by_sum(found, ("title", "text")),
}


def _value(candidate: Candidate, leg: str) -> float:
    found = getattr(candidate, leg)
    return -1.0 if found is None else float(found)


async def reciprocal_ranks(
    embedder: Embedder, corpus: Sequence[Document], questions: Sequence[Document], relevant: Mapping[str, set[str]]
) -> dict[str, list[float]]:
    """By way of ordering, for each question that has an answer."""
    numbers = {document.id: number for number, document in enumerate(corpus, start=1)}
    ranks: dict[str, list[float]] = {name: [] for name in ("ours", *OTHERS)}
    with tempfile.TemporaryDirectory() as folder:
        index = EdgeIndex(Path(folder), model="quality", dimension=embedder.dimension)
        await index.open()
        await fill(embedder, index, corpus, lambda _count: None)
        for question in questions:
            right = {numbers[one] for one in relevant.get(question.id, ()) if one in numbers}
            if not right:
                continue
            ready, found = await near(embedder, index, question, own=numbers.get(question.id))
            ours = [one.ticket_id for one in rank(ready.question, found, population=len(corpus))]
            for name, order in {"ours": ours, **{name: order(found) for name, order in OTHERS.items()}}.items():
                places = [place for place, ticket_id in enumerate(order, start=1) if ticket_id in right]
                ranks[name].append(1 / places[0] if places else 0.0)
        await index.close()
    return ranks


def interval(differences: Sequence[float]) -> tuple[float, float]:
    chosen = random.Random(7)  # noqa: S311 (no secret)
    means = sorted(statistics.fmean(chosen.choices(differences, k=len(differences))) for _ in range(DRAWS))
    return round(means[int(0.025 * DRAWS)], 4), round(means[int(0.975 * DRAWS)], 4)


def report(ranks: Mapping[str, Sequence[float]]) -> None:
    for name, values in ranks.items():
        more = [ours - other for ours, other in zip(ranks["ours"], values, strict=True)]
        line = {"order": name, "queries": len(values), "mrr": round(statistics.fmean(values), 4)}
        print(
            json.dumps(line | {"ours_more": round(statistics.fmean(more), 4), "interval": interval(more)}), flush=True
        )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    for name in ("corpus", "queries", "qrels"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    chosen = parser.parse_args()
    embedder = MiniLm(chosen.model)
    corpus, questions = read_documents(chosen.corpus), read_documents(chosen.queries)
    report(await reciprocal_ranks(embedder, corpus, questions, read_relevant(chosen.qrels)))
    await embedder.close()


if __name__ == "__main__":
    asyncio.run(main())
