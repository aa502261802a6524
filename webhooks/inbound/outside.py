"""Getting something from a provider: one GET, bounded in bytes and time, that follows no redirect."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

import aiohttp

from core.errors import TooLargeError, TryAgainLaterError


class Got(NamedTuple):
    """An answer that is no passing fault: 2xx, 3xx, or a 4xx other than 408 and 429."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status == HTTPStatus.OK


Get = Callable[[str], Awaitable[Got]]
"""Replaced in tests by a double of the provider."""

_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


async def get(
    url: str, *, largest: int = 64 * 1024, seconds: float = 5.0, headers: Mapping[str, str] | None = None
) -> Got:
    """Ask once.

    Raises:
        TryAgainLaterError: no answer, or one that says so; with the time where it names one.
        TooLargeError: more than `largest` bytes.
    """
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status in _PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise TryAgainLaterError(
                    f"{answer.url.host} answered {answer.status}.", retry_after=_seconds(answer.headers)
                )
            return Got(answer.status, await _read(answer, largest))
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise TryAgainLaterError(f"A provider could not be reached ({type(error).__name__}).") from error


async def _read(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > largest:
            raise TooLargeError(f"A provider's answer is larger than {largest:,} bytes.")
    return bytes(body)


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None
