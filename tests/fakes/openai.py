"""An HTTP double of the OpenAI API: chat completions, responses and embeddings, each answer or fault scripted.

`async with FakeOpenAi() as api:` listens on a free port; `api.base_url` is what `OPENAI_BASE_URL` would be. Unscripted
calls get a plain valid answer; `api.script(...)` queues what the next calls get, in order.
"""

import asyncio
import base64
import hashlib
import json
import math
import struct
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

ADVICE: dict[str, Any] = {
    "category": "Bug",
    "priority": "medium",
    "complexity": "moderate",
    "related_skills": ["printing"],
    "reasoning": "The word “jammed” says that something broke.",
    "notes": "Ask which printer it is.",
    "confidence": 0.9,
}
USAGE = {"prompt": 1000, "cached": 400, "output": 100}
DIMENSION = 8


@dataclass(kw_only=True)
class Answer:
    """What one call gets. `content` None means `advice` as JSON; `never` keeps the caller waiting until it gives up."""

    advice: dict[str, Any] = field(default_factory=lambda: dict(ADVICE))
    content: str | None = None
    refusal: str | None = None
    finish_reason: str = "stop"
    status: int = 200
    error: dict[str, Any] | None = None
    raw: str | None = None
    retry_after: str = ""
    never: bool = False
    usage: dict[str, int] | None = field(default_factory=lambda: dict(USAGE))

    def text(self) -> str:
        return json.dumps(self.advice) if self.content is None else self.content


def slow() -> Answer:
    return Answer(never=True)


def refusal() -> Answer:
    return Answer(refusal="I cannot help with that.")


def truncated() -> Answer:
    return Answer(content='{"category": "Bug", "prio', finish_reason="length")


def bad_json() -> Answer:
    return Answer(content="Sure! Here is your triage: Bug.")


def advice(**fields: Any) -> Answer:
    """A well-formed answer with some fields replaced."""
    return Answer(advice={**ADVICE, **fields})


def invented_category() -> Answer:
    return advice(category="Incident")


def no_json_at_all() -> Answer:
    return Answer(raw="<html>502 Bad Gateway, but with status 200</html>")


def rate_limited(*, retry_after: str = "") -> Answer:
    error = {"type": "requests", "code": "rate_limit_exceeded", "message": "Slow down."}
    return Answer(status=429, error=error, retry_after=retry_after)


def too_long() -> Answer:
    return Answer(status=400, error={"type": "invalid_request_error", "code": None, "message": "Too many tokens."})


def no_such_model() -> Answer:
    return Answer(status=404, error={"type": "invalid_request_error", "code": "model_not_found", "message": "No."})


def out_of_credit() -> Answer:
    """The code names which limit was hit; only the type is the same for all of them."""
    return Answer(
        status=429, error={"type": "insufficient_quota", "code": "credit_balance_exhausted", "message": "Pay."}
    )


def server_error() -> Answer:
    return Answer(status=500, error={"type": "server_error", "code": None, "message": "Oops."})


def wrong_key() -> Answer:
    return Answer(status=401, error={"type": "invalid_request_error", "code": "invalid_api_key", "message": "No."})


FAULTS = {
    "slow": slow,
    "rate limited": rate_limited,
    "out of credit": out_of_credit,
    "server error": server_error,
    "wrong key": wrong_key,
    "refusal": refusal,
    "truncated": truncated,
    "bad JSON": bad_json,
    "no JSON at all": no_json_at_all,
}
"""Every way in which the provider gives no advice. (`invented_category` gives some, so it is not among them.)"""


