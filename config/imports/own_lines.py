"""Lines of `tickmate export tickets`, or of anybody's making with the same names."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel

from config.imports.files import Export, Record, Unreadable, validated
from config.imports.words import CATEGORIES, NO_FILES, PRIORITIES, STATUSES, Moment, word
from core.imports.values import ImportedComment, ImportedPerson, ImportedTicket, Skipped
from core.tickets.values import Priority, Status


class _Person(BaseModel):
    name: str = ""
    email: str | None = None

    @property
    def person(self) -> ImportedPerson:
        email = (self.email or "").strip()
        return ImportedPerson(name=self.name, email=email, key="" if email else self.name)


class _File(BaseModel):
    filename: str = ""


class _Comment(BaseModel):
    author: _Person
    text: str = ""
    internal: bool = False
    created_at: Moment
    attachments: list[_File] = []


class _Ticket(BaseModel):
    number: int | str | None = None
    title: str = ""
    description: str = ""
    category: str | None = None
    priority: str = Priority.LOW.value
    status: str = Status.PENDING.value
    is_public: bool = False
    helpful_notes: str | None = None
    resolution: str | None = None
    related_skills: list[str] = []
    created_by: _Person
    assigned_to: _Person | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    resolved_at: Moment | None = None
    comments: list[_Comment] = []
    attachments: list[_File] = []


def read_jsonl(export: Export, *, now: datetime) -> Iterator[ImportedTicket | Skipped]:
    """Each line; `now` is when a ticket without a date was created."""
    for place, row in export.records("tickets", main=True):
        ticket = validated(_Ticket, row)
        yield Skipped(place, ticket.reason) if isinstance(ticket, Unreadable) else _read(place, row, ticket, now)


def _read(place: str, row: Record | Unreadable, ticket: _Ticket, now: datetime) -> ImportedTicket | Skipped:
    if not ticket.title.strip() and not ticket.description.strip():
        return Skipped(place, "it has neither title nor description")
    if word(ticket.status) not in STATUSES:
        return Skipped(place, f"its status {ticket.status!r} is none that this desk knows")
    has_files = bool(ticket.attachments) or any(comment.attachments for comment in ticket.comments)
    return ImportedTicket(
        key=str(ticket.number or hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()),
        title=ticket.title,
        description=ticket.description,
        requester=ticket.created_by.person,
        assignee=ticket.assigned_to.person if ticket.assigned_to else None,
        created_at=ticket.created_at or now,
        updated_at=ticket.updated_at,
        resolved_at=ticket.resolved_at,
        category=CATEGORIES.get(word(ticket.category or "")),
        priority=PRIORITIES.get(word(ticket.priority), Priority.LOW),
        status=STATUSES[word(ticket.status)],
        is_public=ticket.is_public,
        resolution=ticket.resolution or "",
        helpful_notes=ticket.helpful_notes or "",
        related_skills=ticket.related_skills,
        comments=[
            ImportedComment(author=one.author.person, text=one.text, at=one.created_at, internal=one.internal)
            for one in ticket.comments
            if one.text.strip()
        ],
        remarks=[NO_FILES] if has_files else [],
    )
