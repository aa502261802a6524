"""Which priority a ticket gets, why, and how sure that is."""

from dataclasses import dataclass

import structlog

from core.errors import DeskError
from core.tickets.values import Category, Priority
from core.triage.ports import SentenceVectors
from core.triage.pressing import Pressed, Pressing, Row
from core.triage.values import Guess
from core.triage.vocabulary import Urgency, Vocabulary, vocabulary

log = structlog.get_logger(__name__)

UNSURE_BELOW = 0.45
"""Of guesses with less, half and more are wrong."""
CERTAIN_FROM = 0.7
ALARMING_FROM = 0.85
"""High priority as sure as this stays high, however such tickets are handled at a desk."""
OWN_CHOICE = "what was chosen here on a ticket nearly alike"
OWN_HABIT = "the way that such tickets are handled here"


@dataclass(frozen=True, slots=True)
class Urgent:
    """A priority, None where it is left open, why, and the words that said so.

    `rival` is the next likely one where that is not much less so.
    """

    priority: Priority | None
    because: str = ""
    words: tuple[str, ...] = ()
    confidence: float = 1.0
    rival: Priority | None = None

    @property
    def or_low(self) -> Priority:
        """What is left open stays low until a person decides."""
        return self.priority or Priority.LOW


class Priorities:
    """Judges by meaning with an embedder, else by words. Call `prepare` first."""

    def __init__(self) -> None:
        self._pressing: Pressing | None = None

    async def prepare(self, embedder: SentenceVectors) -> None:
        """Load the weights; for a model of which none are shipped, learn them. While it is away, words decide."""
        if self._pressing is not None:
            return
        self._pressing = Pressing.shipped(embedder.model)
        if self._pressing is None:
            from core.triage.pressing_fit import fitted  # noqa: PLC0415 (numpy, only for a model that is not known)

            try:
                self._pressing = await fitted(embedder)
            except DeskError as error:
                log.warning("triage.embedder_away", model=embedder.model, reason=str(error))

    def of(self, text: str, vector: Row | None, category: Category | None) -> Urgent:
        """A wish is never pressing."""
        if category is Category.FEATURE_REQUEST:
            return Urgent(Priority.LOW)
        if vector is None or self._pressing is None:
            return urgency_of(text, category, vocabulary())
        return _told(self._pressing.judge(text, vector, vocabulary()), text)


def urgency_of(text: str, category: Category | None, words: Vocabulary) -> Urgent:
    """By words alone: the most pressing evidence in the text, low without any.

    A writer who says that there is no hurry is believed unless an alarm sounds, and a question with a single word of
    alarm is taken as one about it.
    """
    found = [(entry, said) for entry in words.urgencies if (said := entry.pattern.found(text))]
    for entry, said in sorted(found, key=lambda pair: _rank(pair[0])):
        is_asked_about = entry.is_alarm and category is Category.QUESTION and len(said) == 1 and "?" in text
        return Urgent(Priority.MEDIUM if is_asked_about else entry.priority, entry.because, said)
    return Urgent(Priority.LOW)


def _rank(entry: Urgency) -> int:
    """Alarms first, then that there is no hurry, then the rest by priority."""
    if entry.is_alarm:
        return 0
    return {Priority.LOW: 1, Priority.HIGH: 2, Priority.MEDIUM: 3}[entry.priority]


def _told(pressed: Pressed, text: str) -> Urgent:
    first, second = sorted(pressed.shares, key=lambda priority: -pressed.shares[priority])[:2]
    if pressed.confidence < UNSURE_BELOW:
        return Urgent(None, confidence=pressed.confidence, rival=second)
    because = pressed.reasons[first]
    words = tuple(
        word for entry in vocabulary().urgencies if entry.because == because for word in entry.pattern.found(text)
    )
    return Urgent(
        first,
        because if first is not Priority.LOW or words else "",
        words,
        pressed.confidence,
        second if pressed.confidence < CERTAIN_FROM else None,
    )


def as_taught(urgent: Urgent, own: Guess | None) -> Urgent:
    """The priority as people of this desk choose it.

    What is surely alarming stays high whatever they do elsewhere, but not what they chose on a ticket nearly alike.
    """
    if own is None or own.label == urgent.priority:
        return urgent
    is_alarming = urgent.priority is Priority.HIGH and urgent.confidence >= ALARMING_FROM
    if is_alarming and not own.is_recalled:
        return urgent
    because = OWN_CHOICE if own.is_recalled else OWN_HABIT
    return Urgent(Priority(own.label), because=because, confidence=own.confidence)
