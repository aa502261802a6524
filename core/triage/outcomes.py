"""How triage does over time: how often it dares to say something, and how often that still stands in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, case, cast, func, select

from core.db.unit_of_work import Reading
from core.tickets.models import Ticket
from core.triage.models import StoredSuggestion
from core.weeks import last_weeks, week_of


@dataclass(frozen=True, kw_only=True, slots=True)
class TriageWeek:
    """The tickets completed in a week on which triage had been asked.

    `categories` and `priorities` count those on which it said one, `right_categories` and `right_priorities` those of
    them that were completed with it: whoever works a ticket has set it so, or let it stand.
    """

    since: datetime
    tickets: int = 0
    categories: int = 0
    right_categories: int = 0
    priorities: int = 0
    right_priorities: int = 0

    @property
    def coverage(self) -> float | None:
        """The share of tickets on which it said a category."""
        return self.categories / self.tickets if self.tickets else None

    @property
    def precision(self) -> float | None:
        """The share of categories said that were right."""
        return self.right_categories / self.categories if self.categories else None

    @property
    def priority_precision(self) -> float | None:
        """The share of priorities said that were right."""
        return self.right_priorities / self.priorities if self.priorities else None


async def triage_weeks(reading: Reading) -> Sequence[TriageWeek]:
    """Of the reader's organization, oldest first, by the newest advice on each ticket."""
    starts = last_weeks(reading.clock.now())
    week = week_of(Ticket.resolved_at, starts)
    newest = (
        select(func.max(StoredSuggestion.id))
        .where(StoredSuggestion.ticket_id == Ticket.id)
        .correlate(Ticket)
        .scalar_subquery()
    )
    rows = await reading.session.execute(
        select(
            week,
            func.count(),
            _count(StoredSuggestion.category.is_not(None)),
            _count(StoredSuggestion.category == Ticket.category),
            _count(StoredSuggestion.priority.is_not(None)),
            _count(StoredSuggestion.priority == Ticket.priority),
        )
        .join(StoredSuggestion, StoredSuggestion.id == newest)
        .where(
            Ticket.organization_id == reading.actor.organization_id,
            Ticket.resolved_at >= starts[0],
            Ticket.deleted_at.is_(None),
            Ticket.merged_into_id.is_(None),
        )
        .group_by(week)
    )
    counted = {number: [int(count) for count in counts] for number, *counts in rows}
    return [_week(start, counted.get(number, [0] * 5)) for number, start in enumerate(starts)]


def _week(since: datetime, counts: Sequence[int]) -> TriageWeek:
    tickets, categories, right_categories, priorities, right_priorities = counts
    return TriageWeek(
        since=since,
        tickets=tickets,
        categories=categories,
        right_categories=right_categories,
        priorities=priorities,
        right_priorities=right_priorities,
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(cast(case((condition, 1), else_=0), Integer))
