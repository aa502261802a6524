"""Where in Slack a message stands: `CHANNEL:TS`."""

from typing import NamedTuple


class Place(NamedTuple):
    """A message or the first message of a thread."""

    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}"


def read_place(text: str) -> Place | None:
    """The place that `str(place)` gave; None for an empty or foreign text."""
    channel, _, ts = text.partition(":")
    return Place(channel, ts) if channel and ts else None


def is_user(conversation: str) -> bool:
    """Whether an id names a person, whose direct conversation has to be opened first."""
    return conversation.startswith(("U", "W"))
