"""How today's triage would have done on a desk's own closed tickets, in the order in which they came.

Of each ticket the engine knows only what earlier ones taught: it learns again and again on the way, as a desk does.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import func, select

from core.db.unit_of_work import Reading
from core.tickets.models import Ticket
from core.tickets.values import Category, Priority, SetBy, Status
from core.triage.evaluation import calibration_error
from core.triage.examples import MOST_EXAMPLES, Examples
from core.triage.learned import Classifier
from core.triage.local import LocalTriage
from core.triage.models import AiUsage
from core.triage.ports import SentenceVectors
from core.triage.rows import Floats
from core.triage.sentences import rows_of
from core.triage.values import Example, Guess, Suggestion, Taught, TriageRequest

TIMES_LEARNED = 10
FEWEST_BETWEEN = 20
STEPS = 10
ABSTAINED = "no opinion"


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """A closed ticket and what it came to. `priority` is None where no person chose it."""

    id: int
    title: str
    description: str
    category: Category
    priority: Priority | None
    created_at: datetime
    resolved_at: datetime
    merged_into_id: int | None = None

    @property
    def example(self) -> Example:
        return Example(self.title, self.description, self.category.value)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A closed ticket and what the engine would have advised when it came."""

    ticket: Closed
    advice: Suggestion


@dataclass(frozen=True, slots=True)
class Spent:
    """What models have really cost on the organization's tickets. `cost_usd` leaves out calls without a price."""

    tickets: int
    calls: int
    cost_usd: Decimal


async def closed_tickets(reading: Reading, last: int) -> list[Closed]:
    """The newest so many closed tickets of the actor's organization that have a category, oldest first."""
    rows = await reading.session.execute(
        select(
            Ticket.id,
            Ticket.title,
            Ticket.description,
            Ticket.category,
            Ticket.priority,
            Ticket.set_by,
            Ticket.created_at,
            func.coalesce(Ticket.resolved_at, Ticket.updated_at).label("resolved_at"),
            Ticket.merged_into_id,
        )
        .where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.deleted_at.is_(None),
            Ticket.status == Status.COMPLETED,
            Ticket.category.is_not(None),
        )
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        .limit(last)
    )
    return [
        Closed(
            id=row.id,
            title=row.title,
            description=row.description,
            category=row.category,
            priority=row.priority if row.set_by.get("priority") == SetBy.PERSON else None,
            created_at=row.created_at,
            resolved_at=row.resolved_at,
            merged_into_id=row.merged_into_id,
        )
        for row in reversed(rows.all())
    ]


async def spent_on_tickets(reading: Reading) -> Spent:
    """All calls that were made for tickets of the actor's organization."""
    statement = select(func.count(AiUsage.ticket_id.distinct()), func.count(), func.sum(AiUsage.cost_usd)).where(
        AiUsage.organization_id == reading.actor.organization_id, AiUsage.ticket_id.is_not(None)
    )
    tickets, calls, cost = (await reading.session.execute(statement)).one()
    return Spent(tickets, calls, Decimal(cost or 0).quantize(Decimal("0.000001")))


class _Handed:
    """Experience that is handed over, ticket by ticket."""

    def __init__(self) -> None:
        self.next: dict[Taught, Guess] = {}

    async def guesses(self, _request: TriageRequest) -> dict[Taught, Guess]:
        return self.next


async def replay(
    tickets: Sequence[Closed], embedder: SentenceVectors, *, progress: Callable[[int], None] = lambda _count: None
) -> list[Replayed]:
    """Advice on each ticket, oldest first, by an engine that has learned from those resolved before it alone.

    Raises:
        TryAgainLaterError: the embedder's provider did not answer.
    """
    vectors = await rows_of(embedder, [ticket.example for ticket in tickets])
    handed = _Handed()
    engine = LocalTriage(embedder, own=handed)
    step = max(FEWEST_BETWEEN, -(-len(tickets) // TIMES_LEARNED))
    replayed: list[Replayed] = []
    for start in range(0, len(tickets), step):
        classifier = await _learned(tickets, vectors, before=tickets[start].created_at)
        for place in range(start, min(start + step, len(tickets))):
            ticket = tickets[place]
            handed.next = {Taught.CATEGORY: classifier.guess(ticket.example, vectors[place])} if classifier else {}
            result = await engine.suggest(TriageRequest(title=ticket.title, description=ticket.description))
            replayed.append(Replayed(ticket, result.suggestion))
            progress(1)
    return replayed


async def _learned(tickets: Sequence[Closed], vectors: Floats, *, before: datetime) -> Classifier | None:
    places = [place for place, ticket in enumerate(tickets) if ticket.resolved_at < before][-MOST_EXAMPLES:]
    examples = Examples([tickets[place].example for place in places])
    if not examples.are_enough:
        return None
    return await asyncio.to_thread(Classifier.learn, examples.examples, vectors[places])


def history_measures(replayed: Sequence[Replayed]) -> dict[str, Any]:
    """What `tickmate eval history` prints of triage. Accuracy counts only where the engine did not abstain."""
    categories = [(one.ticket.category.value, one.advice.category, one.advice.confidence) for one in replayed]
    answered = [(wanted, said, sure) for wanted, said, sure in categories if said is not None]
    priorities = [(one.ticket.priority, one.advice.priority) for one in replayed if one.ticket.priority]
    confusion = Counter((wanted, said.value if said else ABSTAINED) for wanted, said, _ in categories)
    return {
        "tickets": len(replayed),
        "by_own_tickets": sum(one.advice.model == "local/own tickets" for one in replayed),
        "coverage": _share(len(answered), len(replayed)),
        "accuracy": _share(sum(wanted == said for wanted, said, _ in answered), len(answered)),
        "ece": _calibration(answered),
        "calibration": _steps(answered),
        "confusion": {
            wanted: {said: count for (of, said), count in sorted(confusion.items()) if of == wanted}
            for wanted in sorted({wanted for wanted, _ in confusion})
        },
        "priorities_chosen": len(priorities),
        "priority_accuracy": _share(sum(wanted == said for wanted, said in priorities), len(priorities)),
    }


def _calibration(answered: Sequence[tuple[str, Category | None, float]]) -> float | None:
    if not answered:
        return None
    confidence = np.array([sure for _, _, sure in answered])
    right = np.array([wanted == said for wanted, said, _ in answered])
    return round(calibration_error(confidence, right), 4)


def _steps(answered: Sequence[tuple[str, Category | None, float]]) -> list[dict[str, float]]:
    """How many answers of each tenth of confidence there were, and how many of them right."""
    steps = []
    for step in range(STEPS):
        of_step = [wanted == said for wanted, said, sure in answered if min(int(sure * STEPS), STEPS - 1) == step]
        if of_step:
            right = sum(of_step) / len(of_step)
            steps.append({"from": step / STEPS, "answers": len(of_step), "right": round(right, 4)})
    return steps


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
