"""Reading one message where it stands: an event about a reaction does not carry it (18F/hubot-slack-github-issues#17).

Source: https://docs.slack.dev/reference/methods/conversations.history (retrieving individual messages) and
https://docs.slack.dev/reference/methods/conversations.replies
"""

from dataclasses import replace
from typing import Any

import structlog

from bot.slack.apis import SlackApis
from bot.slack.errors import PayloadRefusedError
from bot.slack.interpreter import read_envelope, words_of
from bot.slack.payloads.events import parse_stored_message
from bot.slack.payloads.values import MessageEvent, Reaction
from bot.slack.places import Place
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.intake.values import Channel, InboundMessage, Pointing

log = structlog.get_logger(__name__)

_OBSTACLES = {
    "not_in_channel": ("not-in-channel", "I am not in that channel: invite me with /invite, then react again."),
    "channel_not_found": ("not-in-channel", "I am not in that channel: invite me with /invite, then react again."),
    "missing_scope": ("missing-scope", "I may not read there. An admin can mend that: see `tickmate doctor`."),
    "message_not_found": ("message-gone", "It is gone."),
    "thread_not_found": ("message-gone", "It is gone."),
}
_GONE = _OBSTACLES["message_not_found"]


class SlackMessages:
    """Implements `core.intake.ports.Reader` for Slack."""

    channel = Channel.SLACK

    def __init__(self, apis: SlackApis) -> None:
        self._apis = apis

    async def read(self, message: InboundMessage, pointing: Pointing) -> Pointing:
        """What stands where a reaction was set, or the rule by which nobody can tell.

        Raises:
            TryAgainLaterError: 429 (`retry_after` as Slack says), 5xx, a fault or silence of Slack's.
        """
        reaction = read_envelope(message.raw)
        if not isinstance(reaction, Reaction):
            return replace(pointing, obstacle="no-reaction")
        try:
            api = await self._apis.of_workspace(reaction.user.workspace_id)
            found = await self._find(api, Place(reaction.channel_id, reaction.message_ts))
        except SlackRefusedError as refused:
            obstacle, advice = _OBSTACLES.get(refused.code, (f"slack-refused:{refused.code[:60]}", "Slack refused it."))
            log.warning("slack.message_not_read", method=refused.method, code=refused.code)
            return replace(pointing, obstacle=obstacle, advice=advice)
        if found is None:
            return replace(pointing, obstacle=_GONE[0], advice=_GONE[1])
        return _with_words(pointing, found, reaction)

    @staticmethod
    async def _find(api: SlackWebApi, place: Place) -> dict[str, Any] | None:
        """The message itself: the history of a channel leaves out what stands in threads, which is asked for second."""
        for method, thread in (("conversations.history", None), ("conversations.replies", place.ts)):
            answer = await api.call(
                method,
                channel=place.channel,
                ts=thread,
                oldest=place.ts,
                latest=place.ts,
                inclusive=True,
                limit=1,
            )
            for message in answer.get("messages") or ():
                if isinstance(message, dict) and message.get("ts") == place.ts:
                    return message
        return None


def _with_words(pointing: Pointing, found: dict[str, Any], reaction: Reaction) -> Pointing:
    try:
        event = parse_stored_message(found, reaction)
    except PayloadRefusedError as refused:
        return replace(pointing, obstacle=refused.reason[:100], advice="It is a notice of Slack's.")
    if event.is_own:
        return replace(pointing, obstacle="own-message", advice="It is mine.")
    if not event.text.strip() and not event.files:
        return replace(pointing, obstacle="empty-message", advice="It has no text.")
    return replace(pointing, message=words_of(_without_app(event)))


def _without_app(event: MessageEvent) -> MessageEvent:
    """An app's message names nobody who could be answered: the ticket is whose reaction it was."""
    return replace(event, user=None) if event.is_from_app else event
