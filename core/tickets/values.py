"""The ticket's vocabulary and its pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Category(StrEnum):
    BUG = "Bug"
    FEATURE_REQUEST = "Feature Request"
    QUESTION = "Question"
    PERFORMANCE = "Performance"


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Status(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"  # on the requester: its clocks stop
    COMPLETED = "completed"


class Complexity(StrEnum):
    SIMPLE = "simple"
    MODERATE = "moderate"
    COMPLEX = "complex"


class Visibility(StrEnum):
    """Who may read a reply: everybody in the ticket, or only those who work it."""

    PUBLIC = "public"
    INTERNAL = "internal"


class SetBy(StrEnum):
    """Who set a field last. A person always wins over a rule, a rule over a model."""

    DEFAULT = "default"
    MODEL = "model"
    RULE = "rule"
    PERSON = "person"


NOT_YET_SORTED = "not yet sorted"
TITLE_LENGTH = 200
TEXT_LENGTH = 100_000
MOST_PARTICIPANTS = 20
COMMENT_LENGTH = 3_000
SCORES = range(1, 6)
"""How satisfied somebody may say to be, 5 the most."""


def title_from(title: str, text: str) -> str:
    """A usable title: the given one, else the first line that says something."""
    for line in (title, *text.splitlines()):
        cleaned = " ".join(line.replace("\x00", "").split())
        if cleaned:
            return cleaned if len(cleaned) <= TITLE_LENGTH else cleaned[: TITLE_LENGTH - 1] + "…"
    return "(no subject)"


def category_label(category: Category | None) -> str:
    """What people read for a category, sorted or not."""
    return category.value if category else NOT_YET_SORTED


def status_label(status: Status) -> str:
    return status.value.replace("_", " ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody as shown on a ticket. `remark` is what whoever works it should know of them."""

    id: int
    name: str
    email: str | None = None
    slack_id: str | None = None
    role: str = "user"
    remark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketContent:
    """What a ticket from elsewhere says, apart from the people in it: an export of another desk, or the demo data."""

    title: str
    description: str
    created_at: datetime
    category: Category | None = None
    priority: Priority = Priority.LOW
    status: Status = Status.PENDING
    is_public: bool = False
    related_skills: Sequence[str] = ()
    helpful_notes: str = ""
    resolution: str = ""
    resolved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketSnapshot:
    """A ticket as it stood when read: what cards, mails and pages show."""

    id: int
    number: int
    organization_id: int
    title: str
    description: str
    category: Category | None
    priority: Priority
    status: Status
    is_public: bool
    helpful_notes: str
    resolution: str
    related_skills: tuple[str, ...]
    created_by: Person
    assigned_to: Person | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None = None
    deleted_at: datetime | None = None
    edited_at: datetime | None = None
    snoozed_until: datetime | None = None
    answered_at: datetime | None = None
    clock_started_at: datetime | None = None
    clock_paused_at: datetime | None = None
    revision: int = 1
    channel: str = ""
    sender_verified: bool = True
    set_by: dict[str, str] = field(default_factory=dict)

    @property
    def is_answerable_to_strangers(self) -> bool:
        """Completed, public and present: only such a ticket is ever shown as a similar one."""
        return self.is_public and self.status is Status.COMPLETED and self.deleted_at is None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a ticket."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedTicket:
    """A ticket as a line of a list, which shows none of its texts, and of people only who has it."""

    id: int
    number: int
    title: str
    category: Category | None
    priority: Priority
    status: Status
    assigned_to: Holder | None
    created_at: datetime
    deleted_at: datetime | None
    snoozed_until: datetime | None
    answered_at: datetime | None
    clock_started_at: datetime
    revision: int


TicketLine = TicketSnapshot | ListedTicket


class Scan(StrEnum):
    """What is known of a file: whether a virus scanner looked into it, and what it said."""

    NONE = "none"  # no scanner is set up
    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"  # the scanner never answered; a moderator may have it asked again
    RELEASED = "released"  # never looked into; a moderator has answered for it

    @property
    def may_leave(self) -> bool:
        """Whether anybody may be given it."""
        return self in {Scan.NONE, Scan.CLEAN, Scan.RELEASED}


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachmentSnapshot:
    id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""
    scan: Scan = Scan.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplySnapshot:
    """One public reply or internal note. `text` is what was newly written, `full_text` all that arrived."""

    id: int
    ticket_id: int
    author: Person
    visibility: Visibility
    text: str
    full_text: str
    html: str
    channel: str
    created_at: datetime
    attachments: tuple[AttachmentSnapshot, ...] = ()
    sender_verified: bool = True
    edited_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """What the requester was asked of a solution; `score` is None until they have answered."""

    id: int
    user_id: int
    score: int | None = None
    comment: str = ""
