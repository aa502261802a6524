"""Reading what was answered in a thread before its messages were for this desk, as their own events would tell it.

Source: https://docs.slack.dev/reference/methods/conversations.replies (one request a minute, and 15 messages in each,
for apps that are distributed outside Slack's Marketplace).
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from bot.slack.apis import SlackApis
from bot.slack.errors import PayloadRefusedError
from bot.slack.payloads import parse_payload
from bot.slack.payloads.values import MessageEvent
from bot.slack.places import Place, read_place
from bot.slack.screening import ACCEPTED, SlackScreening
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.clock import Clock
from core.errors import DeliveryRefusedError
from core.intake.earlier_answers import earlier_answer_id
from core.intake.values import Channel, InboundMessage, ThreadPage, ThreadToRead

log = structlog.get_logger(__name__)

_PAGE_LENGTH = 200
_OUTSIDE = ("not-in-channel", "I am not in that channel: invite me with /invite.")
_OBSTACLES = {
    "not_in_channel": _OUTSIDE,
    "channel_not_found": _OUTSIDE,
    "missing_scope": ("missing-scope", "I may not read there. An admin can mend that: see `tickmate doctor`."),
    "thread_not_found": ("thread-gone", ""),
    "message_not_found": ("thread-gone", ""),
}
_READ = ("user", "text", "ts", "thread_ts", "subtype", "bot_id", "app_id", "bot_profile", "files", "edited")


class SlackThreads:
    """Implements `core.intake.ports.ThreadReader` for Slack."""

    channel = Channel.SLACK

    def __init__(self, apis: SlackApis, screening: SlackScreening, clock: Clock) -> None:
        self._apis = apis
        self._screening = screening
        self._clock = clock
        self._own_ids: dict[str, str] = {}

    async def read_thread(self, thread: ThreadToRead) -> ThreadPage:
        """One page of a thread, or the rule by which it cannot be read. Only what is for this desk is in it.

        Raises:
            TryAgainLaterError: 429 (`retry_after` as Slack says), 5xx, a fault or silence of Slack's.
        """
        try:
            api = await self._apis.of_workspace(thread.workspace_id)
            own_id = await self._own_id(api, thread.workspace_id)
            page = await _page(api, thread)
        except SlackRefusedError as refused:
            log.warning("slack.thread_not_read", method=refused.method, code=refused.code)
            obstacle, advice = _OBSTACLES.get(refused.code, (f"slack-refused:{refused.code[:60]}", str(refused)))
            return ThreadPage(obstacle=obstacle, advice=advice)
        except DeliveryRefusedError as refused:
            return ThreadPage(obstacle="no-access", advice=str(refused))
        messages = [message for message in page.get("messages") or () if isinstance(message, Mapping)]
        found = {str(message.get("ts", "")): self._answer(message, thread, own_id) for message in messages}
        answers = {ts: answer for ts, answer in found.items() if answer is not None}
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        newest = max(answers, key=_moment, default="")
        return ThreadPage(answers=tuple(answers.values()), newest=f":{newest}", cursor=str(cursor))

    async def _own_id(self, api: SlackWebApi, workspace_id: str) -> str:
        """Who we are there: a message that calls us by name is read as such."""
        if workspace_id not in self._own_ids:
            self._own_ids[workspace_id] = str((await api.call("auth.test")).get("user_id", ""))
        return self._own_ids[workspace_id]

    def _answer(self, message: Mapping[str, Any], thread: ThreadToRead, own_id: str) -> InboundMessage | None:
        """None for what stands before, what is our own or an app's, and what is no message."""
        if _moment(message.get("ts")) <= _moment(_ts_of(thread.after)):
            return None
        envelope = _envelope(message, thread, own_id)
        try:
            event = parse_payload(envelope)
        except PayloadRefusedError as refused:
            log.debug("slack.message_left", rule=refused.reason)
            return None
        if not isinstance(event, MessageEvent) or (rule := self._screening.rule_for(event)) != ACCEPTED:
            log.debug("slack.message_left", rule=rule if isinstance(event, MessageEvent) else "no-message")
            return None
        return InboundMessage(
            channel=Channel.SLACK,
            external_id=event.event_id,
            raw=json.dumps(envelope).encode(),
            received_at=self._clock.now(),
            recipients=(thread.workspace_id,),
        )


async def _page(api: SlackWebApi, thread: ThreadToRead) -> dict[str, Any]:
    """The page that the cursor names; a cursor that Slack no longer knows begins anew."""
    place = read_place(thread.thread_key) or Place("", "")
    since = _ts_of(thread.after)
    asked: dict[str, Any] = {"channel": place.channel, "ts": place.ts, "oldest": since, "limit": _PAGE_LENGTH}
    try:
        return await api.call("conversations.replies", **asked, cursor=thread.cursor or None)
    except SlackRefusedError as refused:
        if refused.code != "invalid_cursor":
            raise
        return await api.call("conversations.replies", **asked)


def _envelope(message: Mapping[str, Any], thread: ThreadToRead, own_id: str) -> dict[str, Any]:
    """The event that would have told of a message, as far as the message itself tells it."""
    channel = thread.thread_key.partition(":")[0]
    calls_us = bool(own_id) and f"<@{own_id}" in str(message.get("text", ""))
    event = {name: message[name] for name in _READ if name in message}
    return {
        "type": "event_callback",
        "event_id": earlier_answer_id(thread.workspace_id, str(Place(channel, str(message.get("ts", ""))))),
        "team_id": thread.workspace_id,
        "authorizations": [{"team_id": thread.workspace_id, "user_id": own_id, "is_bot": True}],
        "event": event | {"type": "app_mention" if calls_us else "message", "channel": channel},
    }


def _ts_of(place: str) -> str:
    return place.rpartition(":")[2]


def _moment(ts: Any) -> float:
    try:
        return float(ts or 0)
    except (TypeError, ValueError):
        return 0.0
