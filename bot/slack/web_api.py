"""Calling Slack's Web API.

slack_sdk's client is not used for this: it repeats a call whose connection broke, which posts a message twice, and
sends some methods by GET. Here every method is one POST, tried once, and every failure is one of three.
Source: https://docs.slack.dev/apis/web-api/
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, encode_basic_auth

from bot.slack import limits
from core.errors import DeliveryRefusedError, TryAgainLaterError

log = structlog.get_logger(__name__)

Json = dict[str, Any]

PASSING_FAULTS = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited"}
)
TOKEN_EXPIRED = "token_expired"  # noqa: S105 (Slack's word for it)
ACCESS_LOST = frozenset({"invalid_auth", "not_authed", "token_revoked", TOKEN_EXPIRED, "account_inactive"})
DEFAULT_RETRY_SECONDS = 30.0


class SlackRefusedError(DeliveryRefusedError):
    """Slack refused a call for good; `code` is its word for why."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack refused {method}: {code}.")
        self.method = method
        self.code = code


class Download(NamedTuple):
    """What a file's address answered."""

    status: int
    content_type: str
    content: bytes
    retry_after: float | None


class Connection:
    """The session of all who share it, opened at the first call."""

    def __init__(self, seconds: float = limits.WEB_API_SECONDS) -> None:
        self._seconds = seconds
        self._session: ClientSession | None = None

    def session(self) -> ClientSession:
        if self._session is None or self._session.closed:
            self._session = ClientSession(timeout=ClientTimeout(total=self._seconds))
        return self._session

    def patience(self, seconds: float | None) -> ClientTimeout:
        return ClientTimeout(total=seconds or self._seconds)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class SlackWebApi:
    """One workspace's Web API, over a connection of its own or one that others use too."""

    def __init__(
        self,
        *,
        token: str,
        base_url: str,
        seconds: float = limits.WEB_API_SECONDS,
        connection: Connection | None = None,
    ) -> None:
        self._authorization = f"Bearer {token}"
        self.base_url = base_url.rstrip("/")
        self.connection = connection or Connection(seconds)
        self._granted: frozenset[str] = frozenset()

    def as_app(self, client_id: str, client_secret: str) -> "SlackWebApi":
        """The few methods that an app calls for itself, by HTTP Basic authentication."""
        api = SlackWebApi(token="", base_url=self.base_url, connection=self.connection)
        api._authorization = encode_basic_auth(client_id, client_secret)
        return api

    async def call(self, method: str, *, seconds: float | None = None, **arguments: Any) -> Json:
        """Call one method, once. Objects and lists travel as JSON text, None is left out.

        Raises:
            TryAgainLaterError: 429 (`retry_after` as Slack says), 5xx, a fault of Slack's, no or no readable answer.
            SlackRefusedError: any other `ok: false`.
        """
        form = {name: _encoded(value) for name, value in arguments.items() if value is not None}
        headers = {"Authorization": self._authorization}
        status, retry_after, body = await self._post(f"{self.base_url}/{method}", seconds, data=form, headers=headers)
        if status == 429:  # noqa: PLR2004 (HTTP: too many requests)
            raise TryAgainLaterError(f"Slack asks to slow down ({method}).", retry_after=retry_after)
        if status >= 500 or not isinstance(body, dict):  # noqa: PLR2004 (HTTP: server errors)
            raise TryAgainLaterError(f"Slack has a fault ({method}, status {status}).")
        if body.get("ok") is True:
            return body
        code = str(body.get("error", "unknown_error"))
        if code in PASSING_FAULTS:
            raise TryAgainLaterError(f"Slack has a fault ({method}, {code}).", retry_after=retry_after)
        if code in ACCESS_LOST:
            log.error("slack.access_lost", method=method, code=code)
        raise SlackRefusedError(method, code)

    async def identity(self) -> tuple[Json, frozenset[str]]:
        """Whose token this is (`auth.test`), and the scopes it was granted, none where Slack does not say.

        Raises:
            As `call`.
        """
        answer = await self.call("auth.test")
        return answer, self._granted

    async def respond(self, response_url: str, message: Mapping[str, Any]) -> None:
        """Answer a command or button at the address that came with it; `message` says to whom.

        Raises:
            TryAgainLaterError: Slack did not take it; there is nobody to try again for.
        """
        status, retry_after, _ = await self._post(response_url, limits.VIEW_CALL_SECONDS, json=message)
        if status >= 400:  # noqa: PLR2004 (HTTP: errors)
            raise TryAgainLaterError(f"Slack did not take the answer (status {status}).", retry_after=retry_after)

    async def download(self, address: str, *, largest: int) -> Download:
        """Fetch a file with this token, no more than one byte over `largest`; a redirect is not followed.

        Raises:
            TryAgainLaterError: no answer.
        """
        headers = {"Authorization": self._authorization}
        timeout = ClientTimeout(total=limits.FILE_SECONDS)
        try:
            async with self.connection.session().get(
                address, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                content = bytearray()
                async for chunk in response.content.iter_chunked(limits.FILE_CHUNK):
                    content += chunk
                    if len(content) > largest:
                        break
                return Download(response.status, response.content_type, bytes(content), _retry_after(response))
        except (ClientError, TimeoutError, OSError) as error:
            raise TryAgainLaterError(f"Slack's files cannot be reached ({type(error).__name__}).") from error

    async def upload(self, address: str, content: bytes) -> None:
        """Give a file to the address that `files.getUploadURLExternal` named; it carries its own secret.

        Raises:
            TryAgainLaterError: Slack did not take it.
        """
        timeout = ClientTimeout(total=limits.FILE_SECONDS)
        headers = {"Content-Type": "application/octet-stream"}
        try:
            async with self.connection.session().post(
                address, data=content, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                if response.status != 200:  # noqa: PLR2004 (HTTP: OK)
                    raise TryAgainLaterError(
                        f"Slack did not take a file (status {response.status}).", retry_after=_retry_after(response)
                    )
        except (ClientError, TimeoutError, OSError) as error:
            raise TryAgainLaterError(f"Slack's files cannot be reached ({type(error).__name__}).") from error

    async def close(self) -> None:
        await self.connection.close()

    async def _post(self, url: str, seconds: float | None, **request: Any) -> tuple[int, float | None, Any]:
        timeout = self.connection.patience(seconds)
        try:
            async with self.connection.session().post(url, timeout=timeout, **request) as response:
                if scopes := response.headers.get("X-OAuth-Scopes", ""):
                    self._granted = frozenset(scope.strip() for scope in scopes.split(","))
                return response.status, _retry_after(response), _decoded(await response.read())
        except (ClientError, TimeoutError, OSError) as error:
            raise TryAgainLaterError(f"Slack cannot be reached ({type(error).__name__}).") from error


def _encoded(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _retry_after(response: ClientResponse) -> float | None:
    value = response.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    return DEFAULT_RETRY_SECONDS if response.status == 429 else None  # noqa: PLR2004 (HTTP: too many requests)


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
