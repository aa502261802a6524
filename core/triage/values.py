"""What triage advises, and what asking cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from core.errors import DeskError
from core.tickets.values import Category, Complexity, Priority

EMBEDDED_CHARACTERS = 1_200


@dataclass(frozen=True, kw_only=True, slots=True)
class TriageRequest:
    """The ticket as triage sees it. Text is data, never an instruction."""

    title: str
    description: str
    known_skills: tuple[str, ...] = ()
    organization_id: int = 0
    """Whose own tickets may have taught how to sort it; 0 is nobody's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Precedent:
    """An earlier ticket as an example. `sorted_as` and `advised` give values by field; `advised` is what was wrong."""

    title: str
    text: str = ""
    resolution: str = ""
    sorted_as: Mapping[str, object] = field(default_factory=dict)
    advised: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Precedents:
    """What a desk knows already: advice that its people corrected, and public resolved tickets like the one asked of.

    `calls` were billed for finding them.
    """

    corrected: tuple[Precedent, ...] = ()
    similar: tuple[Precedent, ...] = ()
    calls: tuple["AiCall", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """Advice on a ticket. A field is None where the model abstains; `confidence` is between 0 and 1."""

    category: Category | None
    priority: Priority | None
    reasoning: str
    related_skills: tuple[str, ...] = ()
    notes: str = ""
    complexity: Complexity | None = None
    confidence: float = 0.0
    model: str = "local"
    fallback_reason: str = ""


def percent_sure(confidence: float) -> int:
    """A confidence as people read it: no advice is certain."""
    return round(min(max(confidence, 0.0), 0.99) * 100)


class Taught(StrEnum):
    """The fields that are learned. Of skills the first that a person named, as a ticket has any number of them."""

    CATEGORY = "category"
    PRIORITY = "priority"
    SKILL = "skill"
    COMPLEXITY = "complexity"


@dataclass(frozen=True, slots=True)
class Example:
    """A ticket that somebody has sorted. `origin` is where it came from, where tickets of one place share habits."""

    title: str
    text: str
    label: str
    origin: str = ""

    @property
    def whole(self) -> str:
        """What is embedded of it beside its title."""
        return f"{self.title}. {self.text}"[:EMBEDDED_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest label and its probability; `is_sure` is False where it had better abstain.

    `is_foreign` tells that the text is unlike those learned from, which the probability cannot know; `is_recalled` that
    a person chose it on a ticket nearly alike.
    """

    label: str
    confidence: float
    is_sure: bool
    is_foreign: bool = False
    is_recalled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AiCall:
    """One billed call. `cost_usd` is None without a known price; `outcome` is ok, refused, invalid, or the error."""

    model: str
    purpose: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    duration_ms: int
    outcome: str = "ok"


@dataclass(frozen=True, kw_only=True, slots=True)
class TriageResult:
    """What one triage run gave: the advice and every call that was billed on the way, failed ones included."""

    suggestion: Suggestion
    calls: tuple[AiCall, ...] = field(default=())


class TriageFailedError(DeskError):
    """The engine gave no advice. `reason` is one word for the record; `calls` were made and have to be billed."""

    def __init__(self, reason: str, *, calls: tuple[AiCall, ...] = ()) -> None:
        super().__init__(
            f"Automatic triage gave no advice ({reason}).", mend="A moderator can sort the ticket by hand."
        )
        self.reason = reason
        self.calls = calls
