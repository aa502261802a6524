"""What of the form of a new ticket is drawn, as it travels in the view."""

import json
from dataclasses import dataclass

from bot.slack import limits

MOST_PARTS = 14
"""A Slack message holds at most 40,000 characters, an input 3,000: nothing that was written is cut."""
MOST_KEPT = 40
MOST_FILES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class FormLayout:
    """What of the form is drawn. It travels in the view, so that whoever redraws it draws the same inputs.

    `kept` are keys of questions that the chosen template does not ask, and that had been answered before it was chosen.
    `message` is the Slack message (`CHANNEL:TS`) it was opened from and `thread` the first one of its thread, once that
    has been read (until then it is `unread`); `people` spoke there, `files` are the ids of those that the message has.
    """

    kind: str = ""
    parts: int = 1
    kept: tuple[str, ...] = ()
    thread: str = ""
    unread: str = ""
    message: str = ""
    people: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def to_metadata(self) -> str:
        held: dict[str, object] = {"kind": self.kind, "parts": self.parts, "kept": self.kept}
        if self.thread:
            held |= {"thread": self.thread, "people": self.people}
        named = {"unread": self.unread, "message": self.message, "files": self.files}
        held |= {name: value for name, value in named.items() if value}
        return json.dumps(held, separators=(",", ":"))


def read_layout(metadata: str) -> FormLayout:
    """The layout that `to_metadata` wrote; anything else is the plain form."""
    try:
        read = json.loads(metadata)
        return FormLayout(
            kind=str(read["kind"]),
            parts=min(max(int(read["parts"]), 1), MOST_PARTS),
            kept=tuple(str(key) for key in read["kept"])[:MOST_KEPT],
            thread=str(read.get("thread", "")),
            unread=str(read.get("unread", "")),
            message=str(read.get("message", "")),
            people=tuple(str(user_id) for user_id in read.get("people", ()))[: limits.INITIAL_USERS],
            files=tuple(str(file_id) for file_id in read.get("files", ()))[:MOST_FILES],
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return FormLayout()
