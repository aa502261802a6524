"""One suite for every `Embedder`: the fake, the local model, and a provider behind an HTTP double."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import ConfigurationError, TryAgainLaterError
from core.search.embedders.lexical import LexicalOnly
from core.search.embedders.minilm import MODEL, MiniLm
from core.search.embedders.openai import OpenAiEmbedder
from core.search.ports import Embedder
from core.triage.values import AiCall
from tests.fakes.openai import (
    DIMENSION,
    Answer,
    FakeOpenAi,
    no_json_at_all,
    no_such_model,
    out_of_credit,
    rate_limited,
    server_error,
    slow,
    wrong_key,
)
from tests.fakes.search import WordEmbedder


@pytest.fixture
async def openai() -> AsyncIterator[FakeOpenAi]:
    async with FakeOpenAi() as api:
        yield api


def _provider(api: FakeOpenAi, **more: float) -> OpenAiEmbedder:
    made = OpenAiEmbedder(api_key="sk-test", base_url=api.base_url, **more)
    made.dimension = DIMENSION  # of the double
    return made


@pytest.fixture(params=["fake", "minilm", "openai"])
async def embedder(request: pytest.FixtureRequest, openai: FakeOpenAi) -> AsyncIterator[Embedder]:
    made: Embedder
    match request.param:
        case "fake":
            made = WordEmbedder()
        case "minilm":
            made = MiniLm(request.getfixturevalue("model_folder"))
        case _:
            made = _provider(openai)
    yield made
    await made.close()


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


async def test_vectors_have_the_stated_dimension_and_length_1(embedder: Embedder) -> None:
    vectors = await embedder.embed(["printer jams", "vpn", "a " * 3000])
    assert [len(vector) for vector in vectors] == [embedder.dimension] * 3
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1.0] * 3, abs=1e-4)


async def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert await embedder.embed([]) == []


async def test_equal_texts_have_equal_vectors_in_whatever_company(embedder: Embedder) -> None:
    alone = (await embedder.embed(["the printer jams"]))[0]
    among = await embedder.embed(["short", "the printer jams", "something very much longer " * 40])
    assert cosine(alone, among[1]) == pytest.approx(1.0, abs=1e-4)


async def test_vectors_come_in_the_order_of_the_texts(embedder: Embedder) -> None:
    texts = [f"{word} " * length for length, word in enumerate(("printer", "vpn", "mail", "monitor"), start=1)]
    together = await embedder.embed(texts)
    for text, vector in zip(texts, together, strict=True):
        assert cosine(vector, (await embedder.embed([text]))[0]) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "🎫" * 600, "日本語のチケット", "a" * 100_000])
async def test_any_text_has_a_vector(embedder: Embedder, text: str) -> None:
    (vector,) = await embedder.embed([text])
    assert len(vector) == embedder.dimension
    assert all(map(math.isfinite, vector))


async def test_more_texts_than_one_batch(embedder: Embedder) -> None:
    assert len(await embedder.embed([f"ticket number {n}" for n in range(150)])) == 150


async def test_without_a_model_vectors_are_empty() -> None:
    assert list(await LexicalOnly().embed(["a", "b"])) == [(), ()]
    assert LexicalOnly.dimension == 0


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # https://www.sbert.net (Quickstart) prints these for all-MiniLM-L6-v2.
        ("The weather is lovely today.", "It's so sunny outside!", 0.6660),
        ("The weather is lovely today.", "He drove to the stadium.", 0.1046),
        ("It's so sunny outside!", "He drove to the stadium.", 0.1411),
        # https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 (the inference example) gives these.
        ("That is a happy person", "That is a happy dog", 0.6945),
        ("That is a happy person", "That is a very happy person", 0.9429),
        ("That is a happy person", "Today is a sunny day", 0.2569),
    ],
)
async def test_the_local_model_gives_the_published_similarities(
    model_folder: Path, left: str, right: str, expected: float
) -> None:
    embedder = MiniLm(model_folder)
    first, second = await embedder.embed([left, right])
    assert cosine(first, second) == pytest.approx(expected, abs=5e-4)
    assert embedder.model == MODEL
    await embedder.close()


async def test_text_beyond_256_tokens_changes_nothing(model_folder: Path) -> None:
    embedder = MiniLm(model_folder)
    first, second = await embedder.embed(["word " * 254, "word " * 254 + "entirely different"])
    assert cosine(first, second) == pytest.approx(1.0, abs=1e-5)
    await embedder.close()


def test_other_weights_have_another_name(model_folder: Path, tmp_path: Path) -> None:
    """Vectors of two models are never compared, even where an operator's model has the same shape."""
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((model_folder / name).read_bytes())
    weights = bytearray((model_folder / "model.safetensors").read_bytes())
    weights[-500_000] ^= 1
    (tmp_path / "model.safetensors").write_bytes(weights)
    assert MiniLm(tmp_path).model.startswith(f"{tmp_path.name}-")


