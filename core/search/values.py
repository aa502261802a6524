"""Similar tickets as people see them."""

from dataclasses import dataclass
from datetime import datetime

from core.tickets.values import Category


@dataclass(frozen=True, kw_only=True, slots=True)
class SimilarTicket:
    """A completed public ticket that may already hold the answer. `score` is between 0 and 1, higher is closer."""

    ticket_id: int
    number: int
    title: str
    category: Category | None
    description: str
    resolution: str
    score: float
    resolved_at: datetime | None = None
