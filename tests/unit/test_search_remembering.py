"""Vectors are computed once for a text that comes again soon."""

import pytest

from core.errors import TryAgainLaterError
from core.search.embedders.remembering import Remembering
from tests.fakes.search import WordEmbedder


async def test_a_text_is_embedded_once_and_in_its_place() -> None:
    inner = WordEmbedder()
    embedder = Remembering(inner)
    assert (embedder.model, embedder.dimension) == ("words", 64)
    first = await embedder.embed(["vpn drops", "printer", "vpn drops"])
    again = await embedder.embed(["printer", "new words", "vpn drops"])
    assert inner.embedded == ["vpn drops", "printer", "new words"]
    assert first[0] == first[2] == again[2]
    assert (again[0], again[1]) == (first[1], (await WordEmbedder().embed(["new words"]))[0])


async def test_only_the_newest_are_kept() -> None:
    inner = WordEmbedder()
    embedder = Remembering(inner, texts=2)
    for text in ("one", "two", "one", "three", "one", "two"):
        await embedder.embed([text])
    assert inner.embedded == ["one", "two", "three", "two"]
    assert len(await embedder.embed(["four", "five", "six"])) == 3


async def test_a_failure_is_not_remembered() -> None:
    inner = WordEmbedder()
    embedder = Remembering(inner)
    inner.broken = True
    with pytest.raises(TryAgainLaterError):
        await embedder.embed(["one", "\ud800"])
    inner.broken = False
    assert len(await embedder.embed(["one", "\ud800"])) == 2
    assert await embedder.embed([]) == []
