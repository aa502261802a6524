"""What feedback teaches: verdicts are replayed, and questions that nobody judged are measured before and after.

Usage: python bench/search_feedback.py --model DIR --corpus C.jsonl --queries Q.jsonl --qrels R.jsonl [--precision 0.8]

Every second question is asked in turn; of the first three that are shown each is judged, and counts from the next
question on. For half of all questions the right answers are taken out of what is found: nothing that is shown helps.

Two JSON lines, before and after: `mrr` of the unjudged questions that have an answer, `precision` of what is `shown`
for all unjudged ones, and the precision that is `wanted` (without the option: what the measured threshold gives).
"""

import argparse
import asyncio
import json
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from core.search.calibration import MEASURED, default_min_score, expected_precision, least_chance
from core.search.edge import EdgeIndex
from core.search.embedders.minilm import MiniLm
from core.search.evaluation import fill, near
from core.search.judged_files import Document, read_documents, read_relevant
from core.search.learned import Learned
from core.search.learning import Evidence, fitted
from core.search.memory import WEIGHTS, Memory, Remembered
from core.search.values import Candidate, Ranked, Verdict
from core.search.vectors import Asked

SHOWN = 3
PEOPLE = 20
ASKED_IN_AN_HOUR = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What was found for it, and which of it is right: nothing where the answers were taken out."""

    asked: Asked
    found: Sequence[Candidate]
    right: frozenset[int]
    population: int

    def ranked(self, learned: Learned, *, least: float = 0.0) -> list[Ranked]:
        return list(learned.best_first(self.asked, self.found, population=self.population, least=least))

    def shown(self, learned: Learned) -> list[Ranked]:
        return list(islice(self.ranked(learned, least=learned.least_chance), SHOWN))


async def found_for(
    folder: Path, corpus: Sequence[Document], questions: Sequence[Document], relevant: Mapping[str, set[str]]
) -> list[Question]:
    """Every question that has an answer; of each second pair the answers are taken out."""
    embedder = MiniLm(folder)
    numbers = {document.id: number for number, document in enumerate(corpus, start=1)}
    made: list[Question] = []
    with tempfile.TemporaryDirectory() as temporary:
        index = EdgeIndex(Path(temporary), model="feedback", dimension=embedder.dimension)
        await index.open()
        await fill(embedder, index, corpus, lambda _count: None)
        for question in questions:
            right = frozenset(numbers[one] for one in relevant.get(question.id, ()) if one in numbers)
            if not right:
                continue
            asked, found = await near(embedder, index, question, own=numbers.get(question.id))
            if len(made) // 2 % 2:
                found, right = [one for one in found if one.ticket_id not in right], frozenset()
            made.append(Question(asked, found, right, len(corpus)))
        await index.close()
    await embedder.close()
    return made


def taught(history: Sequence[Question], learned: Learned, precision: float | None) -> Learned:
    """What the verdicts on what was shown have taught; chances and threshold are fitted now and then, as every hour."""
    remembered: list[Remembered] = []
    evidence: list[Evidence] = []
    for number, question in enumerate(history, start=1):
        for one in question.shown(learned):
            verdict = Verdict.SOLVED_IT if one.ticket_id in question.right else Verdict.NOT_HELPFUL
            evidence.append(Evidence(score=one.score, lift=one.lift, helped=verdict.is_good, weight=1.0))
            remembered.insert(0, _remembered(len(evidence), number % PEOPLE, question, one.ticket_id, verdict))
        learned = replace(learned, memory=Memory(remembered))
        if number % ASKED_IN_AN_HOUR == 0 or number == len(history):
            calibration = fitted(evidence)
            shown = [(calibration.chance(one.score, one.lift), one.weight) for one in evidence]
            least = least_chance(calibration, shown, lexical=False, precision=precision)
            learned = replace(learned, calibration=calibration, least_chance=least)
    return learned


def _remembered(number: int, person: int, question: Question, ticket_id: int, verdict: Verdict) -> Remembered:
    vectors = question.asked.vectors
    return Remembered(
        verdict_id=number,
        revision=number,
        person_id=person,
        ticket_id=ticket_id,
        weight=WEIGHTS[verdict],
        vector=vectors.text,
        terms=frozenset(vectors.terms.indices),
    )


def measured(unjudged: Sequence[Question], learned: Learned) -> dict[str, float]:
    ranks = []
    for question in unjudged:
        if question.right:
            ranked = [one.ticket_id in question.right for one in question.ranked(learned)]
            ranks.append(1 / (ranked.index(True) + 1) if True in ranked else 0.0)
    helped = [one.ticket_id in question.right for question in unjudged for one in question.shown(learned)]
    precision = sum(helped) / len(helped) if helped else 1.0
    return {"mrr": round(statistics.fmean(ranks), 4), "precision": round(precision, 4), "shown": len(helped)}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "corpus", "queries", "qrels"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--precision", type=float)
    chosen = parser.parse_args()
    corpus, questions = read_documents(chosen.corpus), read_documents(chosen.queries)
    asked = await found_for(chosen.model, corpus, questions, read_relevant(chosen.qrels))
    history, unjudged = asked[::2], asked[1::2]
    wanted = expected_precision(lexical=False) if chosen.precision is None else chosen.precision
    least = default_min_score(lexical=False)
    if chosen.precision is not None:
        least = least_chance(MEASURED, (), lexical=False, precision=chosen.precision)
    before = Learned(calibration=MEASURED, least_chance=least, memory=Memory())
    for moment, learned in (("before", before), ("after", taught(history, before, chosen.precision))):
        told = {"moment": moment, "judged": len(history), "unjudged": len(unjudged), **measured(unjudged, learned)}
        print(json.dumps(told | {"wanted": round(wanted, 4), "least_chance": round(learned.least_chance, 4)}))


if __name__ == "__main__":
    asyncio.run(main())
