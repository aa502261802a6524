"""No ticket waits for a provider: whatever the first engine does, the second one answers."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from core.clock import Clock
from core.triage.ports import Triage
from core.triage.values import AiCall, TriageFailedError, TriageRequest, TriageResult

log = structlog.get_logger(__name__)

FAILURES_TO_OPEN = 3
OPEN_FOR = timedelta(minutes=1)
HOPELESS = frozenset({"insufficient_quota", "unauthorized", "forbidden", "unknown_model"})
"""Failures that the next call will meet too: the circuit opens at once, and for longer."""
HOPELESS_FACTOR = 10
ABOUT_THIS_TICKET = frozenset({"refused", "invalid", "truncated", "bad_request"})
"""Failures that say nothing about the provider's health: the circuit does not count them."""


class CircuitBreaker:
    """Stops asking a failing provider for a while, then lets one call try again."""

    def __init__(
        self, *, clock: Clock, failures_to_open: int = FAILURES_TO_OPEN, open_for: timedelta = OPEN_FOR
    ) -> None:
        self._clock = clock
        self._failures_to_open = failures_to_open
        self._open_for = open_for.total_seconds()
        self._failures = 0
        self._open_until = 0.0
        self.reason = ""

    def admits(self) -> bool:
        """Whether to ask now. After each pause one caller is let through, whose report opens or closes it."""
        if not self.reason:
            return True
        now = self._clock.monotonic()
        if now < self._open_until:
            return False
        self._open_until = now + self._open_for
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self.reason = ""

    def failed(self, reason: str) -> None:
        """Counts a failure. Opens after the given number in a row, at once when the next call is hopeless too."""
        if reason in ABOUT_THIS_TICKET:
            self.succeeded()
            return
        self._failures += 1
        hopeless = reason in HOPELESS
        if hopeless or self._failures >= self._failures_to_open:
            self.reason = reason
            self._open_until = self._clock.monotonic() + self._open_for * (HOPELESS_FACTOR if hopeless else 1)
            log.warning("triage.circuit_open", reason=reason, failures=self._failures)


async def _never() -> bool:
    return False


class FallbackTriage:
    """Asks `primary`; when it fails, is broken off or over budget, the advice is `fallback`'s and says why.

    Every call of the primary stays in the result, failed ones included, so that it is billed.
    """

    def __init__(
        self,
        primary: Triage,
        fallback: Triage,
        *,
        clock: Clock | None = None,
        breaker: CircuitBreaker | None = None,
        is_over_budget: Callable[[], Awaitable[bool]] = _never,
    ) -> None:
        self.model = primary.model
        self._primary = primary
        self._fallback = fallback
        self._breaker = breaker or CircuitBreaker(clock=clock or Clock())
        self._is_over_budget = is_over_budget

    async def suggest(self, request: TriageRequest) -> TriageResult:
        """Advice on one ticket.

        Raises:
            TriageFailedError: the fallback failed too.
        """
        if await self._is_over_budget():
            return await self._fall_back(request, "budget", ())
        if not self._breaker.admits():
            return await self._fall_back(request, f"paused: {self._breaker.reason}", ())
        try:
            result = await self._primary.suggest(request)
        except TriageFailedError as error:
            self._breaker.failed(error.reason)
            return await self._fall_back(request, error.reason, error.calls)
        except Exception as error:  # a ticket is sorted whatever is wrong with an engine
            log.exception("triage.engine_crashed", model=self.model)
            self._breaker.failed("crashed")
            return await self._fall_back(request, f"crashed: {type(error).__name__}", ())
        self._breaker.succeeded()
        return result

    async def close(self) -> None:
        await self._primary.close()
        await self._fallback.close()

    async def _fall_back(self, request: TriageRequest, reason: str, calls: tuple[AiCall, ...]) -> TriageResult:
        log.info("triage.fell_back", model=self.model, reason=reason)
        try:
            result = await self._fallback.suggest(request)
        except TriageFailedError as error:
            raise TriageFailedError(reason, calls=calls + error.calls) from error
        except Exception as error:  # the caller bills what the first engine cost
            log.exception("triage.engine_crashed", model=self._fallback.model)
            raise TriageFailedError(reason, calls=calls) from error
        return TriageResult(suggestion=replace(result.suggestion, fallback_reason=reason), calls=calls + result.calls)
