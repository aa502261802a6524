"""Fixtures that every folder of tests shares."""

import gc
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
import structlog

from config.settings import Settings
from core.errors import TryAgainLaterError
from core.search.embedders.minilm import MODEL
from core.search.model_files import fetch_model, is_complete
from tests.memory import folder_in_memory

pytest_plugins = ["tests.databases", "tests.dialects"]

ROOT = Path(__file__).resolve().parents[1]
FOR_A_REAL_SERVER = {"QDRANT_URL", "QDRANT_API_KEY"}  # what `-m qdrant_server` is pointed at


def pytest_configure(config: pytest.Config) -> None:
    """Forget the settings of whoever runs the tests: none may reach their database, Slack or mailboxes.

    What the tests write is kept in memory, see `folder_in_memory`.
    """
    kept = FOR_A_REAL_SERVER if config.getoption("markexpr") == "qdrant_server" else set()
    for name in {name.upper() for name in Settings.model_fields} - kept:
        os.environ.pop(name, None)
    if (memory := folder_in_memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
    gc.disable()
    signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    """What Python does by itself, but asyncio sees that it is not the default, and sets no handler of its own.

    It would for each fixture and test, and `signal` then puts whole desks into words (`repr`), for nobody.
    """
    signal.default_int_handler(number, frame)


def pytest_collection_finish() -> None:
    """The tests and all modules live until the end: walking them takes each garbage collection half a second."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """A command run in this process sends the log to a captured stream that is closed after its test.

    Tracebacks are plain as in a deployment: structlog's own default draws every local variable, which takes seconds.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The real model, fetched once into a folder that git does not know."""
    folder = Path(os.environ.get("TICKMATE_TEST_MODEL_DIR", ROOT / ".cache" / "models" / MODEL))
    if not is_complete(folder):
        try:
            fetch_model(folder)
        except TryAgainLaterError as error:
            pytest.skip(f"embedding model: {error}")
    return folder
