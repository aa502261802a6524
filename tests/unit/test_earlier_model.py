"""Which earlier models can still answer while a new one embeds every ticket."""

from pathlib import Path

from config.settings import Settings, load_settings
from config.similar import embedder_of
from core.clock import Clock
from core.search.values import LEXICAL


def _settings(folder: Path, **more: str) -> Settings:
    return load_settings({"DATA_DIR": str(folder), **more})


async def test_words_alone_need_nothing(tmp_path: Path) -> None:
    made = await embedder_of(_settings(tmp_path), LEXICAL, clock=Clock())
    assert made is not None
    assert made.dimension == 0


async def test_a_model_whose_files_are_gone_cannot_answer(tmp_path: Path) -> None:
    assert await embedder_of(_settings(tmp_path), "all-MiniLM-L6-v2", clock=Clock()) is None


async def test_with_a_key_an_earlier_model_of_the_provider_answers(tmp_path: Path) -> None:
    settings = _settings(tmp_path, OPENAI_API_KEY="sk-of-a-test")
    made = await embedder_of(settings, "text-embedding-3-large", clock=Clock())
    assert made is not None
    assert (made.model, made.dimension) == ("text-embedding-3-large", 3072)


async def test_a_model_of_a_provider_that_is_away_cannot_answer(tmp_path: Path) -> None:
    settings = _settings(tmp_path, OPENAI_API_KEY="sk-of-a-test", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert await embedder_of(settings, "all-MiniLM-L6-v2", clock=Clock()) is None
