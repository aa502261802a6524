"""Tickets of another desk, in our words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.tickets.values import TicketContent


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedPerson:
    """Somebody there. `key` is their id there, for who has no mail address; one of the two is given."""

    name: str = ""
    email: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedComment:
    """What somebody wrote on a ticket there."""

    author: ImportedPerson
    text: str
    at: datetime
    internal: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedTicket(TicketContent):
    """One ticket there. `key` is its id there, by which it is known when it is read again.

    `remarks` are what could not be taken over as it was, each in words that can be counted.
    """

    key: str
    requester: ImportedPerson
    assignee: ImportedPerson | None = None
    updated_at: datetime | None = None
    comments: Sequence[ImportedComment] = ()
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A ticket that was left out. `place` is where it stands; `reason` can be counted."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one: its number here, and whether it is new or was here already."""

    number: int
    is_new: bool
    remarks: Sequence[str] = ()
