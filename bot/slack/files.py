"""Files on their way from Slack and into it.

Source: https://docs.slack.dev/reference/objects/file-object, https://docs.slack.dev/messaging/working-with-files
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog

from bot.slack.apis import SlackApis
from bot.slack.payloads.events import file_of
from bot.slack.payloads.values import SlackFile
from bot.slack.web_api import Download, SlackRefusedError, SlackWebApi
from core.errors import TryAgainLaterError
from core.files.values import FetchedFile, FileRefusedError, RemoteFile, too_large

log = structlog.get_logger(__name__)

_FILES = frozenset({"files.slack.com", "files.slack-gov.com"})
_MORE_FILES = ".slack-files.com"
_OF_THE_API = frozenset({"slack.com", "www.slack.com", "slack-gov.com"})
_SIGN_IN_PAGE = "text/html"
_NOT_OURS = "Slack does not let me read it. An admin can mend that: see `tickmate doctor`."
_GONE = "It is no longer there."
_ELSEWHERE = "It is kept outside of Slack. Please send the file itself, or a link to it."


def remote_files(files: Sequence[SlackFile], workspace_id: str) -> tuple[RemoteFile, ...]:
    """Files of a message or form in the desk's own words."""
    return tuple(
        RemoteFile(
            workspace_id=workspace_id,
            file_id=file.file_id,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            address=file.url,
        )
        for file in files
    )


class SlackFiles:
    """Implements `core.files.ports.FileSource` for Slack."""

    def __init__(self, apis: SlackApis) -> None:
        self._apis = apis

    async def fetch(self, file: RemoteFile, *, largest: int) -> FetchedFile:
        """The bytes of a file. Slack is asked where it is only if its message did not say.

        Raises:
            FileRefusedError: gone, too large, kept elsewhere, or not for us. TryAgainLaterError: a passing fault.
        """
        api = await self._apis.of_workspace(file.workspace_id)
        known = file if file.address else await _asked(api, file)
        if known.size > largest:
            raise too_large(largest, known.size)
        if not _is_slacks(known.address, api.base_url):
            raise FileRefusedError(_ELSEWHERE)
        got = await api.download(known.address, largest=largest)
        _check(got, known, largest)
        return FetchedFile(name=known.name or "file", content_type=known.content_type, content=got.content)


async def _asked(api: SlackWebApi, file: RemoteFile) -> RemoteFile:
    try:
        answer = await api.call("files.info", file=file.file_id)
    except SlackRefusedError as refused:
        log.warning("slack.file_not_shown", code=refused.code)
        is_gone = refused.code in {"file_not_found", "file_deleted"}
        raise FileRefusedError(_GONE if is_gone else _NOT_OURS) from refused
    (known,) = remote_files([file_of(answer["file"])], file.workspace_id)
    if not known.address:
        raise FileRefusedError(_GONE)
    return known


def _is_slacks(address: str, base_url: str) -> bool:
    """Whether our token may go there: to where Slack keeps files, never to its API, or to the emulator in its place."""
    parts, own = urlsplit(address), urlsplit(base_url)
    host = parts.hostname or ""
    if (own.hostname or "") not in _OF_THE_API and parts.netloc == own.netloc:
        return True
    return parts.scheme == "https" and (host in _FILES or host.endswith(_MORE_FILES))


def _check(got: Download, file: RemoteFile, largest: int) -> None:
    if got.status == 429 or got.status >= 500:  # noqa: PLR2004 (HTTP: too many requests, server errors)
        raise TryAgainLaterError(f"Slack's files have a fault (status {got.status}).", retry_after=got.retry_after)
    if got.status in {404, 410}:
        raise FileRefusedError(_GONE)
    is_sign_in = got.content_type == _SIGN_IN_PAGE and file.content_type != _SIGN_IN_PAGE
    if got.status != 200 or is_sign_in:  # noqa: PLR2004 (HTTP: OK; a redirect leads to the sign-in page)
        log.error("slack.file_needs_sign_in", status=got.status)
        raise FileRefusedError(_NOT_OURS)
    if len(got.content) > largest:
        raise too_large(largest)
