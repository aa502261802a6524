"""Falling back, the circuit breaker and the budget."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.tickets.values import Category
from core.triage.fallback import CircuitBreaker, FallbackTriage
from core.triage.local import LocalTriage
from core.triage.openai import OpenAiTriage
from core.triage.values import AiCall, TriageFailedError, TriageRequest, TriageResult
from tests.fakes.clock import FakeClock
from tests.fakes.openai import FAULTS, Answer, FakeOpenAi
from tests.fakes.triage import ADVICE, ScriptedTriage

REQUEST = TriageRequest(title="Printer jams", description="Error E-05 appears on every second page.")
CALL = AiCall(
    model="remote",
    purpose="triage",
    input_tokens=10,
    cached_tokens=0,
    output_tokens=5,
    cost_usd=Decimal("0.001"),
    duration_ms=7,
    outcome="invalid",
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def api() -> AsyncIterator[FakeOpenAi]:
    async with FakeOpenAi() as api:
        yield api


async def test_advice_of_the_first_engine_is_taken() -> None:
    first, second = ScriptedTriage(), ScriptedTriage()
    result = await FallbackTriage(first, second).suggest(REQUEST)
    assert result.suggestion.fallback_reason == ""
    assert second.requests == []


@pytest.mark.parametrize("name", FAULTS)
async def test_whatever_the_provider_does_the_ticket_gets_local_advice(api: FakeOpenAi, name: str) -> None:
    """zammad#5892, #5908: out of credit, slow or talking nonsense, tickets are sorted all the same."""
    api.always(FAULTS[name]())
    remote = OpenAiTriage(api_key="key-of-a-test", base_url=api.base_url, timeout=0.5)
    engine = FallbackTriage(remote, LocalTriage())
    result = await engine.suggest(REQUEST)
    await engine.close()
    assert result.suggestion.category is Category.BUG
    assert result.suggestion.model == "local"
    assert result.suggestion.fallback_reason
    assert [call.model for call in result.calls] == ["gpt-4.1-mini"] * len(api.requests)
    assert result.suggestion.fallback_reason == result.calls[-1].outcome


async def test_what_failed_is_billed_with_what_succeeded() -> None:
    local_call = replace(CALL, model="second", outcome="ok")
    first = ScriptedTriage(TriageFailedError("invalid", calls=(CALL,)))
    second = ScriptedTriage(TriageResult(suggestion=ADVICE, calls=(local_call,)))
    result = await FallbackTriage(first, second).suggest(REQUEST)
    assert result.calls == (CALL, local_call)


async def test_an_engine_that_crashes_is_a_failure_like_any_other() -> None:
    result = await FallbackTriage(ScriptedTriage(KeyError("usage")), ScriptedTriage()).suggest(REQUEST)
    assert result.suggestion.fallback_reason == "crashed: KeyError"


async def test_both_failing_still_bills_the_first() -> None:
    first = ScriptedTriage(TriageFailedError("refused", calls=(CALL,)))
    for second in (ScriptedTriage(TriageFailedError("timeout")), ScriptedTriage(ValueError("broken"))):
        with pytest.raises(TriageFailedError) as failed:
            await FallbackTriage(first, second).suggest(REQUEST)
        assert failed.value.calls == (CALL,)
        assert failed.value.reason == "refused"


async def test_over_budget_the_provider_is_not_asked() -> None:
    async def over() -> bool:
        return True

    first = ScriptedTriage()
    result = await FallbackTriage(first, ScriptedTriage(), is_over_budget=over).suggest(REQUEST)
    assert result.suggestion.fallback_reason == "budget"
    assert first.requests == []


async def test_the_circuit_opens_after_failures_in_a_row_and_tries_again_after_a_pause(clock: FakeClock) -> None:
    first = ScriptedTriage(TriageFailedError("http_500"))
    engine = FallbackTriage(first, ScriptedTriage(), clock=clock)
    for _ in range(5):
        result = await engine.suggest(REQUEST)
    assert len(first.requests) == 3
    assert result.suggestion.fallback_reason == "paused: http_500"
    clock.advance(seconds=59)
    await engine.suggest(REQUEST)
    assert len(first.requests) == 3
    clock.advance(seconds=2)
    first.result = None
    assert (await engine.suggest(REQUEST)).suggestion.fallback_reason == ""
    first.result = TriageFailedError("http_500")
    await engine.suggest(REQUEST)
    await engine.suggest(REQUEST)
    assert len(first.requests) == 6


async def test_a_success_in_between_keeps_the_circuit_closed(clock: FakeClock) -> None:
    first = ScriptedTriage()
    engine = FallbackTriage(first, ScriptedTriage(), clock=clock)
    for turn in range(12):
        first.result = None if turn % 3 == 2 else TriageFailedError("timeout")
        await engine.suggest(REQUEST)
    assert len(first.requests) == 12


@pytest.mark.parametrize("reason", ["refused", "invalid", "truncated", "bad_request"])
async def test_failures_about_one_ticket_never_open_the_circuit(clock: FakeClock, reason: str) -> None:
    first = ScriptedTriage(TriageFailedError(reason))
    engine = FallbackTriage(first, ScriptedTriage(), clock=clock)
    for _ in range(10):
        await engine.suggest(REQUEST)
    assert len(first.requests) == 10


@pytest.mark.parametrize("reason", ["insufficient_quota", "unauthorized", "forbidden", "unknown_model"])
def test_a_hopeless_failure_opens_at_once_and_for_longer(clock: FakeClock, reason: str) -> None:
    breaker = CircuitBreaker(clock=clock, failures_to_open=3, open_for=timedelta(seconds=60))
    breaker.failed(reason)
    assert not breaker.admits()
    clock.advance(seconds=599)
    assert not breaker.admits()
    clock.advance(seconds=2)
    assert breaker.admits()


def test_only_one_caller_tries_after_the_pause(clock: FakeClock) -> None:
    breaker = CircuitBreaker(clock=clock, failures_to_open=1)
    breaker.failed("timeout")
    clock.advance(seconds=61)
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.failed("timeout")
    assert not breaker.admits()
    clock.advance(seconds=61)
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.admits()


async def test_a_working_provider_closes_the_circuit_over_http(api: FakeOpenAi, clock: FakeClock) -> None:
    remote = OpenAiTriage(api_key="key-of-a-test", base_url=api.base_url, clock=clock)
    engine = FallbackTriage(remote, LocalTriage(), clock=clock)
    api.always(FAULTS["out of credit"]())
    await engine.suggest(REQUEST)
    await engine.suggest(REQUEST)
    assert len(api.requests) == 1
    api.always(Answer())
    clock.advance(seconds=601)
    assert (await engine.suggest(REQUEST)).suggestion.model == "gpt-4.1-mini"
    await engine.close()
