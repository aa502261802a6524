"""A ticket and a reply to show."""

from datetime import UTC, datetime
from typing import Any

from core.tickets.values import Category, Person, Priority, ReplySnapshot, Status, TicketSnapshot, Visibility

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


def example_ticket(**changes: Any) -> TicketSnapshot:
    fields: dict[str, Any] = {
        "id": 1,
        "number": 12,
        "organization_id": 1,
        "title": "Printer jams",
        "description": "On the third floor",
        "category": Category.BUG,
        "priority": Priority.HIGH,
        "status": Status.PENDING,
        "is_public": False,
        "helpful_notes": "",
        "resolution": "",
        "related_skills": (),
        "created_by": Person(id=1, name="Ada"),
        "assigned_to": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    return TicketSnapshot(**(fields | changes))


def example_reply(text: str, **changes: Any) -> ReplySnapshot:
    fields: dict[str, Any] = {
        "id": 3,
        "ticket_id": 1,
        "author": Person(id=2, name="Grace"),
        "visibility": Visibility.PUBLIC,
        "text": text,
        "full_text": text,
        "html": "",
        "channel": "web",
        "created_at": MOMENT,
    }
    return ReplySnapshot(**(fields | changes))
