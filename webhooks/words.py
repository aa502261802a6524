"""What people read for the short names that the desk keeps."""

from collections.abc import Mapping
from typing import Any

from core.conversations.values import DeliveryStatus
from core.intake.values import Outcome
from core.jobs.values import JobStatus
from core.people.values import Role

ROLES = {Role.USER: "requester", Role.MODERATOR: "moderator", Role.ADMIN: "admin"}
JOBS = {
    JobStatus.QUEUED: "waiting",
    JobStatus.RUNNING: "running",
    JobStatus.DONE: "done",
    JobStatus.DEAD: "given up",
    JobStatus.DISCARDED: "discarded",
}
OUTCOMES = {
    Outcome.RECEIVED: "being processed",
    Outcome.TICKETED: "became a ticket",
    Outcome.REPLIED: "joined a ticket",
    Outcome.ACTED: "acted upon",
    Outcome.IGNORED: "ignored",
    Outcome.QUARANTINED: "kept back",
    Outcome.DUPLICATE: "came twice",
}
DELIVERIES = {
    DeliveryStatus.QUEUED: "on its way",
    DeliveryStatus.SENDING: "being sent",
    DeliveryStatus.SENT: "sent",
    DeliveryStatus.DELAYED: "delayed, still being tried",
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.BOUNCED: "came back",
    DeliveryStatus.COMPLAINED: "called spam by its reader",
    DeliveryStatus.FAILED: "failed",
    DeliveryStatus.HELD: "waits for access to Slack",
    DeliveryStatus.TAKEN_BACK: "overtaken, not sent",
    DeliveryStatus.WITHHELD: "withheld, not sent",
}
_TABLES: tuple[Mapping[Any, str], ...] = (ROLES, JOBS, OUTCOMES, DELIVERIES)
_LABELS: dict[tuple[type, str], str] = {
    (type(key), key.value): label for table in _TABLES for key, label in table.items()
}
CHANNELS = {
    "email": "mail",
    "slack": "Slack",
    "web": "web",
    "api": "API",
    "cli": "command line",
    "import": "import",
    "demo": "demo data",
    "system": "the desk itself",
}


def in_words(value: object) -> str:
    """Of a role, a status or an outcome what people call it; of any other name its words."""
    name = str(getattr(value, "value", value))
    return _LABELS.get((type(value), name), name.replace("_", " ").replace(".", " "))


def channel_in_words(channel: str) -> str:
    return CHANNELS.get(channel, channel)
