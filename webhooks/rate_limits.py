"""How often one address or account may try."""

import time
from enum import StrEnum

from limits import RateLimitItem, parse
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError as LibraryMissingError
from limits.errors import StorageError
from limits.storage import StorageTypes, storage_from_string

from core.errors import ConfigurationError, LimitReachedError, TryAgainLaterError

REDIS_SECONDS = 1.0


class Limit(StrEnum):
    """What is counted."""

    REQUESTS = "requests"  # one client address, all of the web
    SIGN_INS_OF_ADDRESS = "sign-ins of an address"
    SIGN_INS_OF_ACCOUNT = "sign-ins of an account from one address"  # so that a stranger cannot lock its owner out
    SIGN_INS_OF_ACCOUNT_ANYWHERE = "sign-ins of an account from anywhere"
    LINKS_OF_ADDRESS = "links of an address"
    LINKS_OF_ACCOUNT = "links of an account"
    REGISTRATIONS_OF_ADDRESS = "registrations of an address"
    REDEMPTIONS_OF_ADDRESS = "redemptions of an address"
    WRONG_TOKENS_OF_ADDRESS = "wrong tokens of an address"  # at a mail provider's door


_ALLOWED = {
    Limit.REQUESTS: "1200 per minute",
    Limit.SIGN_INS_OF_ADDRESS: "60 per 15 minutes",
    Limit.SIGN_INS_OF_ACCOUNT: "10 per 15 minutes",
    Limit.SIGN_INS_OF_ACCOUNT_ANYWHERE: "100 per 15 minutes",
    Limit.LINKS_OF_ADDRESS: "30 per hour",
    Limit.LINKS_OF_ACCOUNT: "5 per 15 minutes",
    Limit.REGISTRATIONS_OF_ADDRESS: "30 per hour",
    Limit.REDEMPTIONS_OF_ADDRESS: "60 per 15 minutes",
    Limit.WRONG_TOKENS_OF_ADDRESS: "60 per minute",
}


class RateLimits:
    """Counts in memory, or in Redis where several processes share the work.

    Raises:
        ConfigurationError: the storage cannot be used.
    """

    def __init__(self, storage: str = "memory") -> None:
        self._windows = MovingWindowRateLimiter(_storage(storage))
        self._items: dict[Limit, RateLimitItem] = {limit: parse(allowed) for limit, allowed in _ALLOWED.items()}

    async def count(self, limit: Limit, *who: str) -> None:
        """Count one try of whoever these words name together.

        Raises:
            LimitReachedError: one too many; `retry_after` in seconds.
            TryAgainLaterError: the counters cannot be reached.
        """
        try:
            allowed = await self._windows.hit(self._items[limit], limit, *who)
            reset_at = 0.0 if allowed else (await self._windows.get_window_stats(self._items[limit], limit, *who))[0]
        except StorageError as error:
            if limit is Limit.REQUESTS:
                return  # better a web without this limit than no web
            raise TryAgainLaterError("The rate limits cannot be checked just now.", mend="Please try again.") from error
        if not allowed:
            wait = max(1.0, reset_at - time.time())
            raise LimitReachedError("That was too often.", mend="Please wait a while.", retry_after=wait)

    async def forgive(self, limit: Limit, *who: str) -> None:
        """Start counting anew, after a success."""
        try:
            await self._windows.clear(self._items[limit], limit, *who)
        except StorageError:
            return  # the worst of it: the next mistake counts a little early


def _storage(storage: str) -> StorageTypes:
    if storage == "memory":
        return storage_from_string("async+memory://")
    timeouts = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
    try:
        return storage_from_string(f"async+{storage}", wrap_exceptions=True, implementation="redispy", **timeouts)
    except LibraryMissingError as error:
        raise ConfigurationError(
            "RATE_LIMIT_STORAGE: Redis needs the package `redis`.", mend="Install it, or use memory."
        ) from error