@pytest.mark.parametrize("spoiled", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_without_a_usable_model_is_said_with_its_path(
    model_folder: Path, tmp_path: Path, spoiled: str
) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if name == spoiled:
            (tmp_path / name).write_bytes(b"{}")
        else:
            (tmp_path / name).symlink_to(model_folder / name)
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        MiniLm(tmp_path)


async def test_every_call_of_the_provider_is_billed(openai: FakeOpenAi) -> None:
    calls: list[AiCall] = []
    embedder = _provider(openai)
    await embedder.embed(["one two three", "four"] * 40, calls)
    assert [(call.outcome, call.purpose, call.input_tokens) for call in calls] == [
        ("ok", "embedding", 128),
        ("ok", "embedding", 32),
    ]
    assert sum(call.cost_usd or 0 for call in calls) == Decimal(160) * Decimal("0.02") / Decimal(1_000_000)
    assert openai.headers[0]["Authorization"] == "Bearer sk-test"
    await embedder.close()


@pytest.mark.parametrize("fault", [rate_limited, out_of_credit, server_error, wrong_key, no_json_at_all])
async def test_a_provider_that_fails_is_tried_again_later_and_the_call_kept(openai: FakeOpenAi, fault: object) -> None:
    assert callable(fault)
    openai.script(fault())
    embedder, calls = _provider(openai), list[AiCall]()
    with pytest.raises(TryAgainLaterError):
        await embedder.embed(["text"], calls)
    (call,) = calls
    assert (call.outcome != "ok", call.input_tokens) == (True, 0)
    assert len(await embedder.embed(["text"], calls)) == 1
    await embedder.close()


async def test_a_slow_provider_is_left_after_the_timeout(openai: FakeOpenAi) -> None:
    openai.script(slow())
    embedder, calls = _provider(openai, timeout=0.05), list[AiCall]()
    with pytest.raises(TryAgainLaterError, match="longer than"):
        await embedder.embed(["text"], calls)
    assert calls[0].outcome == "timeout"
    await embedder.close()


async def test_a_text_that_the_model_finds_too_long_is_embedded_by_its_beginning(openai: FakeOpenAi) -> None:
    """Other texts of the same call are embedded whole, and what was refused costs nothing."""
    openai.longest_text = 600
    embedder, calls = _provider(openai), list[AiCall]()
    long, cut = "printer " * 800, "printer " * 50
    vectors = await embedder.embed(["vpn", long, "mail"], calls)
    alone = await embedder.embed(["vpn", cut, "mail"])
    assert [cosine(*pair) for pair in zip(vectors, alone, strict=True)] == pytest.approx([1.0] * 3)
    assert {(call.outcome, call.cost_usd == 0) for call in calls} == {("http_400", True), ("ok", False)}
    await embedder.close()


async def test_one_call_has_no_more_tokens_than_the_provider_takes(openai: FakeOpenAi) -> None:
    """Sixty long texts of Chinese or emoji have more than 300,000: a token may be a single byte."""
    openai.most_bytes = 300_000
    embedder, calls = _provider(openai), list[AiCall]()
    assert len(await embedder.embed([f"{n} " + "票" * 7000 for n in range(60)], calls)) == 60
    assert {call.outcome for call in calls} == {"ok"}
    await embedder.close()


async def test_a_provider_that_refuses_every_text_is_not_asked_without_end(openai: FakeOpenAi) -> None:
    openai.longest_text = 1
    embedder, calls = _provider(openai), list[AiCall]()
    with pytest.raises(TryAgainLaterError, match="400"):
        await embedder.embed([f"ticket {n} " * 2000 for n in range(64)], calls)
    assert len(calls) < 15
    await embedder.close()


@pytest.mark.parametrize(
    ("fault", "mend"),
    [(wrong_key, "OPENAI_API_KEY"), (no_such_model, "EMBEDDING_MODEL"), (server_error, "500")],
)
async def test_what_a_provider_refuses_is_said_with_its_mend(
    openai: FakeOpenAi, fault: Callable[[], Answer], mend: str
) -> None:
    openai.script(fault())
    embedder = _provider(openai)
    with pytest.raises(TryAgainLaterError, match=mend):
        await embedder.embed(["text"])
    await embedder.close()


@pytest.mark.parametrize(
    ("named", "seconds"), [("7", 7.0), ("", None), ("Fri, 27 Nov 2026 01:00:00 GMT", None), ("²", None)]
)
async def test_the_time_that_a_provider_names_is_waited(openai: FakeOpenAi, named: str, seconds: float | None) -> None:
    openai.script(rate_limited(retry_after=named))
    embedder = _provider(openai)
    with pytest.raises(TryAgainLaterError) as raised:
        await embedder.embed(["text"])
    assert raised.value.retry_after == seconds
    await embedder.close()


async def test_an_answer_of_another_dimension_is_refused_with_its_mend(openai: FakeOpenAi) -> None:
    embedder = OpenAiEmbedder(api_key="sk-test", base_url=openai.base_url)
    with pytest.raises(TryAgainLaterError, match=r"8 numbers .* has 1536\. Set EMBEDDING_MODEL"):
        await embedder.embed(["text"])
    await embedder.close()


async def test_the_dimension_of_an_unknown_model_is_learned(openai: FakeOpenAi) -> None:
    embedder = OpenAiEmbedder(api_key="sk-test", base_url=openai.base_url, model="somebody-elses")
    await embedder.learn_dimension()
    assert embedder.dimension == DIMENSION
    await embedder.close()
