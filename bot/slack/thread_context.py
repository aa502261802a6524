"""What was said in a thread before a message of which somebody makes a ticket, and who said it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.slack import limits
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import MessageShortcut
from bot.slack.places import Place
from bot.slack.text import length, to_plain, truncate
from core.errors import DeskError
from core.people.values import IdentityKind, Sender

log = structlog.get_logger(__name__)

HEADING = "Earlier in the thread:"
_PAGE_LENGTH = 200  # oldest first, so that fewer would be the beginning alone; some apps are given 15 at most
_MOST_MESSAGES = 15
_MOST_NAMES = 6
_WORDS = 600
_ROOM = limits.INPUT_VALUE - 60  # besides the heading, the blank lines before it and how many are left out


@dataclass(frozen=True, slots=True)
class ThreadContext:
    """`thread` is where the ticket's story goes on; `earlier` quotes who said what before; `people` are Slack ids."""

    thread: Place
    earlier: str = ""
    people: tuple[str, ...] = ()


async def read_thread(door: SlackDoor, shortcut: MessageShortcut) -> ThreadContext | None:
    """The thread of a message; None where the desk may not read there, and so could not answer there either."""
    thread = Place(shortcut.channel_id, shortcut.thread_ts or shortcut.message_ts)
    try:
        answer = await door.api.call(
            "conversations.replies",
            channel=thread.channel,
            ts=thread.ts,
            latest=shortcut.message_ts,
            inclusive=True,
            limit=_PAGE_LENGTH,
            seconds=limits.VIEW_CALL_SECONDS,
        )
    except DeskError as error:
        log.info("slack.thread_not_read", reason=str(error))
        return None
    found = [message for message in answer.get("messages") or () if isinstance(message, dict)]
    earlier = [message for message in found if _ts(message) < _ts({"ts": shortcut.message_ts})]
    people = dict.fromkeys([shortcut.author_id, *(_author(message) for message in earlier)])
    others = [user_id for user_id in people if user_id and user_id != shortcut.user.user_id]
    return ThreadContext(thread, await _quoted(door, shortcut, earlier), tuple(others)[: limits.INITIAL_USERS])


async def _quoted(door: SlackDoor, shortcut: MessageShortcut, earlier: Sequence[dict[str, Any]]) -> str:
    begun, latest = earlier[:1], earlier[1:][1 - _MOST_MESSAGES :]
    authors = list(dict.fromkeys(_author(message) for message in (*begun, *latest)))
    asked = [author for author in authors if author][:_MOST_NAMES]
    found = await asyncio.gather(*(_name(door, shortcut.user.workspace_id, author) for author in asked))
    names = dict(zip(asked, found, strict=True))
    lines = []
    for message in (*begun, *latest):
        author = _author(message)
        words = truncate(" ".join(to_plain(str(message.get("text", ""))).split()), _WORDS)
        if words:
            lines.append(f"> {names.get(author) or author or 'An app'}: {words}")
    left_out = len(earlier) - len(begun) - len(latest)
    return "\n".join([HEADING, *_that_fit(lines, left_out)]) if lines else ""


def _that_fit(lines: Sequence[str], left_out: int) -> list[str]:
    """What began the thread, and the last that there is room for; what lies between is counted with `left_out`."""
    first, *rest = lines
    room = _ROOM - length(first)
    kept: list[str] = []
    for line in reversed(rest):
        room -= length(line) + 1
        if room < 0:
            break
        kept.insert(0, line)
    left_out += len(rest) - len(kept)
    return [first, *([f"> … ({left_out} more)"] if left_out else []), *kept]


async def _name(door: SlackDoor, workspace_id: str, user_id: str) -> str:
    sender = Sender(kind=IdentityKind.SLACK, external_id=f"{workspace_id}:{user_id}", verified=True)
    return (await door.directory.look_up(sender)).name


def _author(message: dict[str, Any]) -> str:
    return str(message.get("user") or "") if not message.get("bot_id") else ""


def _ts(message: dict[str, Any]) -> float:
    try:
        return float(message.get("ts") or 0)
    except (TypeError, ValueError):
        return 0.0
