"""What the doctor finds wrong with settings that are each right."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.diagnosis import budget_state, qdrant_state
from config.settings import Settings
from core.errors import ConfigurationError

TODAY = date(2026, 3, 2)
KEYS: dict[str, Any] = dict.fromkeys(("jwt_secret", "secret_key", "audit_key"), "key of these tests, 32 bytes or more")


def _settings(folder: Path, **more: Any) -> Settings:
    return Settings(data_dir=folder, **KEYS, **more)


def test_a_budget_over_a_model_without_a_known_price_is_no_budget(tmp_path: Path) -> None:
    limited: dict[str, Any] = {"openai_api_key": "sk-none", "ai_monthly_budget_usd": Decimal(20)}
    assert budget_state(_settings(tmp_path, triage_model="gpt-4.1-mini", **limited), TODAY) == "20 USD a month"
    with pytest.raises(ConfigurationError, match="price of house-model is not known"):
        budget_state(_settings(tmp_path, triage_model="house-model", **limited), TODAY)
    assert budget_state(_settings(tmp_path, triage_model="house-model", openai_api_key="sk-none"), TODAY) == "none"


@pytest.mark.parametrize(
    ("url", "is_readable"),
    [
        ("http://qdrant:6333", True),
        ("http://10.0.0.5:6333", True),
        ("https://qdrant.example", False),
        ("http://127.0.0.1:6333", False),
        ("http://[::1]:6333", False),
        ("http://localhost:6333", False),
    ],
)
def test_a_key_that_leaves_this_machine_without_tls_is_told_of(tmp_path: Path, url: str, is_readable: bool) -> None:
    with_key = qdrant_state(_settings(tmp_path, qdrant_url=url, qdrant_api_key="the-key"))
    assert ("QDRANT_API_KEY goes there unencrypted" in with_key) is is_readable
    assert "the-key" not in with_key
    assert "unencrypted" not in qdrant_state(_settings(tmp_path, qdrant_url=url))
