"""The replay of a desk's history: each ticket is sorted by what earlier ones taught, and by nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from core.search.embedders.lexical import LexicalOnly
from core.tickets.values import Category, Priority
from core.triage.replay import Closed, Replayed, history_measures, replay
from core.triage.values import Suggestion

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
THINGS = ("badge", "parking", "locker", "canteen")
WHERE = ("at the gate", "in building two", "for my team", "on monday", "again")


def closed(number: int, category: Category, thing: str, **more: object) -> Closed:
    created = BEGAN + timedelta(hours=number)
    fields = {
        "id": number,
        "title": f"{thing} {WHERE[number % len(WHERE)]}",
        "description": "",
        "category": category,
        "priority": None,
        "created_at": created,
        "resolved_at": created + timedelta(minutes=30),
    }
    return Closed(**(fields | more))  # type: ignore[arg-type]


def of_habit(count: int, badge: Category, start: int = 0) -> list[Closed]:
    """A desk at which badges are one thing and parking another, whatever their words say."""
    return [
        closed(number, badge if number % 2 else Category.PERFORMANCE, "badge" if number % 2 else "parking")
        for number in range(start, start + count)
    ]


async def test_later_tickets_are_sorted_as_earlier_ones_taught() -> None:
    counted: list[int] = []
    replayed = await replay(of_habit(160, Category.FEATURE_REQUEST), LexicalOnly(), progress=counted.append)
    assert sum(counted) == 160
    assert all(one.advice.model == "local" for one in replayed[:40])
    last = replayed[-20:]
    assert all(one.advice.model == "local/own tickets" for one in last)
    assert all(one.advice.category is one.ticket.category for one in last)


async def test_no_ticket_is_sorted_by_what_came_after_it() -> None:
    """The habit turns at ticket 100: what was just before it must not know."""
    tickets = of_habit(100, Category.FEATURE_REQUEST) + of_habit(100, Category.QUESTION, start=100)
    replayed = await replay(tickets, LexicalOnly())
    learned = [one for one in replayed[:120] if one.advice.model == "local/own tickets" and "badge" in one.ticket.title]
    assert learned
    assert {one.advice.category for one in learned} == {Category.FEATURE_REQUEST}


async def test_what_was_not_resolved_yet_teaches_nothing() -> None:
    late = BEGAN + timedelta(days=365)
    tickets = [
        closed(number, one.category, one.title, resolved_at=late)
        for number, one in enumerate(of_habit(120, Category.FEATURE_REQUEST))
    ]
    replayed = await replay(tickets, LexicalOnly())
    assert {one.advice.model for one in replayed} == {"local"}


def advised(wanted: Category, said: Category | None, confidence: float, **more: object) -> Replayed:
    advice = Suggestion(category=said, priority=Priority.HIGH, reasoning="", confidence=confidence)
    return Replayed(closed(1, wanted, "badge", **more), advice)


def test_measures_follow_their_definitions() -> None:
    measures = history_measures(
        [
            advised(Category.BUG, Category.BUG, 0.95, priority=Priority.HIGH),
            advised(Category.BUG, Category.QUESTION, 0.95, priority=Priority.LOW),
            advised(Category.QUESTION, None, 0.3),
            advised(Category.QUESTION, Category.QUESTION, 0.5),
        ]
    )
    assert (measures["tickets"], measures["coverage"]) == (4, 0.75)
    assert measures["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert measures["confusion"] == {"Bug": {"Bug": 1, "Question": 1}, "Question": {"Question": 1, "no opinion": 1}}
    assert measures["calibration"] == [
        {"from": 0.5, "answers": 1, "right": 1.0},
        {"from": 0.9, "answers": 2, "right": 0.5},
    ]
    # a third of the answers say 0.5 and are right, two thirds say 0.95 and are right at a half
    assert measures["ece"] == pytest.approx(1 / 3 * 0.5 + 2 / 3 * 0.45, abs=1e-4)
    assert (measures["priorities_chosen"], measures["priority_accuracy"]) == (2, 0.5)


def test_nothing_answered_is_no_division_by_nothing() -> None:
    measures = history_measures([advised(Category.BUG, None, 0.1)])
    assert (measures["accuracy"], measures["ece"], measures["priority_accuracy"]) == (None, None, None)
