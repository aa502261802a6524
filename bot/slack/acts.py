"""What a moderator can do to a ticket, as a value: the same by command, button, menu or form."""

from dataclasses import dataclass

from bot.slack.when import When
from core.tickets.values import Category, Priority, Status


@dataclass(frozen=True, slots=True)
class Take:
    number: int


@dataclass(frozen=True, slots=True)
class Assign:
    """`slack_user_id` where the person was picked in Slack, else `username`; both empty mean nobody.

    `shown` is the id of whose it was for the person who chose, empty for nobody; None where they saw no card.
    """

    number: int
    slack_user_id: str = ""
    username: str = ""
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class SetPriority:
    """`shown` is the value that the person saw when they chose; None where they saw none."""

    number: int
    priority: Priority
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class SetCategory:
    """`shown` as in `SetPriority`; empty for a ticket not yet sorted."""

    number: int
    category: Category
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class SetStatus:
    """`shown` as in `SetPriority`."""

    number: int
    status: Status
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class SetPublic:
    number: int
    is_public: bool


@dataclass(frozen=True, slots=True)
class AddNote:
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class AddReply:
    """`seen` is the id of the newest public reply when the form opened; None where no form was."""

    number: int
    text: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Resolve:
    """What is None stays as it is. `only_if_open`: the form was opened on a ticket that nobody had resolved."""

    number: int
    resolution: str
    helpful_notes: str | None = None
    is_public: bool | None = None
    only_if_open: bool = False


@dataclass(frozen=True, slots=True)
class Reopen:
    number: int


@dataclass(frozen=True, slots=True)
class Snooze:
    """`shown` is until when it slept for the person who chose, in ISO form, empty for awake; None: no form was."""

    number: int
    until: When
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Wake:
    number: int


@dataclass(frozen=True, slots=True)
class Merge:
    """Close `number` in favour of `into`."""

    number: int
    into: int


@dataclass(frozen=True, slots=True)
class Accept:
    """The suggestion is right. `shown` are priority and category of the card, as in `SetPriority`."""

    number: int
    shown: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Correct:
    """What the suggestion should have said; a field that is None stays as it is. `shown` as in `Accept`."""

    number: int
    category: Category | None
    priority: Priority | None
    related_skills: tuple[str, ...] | None = None
    shown: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class AddPerson:
    """Somebody is to take part: picked in Slack (`slack_user_id`), or by address or username (`name`)."""

    number: int
    slack_user_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class RemovePerson:
    """The opposite."""

    number: int
    slack_user_id: str = ""
    name: str = ""


TriageChange = (
    Take
    | Assign
    | SetPriority
    | SetCategory
    | SetStatus
    | SetPublic
    | AddNote
    | AddReply
    | Resolve
    | Reopen
    | Snooze
    | Wake
    | Merge
    | Accept
    | Correct
    | AddPerson
    | RemovePerson
)
