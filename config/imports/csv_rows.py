"""CSV with a row a ticket, as spreadsheets and small desks write it."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from config.imports.files import Export
from config.imports.words import CATEGORIES, PRIORITIES, STATUSES, moment, plain, word
from core.errors import InvalidInputError
from core.imports.values import ImportedPerson, ImportedTicket, Skipped
from core.tickets.values import Priority, Status

COLUMNS = {
    "key": ("number", "id", "key", "ticket_id", "ticket_number"),
    "title": ("title", "subject", "summary"),
    "description": ("description", "body", "text", "message", "content"),
    "requester": ("requester", "requester_email", "email", "created_by", "customer", "reporter", "from"),
    "requester_name": ("requester_name", "customer_name", "reporter_name", "created_by_name"),
    "assigned_to": ("assigned_to", "assignee", "assignee_email", "owner", "agent"),
    "category": ("category", "type", "kind"),
    "priority": ("priority",),
    "status": ("status", "state"),
    "is_public": ("is_public", "public"),
    "resolution": ("resolution", "solution", "answer"),
    "helpful_notes": ("helpful_notes", "notes"),
    "related_skills": ("related_skills", "skills", "tags"),
    "created_at": ("created_at", "created", "created_on", "date"),
    "updated_at": ("updated_at", "updated", "updated_on"),
    "resolved_at": ("resolved_at", "resolved", "closed_at", "solved_at"),
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
YES = frozenset({"1", "true", "yes", "y", "x", "on"})
LONGEST_CELL = 10_000_000  # characters


def read_csv(export: Export, *, now: datetime) -> Iterator[ImportedTicket | Skipped]:
    """Each row. The first names the columns, ours or those of `COLUMNS`; comma, semicolon or tab stand between.

    `now` is when a ticket without a date was created.

    Raises:
        InvalidInputError: no UTF-8, no CSV, or no column for title or description.
    """
    text = _read(export)
    export.progress.total = len(text)
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        names = _columns(export, next(rows, []))
        for row in rows:
            export.progress.done += sum(len(cell) + 1 for cell in row)
            if any(cell.strip() for cell in row):
                found = {name: _unquoted(cell) for name, cell in zip(names, row, strict=False) if name}
                yield _ticket(f"{export.path.name}:{rows.line_num}", found, now)
    except csv.Error as error:
        raise InvalidInputError(f"{export.path}, line {rows.line_num}, is no CSV: {error}.") from error


def _read(export: Export) -> str:
    try:
        return export.path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{export.path} is not UTF-8.", mend="Save it as CSV UTF-8.") from error
    except OSError as error:
        raise InvalidInputError(f"{export.path} cannot be read: {error.strerror}.") from error


def _delimiter(text: str) -> str:
    return max(",;\t", key=text.partition("\n")[0].count)


def _columns(export: Export, header: list[str]) -> list[str]:
    known = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
    names = [known.get(word(cell), "") for cell in header]
    if not {"title", "description"} & set(names):
        raise InvalidInputError(
            f"{export.path} has no column `title` or `description`.", mend="Name its columns in the first row."
        )
    return names


def _unquoted(cell: str) -> str:
    """Without the apostrophe by which a spreadsheet, and our export, keep a text from being a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS else cell


def _ticket(place: str, row: Mapping[str, str], now: datetime) -> ImportedTicket | Skipped:
    text = {name: value.strip() for name, value in row.items()}
    if not text.get("title") and not text.get("description"):
        return Skipped(place, "it has neither title nor description")
    if not text.get("requester"):
        return Skipped(place, "it names no requester")
    try:
        moments = {name: moment(text[name]) for name in ("created_at", "updated_at", "resolved_at") if text.get(name)}
    except ValueError:
        return Skipped(place, "one of its dates is no ISO 8601 date")
    return ImportedTicket(
        key=text.get("key") or hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest(),
        title=text.get("title", ""),
        description=plain(row.get("description", "")),
        requester=_person(text["requester"], text.get("requester_name", "")),
        assignee=_person(text["assigned_to"]) if text.get("assigned_to") else None,
        created_at=moments.get("created_at", now),
        updated_at=moments.get("updated_at"),
        resolved_at=moments.get("resolved_at"),
        category=CATEGORIES.get(word(text.get("category", ""))),
        priority=PRIORITIES.get(word(text.get("priority", "")), Priority.LOW),
        status=STATUSES.get(word(text.get("status", "")), Status.PENDING),
        is_public=text.get("is_public", "").lower() in YES,
        resolution=text.get("resolution", ""),
        helpful_notes=text.get("helpful_notes", ""),
        related_skills=[part.strip() for part in text.get("related_skills", "").split(";") if part.strip()],
        remarks=list(_remarks(text)),
    )


def _remarks(text: Mapping[str, str]) -> Iterator[str]:
    for name, known in (("status", STATUSES), ("priority", PRIORITIES), ("category", CATEGORIES)):
        if text.get(name) and word(text[name]) not in known:
            yield f"its {name} is none that this desk knows, and was left out"


def _person(text: str, name: str = "") -> ImportedPerson:
    if "@" in text:
        return ImportedPerson(name=name, email=text)
    return ImportedPerson(name=name or text, key=text)
