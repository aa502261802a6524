"""The files of a message, put beside its words: once, also after a crash, and a link where they are too large.

Source: https://docs.slack.dev/messaging/working-with-files (files.getUploadURLExternal, files.completeUploadExternal)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from bot.slack.places import Place
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.conversations.values import Outgoing
from core.errors import DeliveryRefusedError, NotFoundError
from core.tickets.values import AttachmentSnapshot

log = structlog.get_logger(__name__)

_MOST_MESSAGES = 200
_CLOCKS_DIFFER_SECONDS = 60.0
_GONE = frozenset({"file_not_found", "file_deleted"})


class AttachmentBytes(Protocol):
    """Where attachments are kept, by the SHA-256 of their bytes.

    Raises:
        NotFoundError: it is not there (any more).
    """

    async def read(self, sha256: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileUploads:
    """Uploads into one conversation. `largest`: bytes of a file beyond which a link has to do."""

    attachments: AttachmentBytes
    largest: int

    def fitting(self, outgoing: Outgoing) -> list[AttachmentSnapshot]:
        return [file for file in _shown(outgoing) if 0 < file.size <= self.largest]

    def left_out(self, outgoing: Outgoing) -> list[AttachmentSnapshot]:
        return [file for file in _shown(outgoing) if not 0 < file.size <= self.largest]

    async def upload(self, api: SlackWebApi, files: Sequence[AttachmentSnapshot], where: Place) -> str:
        """Share files in a channel, or in a thread where `where` has a time stamp; their ids in Slack.

        Raises:
            DeliveryRefusedError: Slack will not take them, or they are gone. TryAgainLaterError: a passing fault.
        """
        shared = []
        for file in files:
            content = await self._bytes_of(file)
            place = await api.call("files.getUploadURLExternal", filename=file.filename, length=len(content))
            await api.upload(str(place["upload_url"]), content)
            shared.append({"id": str(place["file_id"]), "title": file.filename})
        await api.call(
            "files.completeUploadExternal", files=shared, channel_id=where.channel, thread_ts=where.ts or None
        )
        return ",".join(file["id"] for file in shared)

    async def _bytes_of(self, file: AttachmentSnapshot) -> bytes:
        try:
            return await self.attachments.read(file.sha256)
        except NotFoundError as error:
            raise DeliveryRefusedError("An attachment of this message is no longer there.") from error


def _shown(outgoing: Outgoing) -> list[AttachmentSnapshot]:
    return [file for file in outgoing.attachments if not file.inline]


async def find_upload(
    api: SlackWebApi, files: Sequence[AttachmentSnapshot], where: Place, *, oldest: float
) -> tuple[Place, str] | None:
    """Ask Slack for a message of ours with exactly these files, and their ids; `oldest` in seconds since 1970.

    An upload carries no metadata of ours, so it is known by the names and sizes of its files.
    """
    wanted = sorted((file.filename, file.size) for file in files)
    try:
        page = await api.call(
            "conversations.replies" if where.ts else "conversations.history",
            channel=where.channel,
            ts=where.ts or None,
            oldest=f"{max(0.0, oldest - _CLOCKS_DIFFER_SECONDS):.6f}",
            limit=_MOST_MESSAGES,
        )
    except SlackRefusedError as refused:
        log.warning("slack.history_refused", code=refused.code)
        return None  # files twice are better than none
    for message in page.get("messages", []):
        if message.get("bot_id") and _files_in(message) == wanted:
            ids = ",".join(str(file["id"]) for file in message["files"])
            return Place(where.channel, str(message["ts"])), ids
    return None


async def remove_files(api: SlackWebApi, files: Sequence[str]) -> None:
    """Take files of ours out of Slack; those that are gone already are no trouble.

    Source: https://docs.slack.dev/reference/methods/files.delete
    """
    for file_id in files:
        try:
            await api.call("files.delete", file=file_id)
        except SlackRefusedError as refused:
            if refused.code not in _GONE:
                raise


def _files_in(message: dict[str, Any]) -> list[tuple[str, int]]:
    return sorted((str(file.get("name", "")), int(file.get("size") or 0)) for file in message.get("files") or ())
