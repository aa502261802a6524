"""Outgoing messages: posted once, updated in place, never doubled after a crash."""

from typing import Any

import structlog

from bot.slack.apis import SlackApis
from bot.slack.blocks.pieces import Message, TicketUrl
from bot.slack.places import Place, is_user, read_place
from bot.slack.rendering import destination, files_left_out, render, would_show_private_words
from bot.slack.status_marks import StatusMarks, show_status
from bot.slack.uploads import FileUploads, find_upload, remove_files
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.conversations.audience import is_direct
from core.conversations.hiding import takes_back
from core.conversations.values import DeliveryKind, Outgoing, Receipt
from core.errors import DeliveryRefusedError

log = structlog.get_logger(__name__)

METADATA_EVENT = "tickmate_delivery"
_PAGE_LENGTH = 200
_MOST_PAGES = 10
_LONGEST_ID = 255
_MOST_REMEMBERED = 10_000
_GONE = "message_not_found"
_NOT_SEEN_THERE = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived"})
_BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


class SlackCourier:
    """Delivers on the channel `slack` (implements `core.conversations.ports.Courier`)."""

    channel = "slack"

    def __init__(
        self,
        apis: SlackApis,
        *,
        ticket_url: TicketUrl,
        status_marks: StatusMarks | None = None,
        uploads: FileUploads | None = None,
    ) -> None:
        self._apis = apis
        self._uploads = uploads
        self._ticket_url = ticket_url
        self._status_marks = status_marks or {}
        self._direct_channels: dict[tuple[int, str], str] = {}

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        """Post the message, or update the one posted earlier. The receipt names it as `CHANNEL:TS`.

        Raises:
            DeliveryRefusedError: Slack will never take it: channel gone or archived; AccessLostError: token revoked.
            TryAgainLaterError: rate limit, fault or silence of Slack; `retry_after` where Slack named a time.
        """
        api = await self._apis.of_organization(outgoing.organization_id)
        if outgoing.posted_files or (outgoing.kind is DeliveryKind.FILES and not would_show_private_words(outgoing)):
            return await self._deliver_files(api, outgoing)
        shown = read_place(outgoing.external_id)
        if outgoing.kind is DeliveryKind.MARK and outgoing.ticket and shown:
            await show_status(api, shown, outgoing.ticket.status, self._status_marks)
            return Receipt(external_id=outgoing.external_id)
        message = render(outgoing, ticket_url=self._ticket_url)
        if shown is not None:
            return await self._show_anew(api, outgoing, message, shown)
        if outgoing.only_for and not is_direct(outgoing.recipient):
            return await self._show_to_one(api, outgoing, message)
        channel = await self._channel(api, outgoing, destination(outgoing))
        thread = read_place(outgoing.thread_key)
        thread_ts = thread.ts if thread else None
        if outgoing.may_have_been_sent:
            found = await self._find(api, channel, thread_ts, outgoing.key)
            if found is not None:
                return Receipt(external_id=str(found))
        return _receipt(
            await self._send(
                api,
                "chat.postMessage",
                outgoing,
                message,
                channel=channel,
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            )
        )

    async def _show_anew(self, api: SlackWebApi, outgoing: Outgoing, message: Message, shown: Place) -> Receipt:
        try:
            return _receipt(await self._send(api, "chat.update", outgoing, message, channel=shown.channel, ts=shown.ts))
        except SlackRefusedError as refused:
            if refused.code != _GONE or not (would_show_private_words(outgoing) or takes_back(outgoing)):
                raise
        return Receipt(external_id=outgoing.external_id)  # somebody has deleted it: no word is left to hide

    async def _deliver_files(self, api: SlackWebApi, outgoing: Outgoing) -> Receipt:
        """The files themselves, and a line about those that are too large or come later; or their removal."""
        if outgoing.posted_files:
            await remove_files(api, outgoing.posted_files)
            return Receipt(external_id=outgoing.external_id)
        if self._uploads is None:
            raise DeliveryRefusedError("Files are not sent to Slack here.")
        thread = read_place(outgoing.thread_key)
        where = Place(await self._channel(api, outgoing, destination(outgoing)), thread.ts if thread else "")
        left_out, files = self._uploads.left_out(outgoing), self._uploads.fitting(outgoing)
        is_short = bool(left_out or outgoing.following)
        if is_short and not (outgoing.may_have_been_sent and await self._find(api, *where, outgoing.key)):
            line = files_left_out(outgoing, left_out)
            await self._send(api, "chat.postMessage", outgoing, line, channel=where.channel, thread_ts=where.ts or None)
        if not files:
            return Receipt(external_id="")
        if outgoing.may_have_been_sent:
            oldest = outgoing.queued_at.timestamp() if outgoing.queued_at else 0.0
            found = await find_upload(api, files, where, oldest=oldest)
            if found is not None:
                place, ids = found
                return Receipt(external_id=str(place), provider_id=ids[:_LONGEST_ID])
        ids = await self._uploads.upload(api, files, where)
        return Receipt(external_id="", provider_id=ids[:_LONGEST_ID])

    async def _show_to_one(self, api: SlackWebApi, outgoing: Outgoing, message: Message) -> Receipt:
        """In the channel for one person's eyes, else, where that cannot be, by direct message."""
        thread = read_place(outgoing.thread_key)
        try:
            answer = await api.call(
                "chat.postEphemeral",
                text=message.text,
                blocks=message.blocks,
                channel=outgoing.recipient,
                user=outgoing.only_for,
                thread_ts=thread.ts if thread else None,
            )
        except SlackRefusedError as refused:
            if refused.code not in _NOT_SEEN_THERE:
                raise
        else:
            return Receipt(external_id=str(Place(outgoing.recipient, str(answer.get("message_ts", "")))))
        channel = await self._channel(api, outgoing, outgoing.only_for)
        return _receipt(await self._send(api, "chat.postMessage", outgoing, message, channel=channel))

    async def _send(
        self, api: SlackWebApi, method: str, outgoing: Outgoing, message: Message, **where: Any
    ) -> dict[str, Any]:
        """Send with blocks; where Slack refuses those after all, as plain text rather than not at all."""
        metadata = {"event_type": METADATA_EVENT, "event_payload": {"key": outgoing.key}}
        try:
            return await api.call(method, text=message.text, blocks=message.blocks, metadata=metadata, **where)
        except SlackRefusedError as refused:
            if refused.code not in _BLOCKS_REFUSED:
                raise
            log.warning("slack.blocks_refused", code=refused.code, kind=outgoing.kind.value, key=outgoing.key)
        # Without an empty list an update would keep the old blocks.
        return await api.call(method, text=message.text, blocks=[], metadata=metadata, **where)

    async def _channel(self, api: SlackWebApi, outgoing: Outgoing, conversation: str) -> str:
        """The channel to post to; a person's direct conversation is opened, which needs no scope of theirs."""
        if not is_user(conversation):
            return conversation
        known = (outgoing.organization_id, conversation)  # the same id may be somebody else's in another workspace
        if known not in self._direct_channels:
            opened = await api.call("conversations.open", users=conversation)
            if len(self._direct_channels) >= _MOST_REMEMBERED:
                self._direct_channels.clear()
            self._direct_channels[known] = str(opened["channel"]["id"])
        return self._direct_channels[known]

    async def _find(self, api: SlackWebApi, channel: str, thread_ts: str | None, key: str) -> Place | None:
        """Ask Slack for the message that carries this delivery's key."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        cursor = ""
        for _ in range(_MOST_PAGES):
            try:
                page = await api.call(
                    method,
                    channel=channel,
                    ts=thread_ts,
                    include_all_metadata=True,
                    limit=_PAGE_LENGTH,
                    cursor=cursor or None,
                )
            except SlackRefusedError as refused:
                log.warning("slack.history_refused", code=refused.code, key=key)
                return None  # a message twice is better than none
            for message in page.get("messages", []):
                if _key_of(message) == key:
                    return Place(channel, str(message["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
        return None


def _key_of(message: dict[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != METADATA_EVENT:
        return ""
    return str((metadata.get("event_payload") or {}).get("key", ""))


def _receipt(answer: dict[str, Any]) -> Receipt:
    return Receipt(external_id=str(Place(answer["channel"], answer["ts"])))
