"""What `tickmate export` writes: JSON lines, or CSV for a spreadsheet."""

import csv
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TextIO

from config.imports.csv_rows import FORMULA_STARTS
from core.audit.models import AuditRecord
from core.audit.queries import audit_after
from core.db.unit_of_work import Reading
from core.desk import Desk
from core.people.models import User
from core.people.values import Actor
from core.tickets.exporting import WholeTicket, whole_tickets
from core.tickets.models import Attachment, Reply
from core.tickets.values import Visibility

PORTION = 200
RECORD_FIELDS = (
    "id",
    "action",
    "entity_type",
    "entity_id",
    "user_id",
    "actor_name",
    "channel",
    "address",
    "before",
    "after",
)
Row = dict[str, Any]


async def ticket_rows(desk: Desk, actor: Actor, since: datetime | None, until: datetime | None) -> AsyncIterator[Row]:
    """Each ticket in the words of the JSON API, with its `comments` and `attachments`; `import jsonl` reads it."""

    async def after(reading: Reading, number: int) -> list[Row]:
        return [_ticket(one) for one in await whole_tickets(reading, number, since=since, until=until, limit=PORTION)]

    async for row in _in_portions(desk, actor, after, key="number"):
        yield row


async def audit_rows(desk: Desk, actor: Actor, since: datetime | None, until: datetime | None) -> AsyncIterator[Row]:
    """Each record of the audit log, oldest first, with the HMAC that `tickmate audit verify` checks."""

    async def after(reading: Reading, record_id: int) -> list[Row]:
        return [_record(one) for one in await audit_after(reading, record_id, since=since, until=until, limit=PORTION)]

    async for row in _in_portions(desk, actor, after, key="id"):
        yield row


async def _in_portions(
    desk: Desk, actor: Actor, after: Callable[[Reading, int], Awaitable[list[Row]]], *, key: str
) -> AsyncIterator[Row]:
    """Row after row in the order of `key`, each portion read by itself: a slow reader holds no transaction open."""
    last, is_more = 0, True
    while is_more:
        async with desk.reading(actor) as reading:
            rows = await after(reading, last)
        for row in rows:
            yield row
            last = row[key]
        is_more = len(rows) == PORTION


def _ticket(whole: WholeTicket) -> Row:
    ticket = whole.ticket
    return {
        "number": ticket.number,
        "title": ticket.title,
        "description": ticket.description,
        "category": ticket.category.value if ticket.category else None,
        "priority": ticket.priority.value,
        "status": ticket.status.value,
        "is_public": ticket.is_public,
        "helpful_notes": ticket.helpful_notes,
        "resolution": ticket.resolution,
        "related_skills": ticket.related_skills,
        "created_by": _person(ticket.created_by),
        "assigned_to": _person(ticket.assigned_to) if ticket.assigned_to else None,
        "created_at": ticket.created_at.isoformat(),
        "updated_at": ticket.updated_at.isoformat(),
        "resolved_at": ticket.resolved_at.isoformat() if ticket.resolved_at else None,
        "comments": [_comment(reply) for reply in whole.replies],
        "attachments": [_file(file) for file in whole.files],
    }


def _comment(reply: Reply) -> Row:
    return {
        "author": _person(reply.author),
        "text": reply.text,
        "internal": reply.visibility is Visibility.INTERNAL,
        "created_at": reply.created_at.isoformat(),
        "attachments": [_file(file) for file in reply.attachments],
    }


def _file(file: Attachment) -> Row:
    return {"filename": file.filename, "content_type": file.content_type, "size": file.size, "sha256": file.sha256}


def _person(user: User) -> Row:
    return {"name": user.display_name, "email": user.email}


def _record(record: AuditRecord) -> Row:
    told = {name: getattr(record, name) for name in RECORD_FIELDS}
    return {**told, "created_at": record.created_at.isoformat(), "hmac": record.hmac}


async def write_jsonl(rows: AsyncIterator[Row], out: TextIO) -> int:
    """A line each. Says how many there were."""
    count = 0
    async for row in rows:
        out.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        count += 1
    return count


async def write_csv(rows: AsyncIterator[Row], out: TextIO) -> int:
    """A row each under the names of the first; what is nested stands as JSON, people by address, lists with semicolons.

    A text that a spreadsheet would take for a formula gets an apostrophe (CWE-1236).
    """
    writer, count = csv.writer(out), 0
    async for row in rows:
        if count == 0:
            writer.writerow(row)
        writer.writerow([_cell(value) for value in row.values()])
        count += 1
    return count


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case {"name": name, "email": email}:
            return _safe(email or name)
        case Mapping():
            return json.dumps(value, ensure_ascii=False, default=str)
        case list():
            are_words = all(isinstance(one, str) for one in value)
            return _safe("; ".join(value)) if are_words else json.dumps(value, ensure_ascii=False)
    return _safe(str(value))


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
