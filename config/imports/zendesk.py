"""Zendesk's JSON export, and what its API gives (`/api/v2/incremental/tickets`, `/users`, `/tickets/{id}/comments`).

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#json-format
"""

from collections.abc import Iterator

from pydantic import BaseModel

from config.imports.files import Export, Record, Unreadable, validated
from config.imports.words import CATEGORIES, NO_FILES, PRIORITIES, STATUSES, Moment, plain, same
from core.imports.values import ImportedComment, ImportedPerson, ImportedTicket, Skipped
from core.tickets.values import Priority, Status

_STATUSES = STATUSES | {"pending": Status.WAITING}


class _Person(BaseModel):
    id: int | None = None
    name: str | None = None
    email: str | None = None


class _File(BaseModel):
    file_name: str = ""


class _Comment(BaseModel):
    author_id: int | None = None
    author: _Person | None = None
    body: str | None = None
    plain_body: str | None = None
    html_body: str | None = None
    public: bool = True
    created_at: Moment
    attachments: list[_File] = []


class _Ticket(BaseModel):
    id: int
    subject: str | None = None
    raw_subject: str | None = None
    description: str | None = None
    type: str | None = None
    priority: str | None = None
    status: str = "new"
    tags: list[str] = []
    requester_id: int | None = None
    requester: _Person | None = None
    assignee_id: int | None = None
    assignee: _Person | None = None
    created_at: Moment
    updated_at: Moment | None = None
    comments: list[_Comment] = []


def read_zendesk(export: Export) -> Iterator[ImportedTicket | Skipped]:
    """Each ticket of a `tickets` file, with the people of a `users` file where there is one."""
    people = dict(_people(export))
    for place, row in export.records("tickets", main=True):
        yield _read(place, row, people)


def _people(export: Export) -> Iterator[tuple[int, _Person]]:
    for _, row in export.records("users"):
        person = validated(_Person, row)
        if isinstance(person, _Person) and person.id is not None:
            yield person.id, person


def _read(place: str, row: Record | Unreadable, people: dict[int, _Person]) -> ImportedTicket | Skipped:
    ticket = validated(_Ticket, row)
    if isinstance(ticket, Unreadable):
        return Skipped(place, ticket.reason)
    place = f"{place}, ticket {ticket.id}"
    if ticket.status == "deleted":
        return Skipped(place, "it was deleted there")
    requester = _person(ticket.requester, ticket.requester_id, people)
    if requester is None:
        return Skipped(place, "it names no requester")
    return _ticket(ticket, requester, people)


def _ticket(ticket: _Ticket, requester: ImportedPerson, people: dict[int, _Person]) -> ImportedTicket:
    comments = list(_comments(ticket, requester, people))
    description = plain(ticket.description or "")
    if comments and (not description or same(comments[0].text, description)):
        description, comments = description or comments[0].text, comments[1:]
    has_files = any(comment.attachments for comment in ticket.comments)
    return ImportedTicket(
        key=str(ticket.id),
        title=ticket.subject or ticket.raw_subject or "",
        description=description,
        requester=requester,
        assignee=_person(ticket.assignee, ticket.assignee_id, people),
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        category=CATEGORIES.get(ticket.type or ""),
        priority=PRIORITIES.get(ticket.priority or "", Priority.LOW),
        status=_STATUSES.get(ticket.status, Status.PENDING),
        helpful_notes="\n".join([f"Zendesk #{ticket.id}", *([", ".join(ticket.tags)] if ticket.tags else [])]),
        comments=comments,
        remarks=[NO_FILES] if has_files else [],
    )


def _comments(ticket: _Ticket, requester: ImportedPerson, people: dict[int, _Person]) -> Iterator[ImportedComment]:
    for comment in ticket.comments:
        text = plain(comment.plain_body or comment.body or "") or plain(comment.html_body or "", is_html=True)
        names = ", ".join(file.file_name for file in comment.attachments if file.file_name)
        text = "\n\n".join(part for part in (text, f"Attached there: {names}" if names else "") if part)
        if text:
            author = _person(comment.author, comment.author_id, people) or requester
            yield ImportedComment(author=author, text=text, at=comment.created_at, internal=not comment.public)


def _person(embedded: _Person | None, key: int | None, people: dict[int, _Person]) -> ImportedPerson | None:
    known = people.get(key) if key is not None else None
    found = embedded or known
    key = key if key is not None else (embedded.id if embedded else None)
    if found is None and key is None:
        return None
    name, email = (found.name or "", found.email or "") if found else ("", "")
    return ImportedPerson(name=name, email=email.strip(), key="" if email.strip() else str(key or name))
