"""A made-up history of feedback: people of a desk ask, are shown similar tickets, and say what helped.

Each topic has several solved tickets that look alike to the search. What people call the trouble (a word that is in no
ticket) tells which of them helps; for some words none does. Only feedback can teach that.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

TOPICS = (
    "the vpn client drops its tunnel every morning",
    "the printer on the second floor jams with glossy paper",
    "outlook calendar invitations arrive twice for everybody",
    "the backup of the file server fails at night",
)
TICKETS_OF_TOPIC = 3
FILLERS = ("again", "monday", "team", "urgently", "lunch", "somehow", "laptop", "holidays")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks; `topic` and `helper` name the one ticket that helps, `helper` is None where none does."""

    text: str
    topic: int
    helper: int | None


class History:
    """Tickets and any number of questions, the same for the same seed; `unanswerable` of them nothing solves."""

    def __init__(self, seed: int, *, unanswerable: float) -> None:
        self._random = random.Random(seed)  # noqa: S311 (no secret)
        self._unanswerable = unanswerable

    def tickets(self) -> Sequence[tuple[int, int, str, str]]:
        """(topic, number within it, title, description)."""
        return [
            (topic, number, f"{words} case{topic}{number}", f"{words} seen by person{topic}{number}")
            for topic, words in enumerate(TOPICS)
            for number in range(TICKETS_OF_TOPIC)
        ]

    def question(self) -> Question:
        topic = self._random.randrange(len(TOPICS))
        answerable = self._random.random() >= self._unanswerable
        helper = self._random.randrange(TICKETS_OF_TOPIC) if answerable else None
        slang = " ".join(f"slang{topic}{helper if answerable else 'none'}{i}" for i in range(4))
        filler = " ".join(self._random.sample(FILLERS, 2))
        return Question(f"{TOPICS[topic]} {slang} {filler}", topic, helper)
