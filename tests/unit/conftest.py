"""What several unit tests stand on."""

import os
from pathlib import Path

import pytest

from core.errors import TryAgainLaterError
from core.search.embedders.minilm import MODEL
from core.search.model_files import fetch_model, is_complete

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """The real model, fetched once into a folder that git does not know."""
    folder = Path(os.environ.get("TICKMATE_TEST_MODEL_DIR", ROOT / ".cache" / "models" / MODEL))
    if not is_complete(folder):
        try:
            fetch_model(folder)
        except TryAgainLaterError as error:
            pytest.skip(f"embedding model: {error}")
    return folder
