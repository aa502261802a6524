"""Triage by a language model behind the OpenAI chat completions API, or any endpoint that speaks it.

`create` with a schema and our own validation, never the library's `parse`: that raises on truncation and on bad JSON
before the usage is seen, and every token has to be billed.
"""

import asyncio
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.triage.answer import (
    DESCRIPTION_LIMIT,
    EXAMPLE_LIMIT,
    INSTRUCTIONS,
    SCHEMA,
    Reading,
    examples_message,
    read_answer,
    ticket_message,
)
from core.triage.masking import masked
from core.triage.ports import Memory
from core.triage.prices import Prices, published_prices
from core.triage.provider import Provider
from core.triage.values import AiCall, Precedent, Precedents, TriageFailedError, TriageRequest, TriageResult

if TYPE_CHECKING:
    from openai import APIStatusError
    from openai.types.chat import ChatCompletion

PURPOSE = "triage"
DEFAULT_MODEL = "gpt-4.1-mini"
TIMEOUT = 20.0  # seconds for one call, whatever it sends meanwhile
OUTPUT_TOKENS = 600
TRIES = 2
WORTH_ANOTHER_TRY = frozenset({"invalid", "truncated", "unreachable", "http_500", "http_502", "http_503"})
SERVER_ERROR = 500
REASONING_MODEL = re.compile(r"o\d|gpt-[5-9]")
"""Models that take no temperature."""


class OpenAiTriage:
    """Asks the model once, and once more when the answer was no valid one or none came; then abstains, or fails."""

    def __init__(
        self,
        *,
        api_key: str,
        model: str = DEFAULT_MODEL,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        prices: Prices | None = None,
        clock: Clock | None = None,
        masks: bool = True,
        memory: Memory | None = None,
    ) -> None:
        self.model = model
        self._provider = Provider(api_key=api_key, base_url=base_url, timeout=timeout)
        self._timeout = timeout
        self._prices = prices or published_prices()
        self._clock = clock or Clock()
        self._masks = masks
        self._memory = memory

    async def suggest(self, request: TriageRequest) -> TriageResult:
        """Advice on one ticket.

        Raises:
            TriageFailedError: the provider failed, refused, or gave no JSON twice; `calls` holds what it cost.
        """
        precedents = await self._memory.precedents(request) if self._memory else Precedents()
        calls = list(precedents.calls)
        if self._masks:
            request, precedents = _masked(request), _masked_precedents(precedents)
        message = f"{examples_message(precedents)}{ticket_message(request)}"
        best: Reading | None = None
        for _ in range(TRIES):
            call, content = await self._ask(message)
            reading = read_answer(content, request, model=self.model) if content is not None else None
            if call.outcome == "ok" and (reading is None or not reading.is_valid):
                call = replace(call, outcome="invalid")
            calls.append(call)
            best = reading or best
            if call.outcome not in WORTH_ANOTHER_TRY:
                break
        if best is None:
            raise TriageFailedError(calls[-1].outcome, calls=tuple(calls))
        return TriageResult(suggestion=best.suggestion, calls=tuple(calls))

    async def close(self) -> None:
        await self._provider.close()

    async def _ask(self, message: str) -> tuple[AiCall, str | None]:
        """One call: what it cost and how it ended, and the text of the answer where a complete one came."""
        client = await self._provider.client()
        import openai  # noqa: PLC0415 (0.4 s; loaded by now)

        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                completion = await client.chat.completions.create(
                    model=self.model,
                    messages=[
                        {"role": "system", "content": INSTRUCTIONS},
                        {"role": "user", "content": message},
                    ],
                    response_format={
                        "type": "json_schema",
                        "json_schema": {"name": "triage", "strict": True, "schema": SCHEMA},
                    },
                    max_completion_tokens=OUTPUT_TOKENS,
                    temperature=openai.omit if REASONING_MODEL.match(self.model) else 0,
                )
        except (TimeoutError, openai.APITimeoutError):
            return self._failed("timeout", started), None
        except openai.APIStatusError as error:
            return self._failed(_status_reason(error), started, declined=error.status_code < SERVER_ERROR), None
        except openai.APIConnectionError:
            return self._failed("unreachable", started), None
        except (openai.OpenAIError, ValueError):  # ValueError: a 200 whose body is no JSON
            return self._failed("nonsense", started), None
        outcome, content = _content(completion)
        return self._billed(completion, outcome, started), content

    def _billed(self, completion: "ChatCompletion", outcome: str, started: float) -> AiCall:
        usage = getattr(completion, "usage", None)
        prompt = _count(usage, "prompt_tokens")
        cached = _count(getattr(usage, "prompt_tokens_details", None), "cached_tokens")
        output = _count(usage, "completion_tokens")
        day = self._clock.now().date()
        cost = self._prices.cost(self.model, day, input_tokens=prompt, cached_tokens=cached, output_tokens=output)
        return AiCall(
            model=self.model,
            purpose=PURPOSE,
            input_tokens=prompt,
            cached_tokens=cached,
            output_tokens=output,
            cost_usd=cost if usage is not None else None,
            duration_ms=self._since(started),
            outcome=outcome,
        )

    def _failed(self, reason: str, started: float, *, declined: bool = False) -> AiCall:
        """A call without usage: free when the provider declined it, of unknown cost when it may have run."""
        return AiCall(
            model=self.model,
            purpose=PURPOSE,
            input_tokens=0,
            cached_tokens=0,
            output_tokens=0,
            cost_usd=Decimal(0) if declined else None,
            duration_ms=self._since(started),
            outcome=reason,
        )

    def _since(self, started: float) -> int:
        return round((self._clock.monotonic() - started) * 1000)


def _masked(request: TriageRequest) -> TriageRequest:
    read = 2 * DESCRIPTION_LIMIT  # what the limit would cut in two is masked whole
    return replace(request, title=masked(request.title), description=masked(request.description[:read]))


def _masked_precedents(precedents: Precedents) -> Precedents:
    return replace(
        precedents,
        corrected=tuple(map(_masked_precedent, precedents.corrected)),
        similar=tuple(map(_masked_precedent, precedents.similar)),
    )


def _masked_precedent(one: Precedent) -> Precedent:
    read = 2 * EXAMPLE_LIMIT  # as above
    return replace(one, title=masked(one.title), text=masked(one.text[:read]), resolution=masked(one.resolution[:read]))


def _content(completion: "ChatCompletion") -> tuple[str, str | None]:
    """How the answer ended, and its text when it is complete. A compatible endpoint may leave out anything."""
    try:
        choice = completion.choices[0]
        refusal, content = getattr(choice.message, "refusal", None), choice.message.content
    except (AttributeError, IndexError, TypeError):
        return "invalid", None
    if refusal or choice.finish_reason == "content_filter":
        return "refused", None
    if choice.finish_reason == "length":
        return "truncated", None
    return ("ok", content) if isinstance(content, str) else ("invalid", None)


def _status_reason(error: "APIStatusError") -> str:
    """One word for an HTTP error. Billing errors share their type; their code names which limit was hit."""
    if error.type == "insufficient_quota" or error.code == "insufficient_quota":
        return "insufficient_quota"
    known = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "unknown_model", 429: "rate_limited"}
    return known.get(error.status_code, f"http_{error.status_code}")


def _count(usage: Any, name: str) -> int:
    value = getattr(usage, name, 0)
    return max(value, 0) if isinstance(value, int) else 0
