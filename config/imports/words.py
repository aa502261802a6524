"""What other desks call the things that we have a word for, and the texts and moments that they hold."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from bot.email.html_clean import bound
from bot.email.html_text import to_text
from core.tickets.values import Category, Priority, Status

NO_FILES = "its files stay behind"
STATUSES = {
    "pending": Status.PENDING,
    "new": Status.PENDING,
    "todo": Status.PENDING,
    "open": Status.IN_PROGRESS,
    "in_progress": Status.IN_PROGRESS,
    "hold": Status.IN_PROGRESS,
    "on_hold": Status.IN_PROGRESS,
    "reopened": Status.IN_PROGRESS,
    "waiting": Status.WAITING,
    "waiting_on_customer": Status.WAITING,
    "pending_reminder": Status.WAITING,
    "pending_close": Status.WAITING,
    "solved": Status.COMPLETED,
    "resolved": Status.COMPLETED,
    "closed": Status.COMPLETED,
    "done": Status.COMPLETED,
    "completed": Status.COMPLETED,
}
PRIORITIES = {
    "low": Priority.LOW,
    "1_low": Priority.LOW,
    "minor": Priority.LOW,
    "normal": Priority.MEDIUM,
    "2_normal": Priority.MEDIUM,
    "medium": Priority.MEDIUM,
    "high": Priority.HIGH,
    "3_high": Priority.HIGH,
    "urgent": Priority.HIGH,
    "critical": Priority.HIGH,
}
CATEGORIES = {
    "bug": Category.BUG,
    "incident": Category.BUG,
    "problem": Category.BUG,
    "defect": Category.BUG,
    "feature_request": Category.FEATURE_REQUEST,
    "feature": Category.FEATURE_REQUEST,
    "enhancement": Category.FEATURE_REQUEST,
    "question": Category.QUESTION,
    "performance": Category.PERFORMANCE,
}
_NO_LETTERS = re.compile(r"[\W_]+")


def word(text: str) -> str:
    """As a key of the tables above: `Pending reminder` and `pending-reminder` are one."""
    return _NO_LETTERS.sub("_", text.strip().lower()).strip("_")


def moment(text: str) -> datetime:
    """An ISO 8601 date or moment; one without a zone is in UTC.

    Raises:
        ValueError: it is none.
    """
    return _in_utc(datetime.fromisoformat(text.strip().replace(" UTC", "Z")))


def _in_utc(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


def plain(text: str, *, is_html: bool = False) -> str:
    """What the text says, without markup."""
    return to_text(bound(text)[0]).strip() if is_html else text.replace("\r\n", "\n").strip()


def same(one: str, other: str) -> bool:
    """Whether two texts say the same: desks repeat the description as the first comment, spaced otherwise."""
    return one.split() == other.split()
