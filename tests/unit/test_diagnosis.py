"""What the doctor finds wrong with settings that are each right."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.diagnosis import budget_state
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