class FakeOpenAi:
    """The double. `requests` holds the JSON of each call as received, `headers` what came with it."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.base_url = ""
        self._answers: list[Answer] = []
        self._always: Answer | None = None
        self.longest_text: int | None = None  # bytes of one text to embed, as of a model with few tokens
        self.most_bytes: int | None = None  # of all in one call
        self._over = asyncio.Event()
        self._runner: web.AppRunner | None = None

    def script(self, *answers: Answer) -> None:
        """The next calls get these, in order."""
        self._answers.extend(answers)

    def always(self, answer: Answer | None) -> None:
        """Every call beyond the script gets this; None goes back to the plain valid answer."""
        self._always = answer

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/responses", self._responses)
        app.router.add_post("/v1/embeddings", self._embeddings)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        assert self._runner is not None
        await self._runner.cleanup()

    async def _next(self, request: web.Request) -> Answer:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        answer = self._answers.pop(0) if self._answers else self._always or Answer()
        if answer.never:
            await self._over.wait()
        return answer

    async def _chat(self, request: web.Request) -> web.Response:
        answer = await self._next(request)
        message = {"role": "assistant", "content": None if answer.refusal else answer.text(), "refusal": answer.refusal}
        body = {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": self.requests[-1].get("model"),
            "choices": [{"index": 0, "message": message, "finish_reason": answer.finish_reason, "logprobs": None}],
        }
        if answer.usage is not None:
            body["usage"] = {
                "prompt_tokens": answer.usage["prompt"],
                "completion_tokens": answer.usage["output"],
                "total_tokens": answer.usage["prompt"] + answer.usage["output"],
                "prompt_tokens_details": {"cached_tokens": answer.usage["cached"]},
            }
        return _respond(answer, body)

    async def _responses(self, request: web.Request) -> web.Response:
        answer = await self._next(request)
        part = (
            {"type": "refusal", "refusal": answer.refusal}
            if answer.refusal
            else {"type": "output_text", "text": answer.text(), "annotations": []}
        )
        complete = answer.finish_reason == "stop"
        body = {
            "id": f"resp_{len(self.requests)}",
            "object": "response",
            "created_at": 1_700_000_000,
            "model": self.requests[-1].get("model"),
            "status": "completed" if complete else "incomplete",
            "incomplete_details": None if complete else {"reason": "max_output_tokens"},
            "output": [
                {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]}
            ],
        }
        if answer.usage is not None:
            body["usage"] = {
                "input_tokens": answer.usage["prompt"],
                "output_tokens": answer.usage["output"],
                "total_tokens": answer.usage["prompt"] + answer.usage["output"],
                "input_tokens_details": {"cached_tokens": answer.usage["cached"]},
                "output_tokens_details": {"reasoning_tokens": 0},
            }
        return _respond(answer, body)

    async def _embeddings(self, request: web.Request) -> web.Response:
        answer = await self._next(request)
        sent = self.requests[-1]
        texts = [sent["input"]] if isinstance(sent["input"], str) else sent["input"]
        sizes = [len(text.encode()) for text in texts]
        if sum(sizes) > (self.most_bytes or math.inf) or max(sizes) > (self.longest_text or math.inf):
            answer = too_long()
        dimension = sent.get("dimensions", DIMENSION)
        tokens = sum(len(text.split()) for text in texts)
        body = {
            "object": "list",
            "model": sent.get("model"),
            "data": [
                {"object": "embedding", "index": place, "embedding": _encoded(bag_of_words(text, dimension), sent)}
                for place, text in enumerate(texts)
            ],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
        return _respond(answer, body)


def bag_of_words(text: str, dimension: int = DIMENSION) -> list[float]:
    """A unit vector in which each word has its own place, so that texts with common words are close."""
    vector = [0.0] * dimension
    for word in text.casefold().split() or [""]:
        vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % dimension] += 1.0
    length = sum(value * value for value in vector) ** 0.5
    return [value / length for value in vector]


def _encoded(vector: list[float], sent: dict[str, Any]) -> list[float] | str:
    """The official client asks for little-endian float32 in base64 unless told otherwise."""
    if sent.get("encoding_format") != "base64":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _respond(answer: Answer, body: dict[str, Any]) -> web.Response:
    if answer.raw is not None:
        return web.Response(text=answer.raw, status=answer.status, content_type="application/json")
    if answer.status != 200:
        headers = {"Retry-After": answer.retry_after} if answer.retry_after else None
        return web.json_response({"error": answer.error}, status=answer.status, headers=headers)
    return web.json_response(body)
