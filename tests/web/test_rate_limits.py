"""Counting tries: apart by kind and by person, and sane when the counters are away."""

import sys
from unittest.mock import patch

import pytest
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from core.errors import ConfigurationError, LimitReachedError, TryAgainLaterError
from webhooks.rate_limits import Limit, RateLimits


async def test_each_kind_and_each_person_is_counted_apart() -> None:
    limits = RateLimits()
    for _ in range(5):
        await limits.count(Limit.LINKS_OF_ACCOUNT, "ada")
    with pytest.raises(LimitReachedError) as refusal:
        await limits.count(Limit.LINKS_OF_ACCOUNT, "ada")
    assert 0 < (refusal.value.retry_after or 0) <= 900
    await limits.count(Limit.LINKS_OF_ACCOUNT, "eve")
    await limits.count(Limit.LINKS_OF_ADDRESS, "ada")
    await limits.forgive(Limit.LINKS_OF_ACCOUNT, "ada")
    await limits.count(Limit.LINKS_OF_ACCOUNT, "ada")


async def test_a_stranger_cannot_lock_an_account_from_elsewhere() -> None:
    limits = RateLimits()
    for _ in range(10):
        await limits.count(Limit.SIGN_INS_OF_ACCOUNT, "ada", "203.0.113.9")
    with pytest.raises(LimitReachedError):
        await limits.count(Limit.SIGN_INS_OF_ACCOUNT, "ada", "203.0.113.9")
    await limits.count(Limit.SIGN_INS_OF_ACCOUNT, "ada", "198.51.100.7")


async def test_counters_that_are_away_stop_guessing_but_not_the_web() -> None:
    limits = RateLimits()
    away = StorageError(ConnectionError("redis"))
    with (
        patch.object(MovingWindowRateLimiter, "hit", side_effect=away),
        patch.object(MovingWindowRateLimiter, "clear", side_effect=away),
    ):
        await limits.count(Limit.REQUESTS, "203.0.113.9")
        with pytest.raises(TryAgainLaterError):
            await limits.count(Limit.SIGN_INS_OF_ACCOUNT, "ada", "203.0.113.9")
        await limits.forgive(Limit.SIGN_INS_OF_ACCOUNT, "ada", "203.0.113.9")


def test_redis_without_its_package_is_a_mistake_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match="RATE_LIMIT_STORAGE"):
        RateLimits("redis://localhost:6379/0")
