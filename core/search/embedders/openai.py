"""Embeddings of OpenAI, or of any endpoint that speaks its API (https://platform.openai.com/docs/api-reference/embeddings)."""

import asyncio
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from core.clock import Clock
from core.errors import TryAgainLaterError
from core.triage.masking import masked
from core.triage.prices import Prices, published_prices
from core.triage.provider import Provider
from core.triage.values import AiCall

if TYPE_CHECKING:
    from openai.types import CreateEmbeddingResponse

PURPOSE = "embedding"
DEFAULT_MODEL = "text-embedding-3-small"
KNOWN_DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
TIMEOUT = 15.0  # seconds for one call
TEXTS_AT_ONCE = 64
BYTES_AT_ONCE = 250_000  # a token is at least one, and the API takes 300,000 tokens in all
LONGEST_TEXT = 8000  # characters, mostly far fewer than the 8,191 tokens that the model takes
SHORTEST_CUT = 200  # characters: a shorter text is not refused for its length
EMPTY = "(empty)"  # the API refuses an empty text
SERVER_ERROR = 500
TOO_MUCH = {400, 413, 422}
"""What endpoints answer where a text, or all of them together, are too long."""
MENDS = {
    401: "It refuses the key: check OPENAI_API_KEY.",
    403: "It refuses the key: check OPENAI_API_KEY.",
    404: "Check that EMBEDDING_MODEL is a model that OPENAI_BASE_URL serves.",
}


class OpenAiEmbedder:
    """Embeds by calls to a provider; each is billed, and told to the caller by `calls`.

    `dimension` is known for OpenAI's own models; of any other `learn_dimension` asks the provider.
    """

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
    ) -> None:
        self.model = model
        self.dimension = KNOWN_DIMENSIONS.get(model, 0)
        self._provider = Provider(api_key=api_key, base_url=base_url, timeout=timeout)
        self._timeout = timeout
        self._prices = prices or published_prices()
        self._clock = clock or Clock()
        self._masks = masks

    async def learn_dimension(self) -> None:
        """Raises TryAgainLaterError where the provider does not answer."""
        if not self.dimension:
            (vector,) = await self.embed(["dimension"])
            self.dimension = len(vector)

    async def embed(self, texts: Sequence[str], calls: list[AiCall] | None = None) -> list[Sequence[float]]:
        vectors: list[Sequence[float]] = []
        sendable = [_sendable(masked(text) if self._masks else text) for text in texts]
        for batch in _batches(sendable):
            vectors.extend(await self._embed_cut(batch, calls if calls is not None else []))
        return vectors

    async def close(self) -> None:
        await self._provider.close()

    async def _embed_cut(self, batch: list[str], calls: list[AiCall]) -> list[Sequence[float]]:
        """Fewer texts at once, then the beginning of a text, where the provider finds them too long.

        Only its tokenizer knows how many tokens a text has, and other models take far fewer than OpenAI's.
        """
        try:
            return await self._embed_batch(batch, calls)
        except _TooMuchError:
            half = len(batch) // 2
            if half:
                return [*await self._embed_cut(batch[:half], calls), *await self._embed_cut(batch[half:], calls)]
            (text,) = batch
            if len(text) <= SHORTEST_CUT:
                raise
            return await self._embed_cut([text[: len(text) // 2]], calls)

    async def _embed_batch(self, batch: list[str], calls: list[AiCall]) -> list[Sequence[float]]:
        client = await self._provider.client()
        import openai  # noqa: PLC0415 (0.4 s; loaded by now)

        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await client.embeddings.create(model=self.model, input=batch)
        except (TimeoutError, openai.APITimeoutError) as error:
            calls.append(self._call(started, "timeout"))
            raise TryAgainLaterError(f"The embedding provider took longer than {self._timeout:.0f} s.") from error
        except openai.APIStatusError as error:
            free = Decimal(0) if error.status_code < SERVER_ERROR else None
            calls.append(self._call(started, f"http_{error.status_code}", cost=free))
            raise _refused(error.status_code, error.response.headers.get("retry-after", "")) from error
        except (openai.OpenAIError, ValueError) as error:  # ValueError: a 200 whose body is no JSON
            calls.append(self._call(started, "unreachable"))
            raise TryAgainLaterError("The embedding provider cannot be reached just now.") from error
        vectors = _unit_vectors(answer, len(batch))
        tokens = _prompt_tokens(answer)
        cost = self._prices.cost(self.model, self._clock.now().date(), input_tokens=tokens, output_tokens=0)
        calls.append(self._call(started, "ok" if vectors else "invalid", tokens=tokens, cost=cost))
        if not vectors:
            raise TryAgainLaterError("The embedding provider's answer makes no sense.")
        if self.dimension and len(vectors[0]) != self.dimension:
            raise TryAgainLaterError(
                f"The embedding provider gave {len(vectors[0])} numbers a text; {self.model} has {self.dimension}.",
                mend="Set EMBEDDING_MODEL to the name of the model that OPENAI_BASE_URL serves, and start anew.",
            )
        return vectors

    def _call(self, started: float, outcome: str, *, tokens: int = 0, cost: Decimal | None = None) -> AiCall:
        return AiCall(
            model=self.model,
            purpose=PURPOSE,
            input_tokens=tokens,
            cached_tokens=0,
            output_tokens=0,
            cost_usd=cost,
            duration_ms=round((self._clock.monotonic() - started) * 1000),
            outcome=outcome,
        )


class _TooMuchError(TryAgainLaterError):
    """The provider finds the texts too long, or does not say what is wrong with them."""


def _refused(status: int, retry_after: str) -> TryAgainLaterError:
    kind = _TooMuchError if status in TOO_MUCH else TryAgainLaterError
    seconds = float(retry_after) if retry_after.isdecimal() else None  # it may also be a date
    message = f"The embedding provider answered {status}."
    return kind(message, mend=MENDS.get(status, ""), retry_after=seconds)


def _batches(texts: Sequence[str]) -> list[list[str]]:
    """In their order, as many at once as the API takes."""
    batches: list[list[str]] = []
    size = 0
    for text in texts:
        length = len(text.encode())
        if not batches or len(batches[-1]) == TEXTS_AT_ONCE or size + length > BYTES_AT_ONCE:
            batches.append([])
            size = 0
        batches[-1].append(text)
        size += length
    return batches


def _sendable(text: str) -> str:
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode().strip() or EMPTY


def _unit_vectors(answer: "CreateEmbeddingResponse", count: int) -> list[Sequence[float]]:
    """One vector a text in the order asked, or none at all where anything is missing or odd."""
    try:
        ordered = sorted(answer.data, key=lambda item: item.index)
        vectors = [[float(x) for x in item.embedding] for item in ordered]
    except (AttributeError, TypeError, ValueError):
        return []
    lengths = [math.sqrt(sum(x * x for x in vector)) for vector in vectors]
    if len(vectors) != count or not all(lengths) or len({len(vector) for vector in vectors}) != 1:
        return []
    return [[x / length for x in vector] for vector, length in zip(vectors, lengths, strict=True)]


def _prompt_tokens(answer: "CreateEmbeddingResponse") -> int:
    tokens = getattr(getattr(answer, "usage", None), "prompt_tokens", 0)
    return max(tokens, 0) if isinstance(tokens, int) else 0
