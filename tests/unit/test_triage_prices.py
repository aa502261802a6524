"""The price table."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.triage.prices import Price, Prices, published_prices, read_prices

DAY = date(2026, 11, 20)


def test_cached_tokens_are_part_of_the_input_and_cheaper() -> None:
    cost = published_prices().cost("gpt-4.1-mini", DAY, input_tokens=1_000_000, cached_tokens=250_000, output_tokens=0)
    assert cost == Decimal("0.30") + Decimal("0.025")


def test_a_small_call_is_exact_to_the_last_digit() -> None:
    cost = published_prices().cost("gpt-4.1-mini", DAY, input_tokens=3, cached_tokens=1, output_tokens=1)
    assert cost == Decimal("0.0000025")


def test_a_dated_snapshot_costs_what_its_model_costs() -> None:
    plain, dated = (
        published_prices().cost(name, DAY, input_tokens=10, output_tokens=10)
        for name in ("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14")
    )
    assert plain == dated is not None


@pytest.mark.parametrize("model", ["gpt-9", "", "gpt-4.1-mini-turbo", "local"])
def test_an_unknown_model_has_no_price(model: str) -> None:
    assert published_prices().cost(model, DAY, input_tokens=10, output_tokens=10) is None


def test_the_price_of_the_day_counts() -> None:
    def price(since: date, dollars: int) -> Price:
        return Price(model="m", since=since, input=Decimal(dollars), cached=Decimal(0), output=Decimal(0))

    prices = Prices((price(date(2026, 6, 1), 2), price(date(2025, 1, 1), 5)))
    million = {"input_tokens": 1_000_000, "output_tokens": 0}
    assert prices.cost("m", date(2024, 12, 31), **million) is None
    assert prices.cost("m", date(2026, 5, 31), **million) == 5
    assert prices.cost("m", date(2026, 6, 1), **million) == 2


def test_an_operators_own_table_is_read(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\nmodel = "own"\nsince = 2026-01-01\ninput = "1"\ncached = "0.5"\noutput = "2"\n')
    assert read_prices(file).cost("own", DAY, input_tokens=2_000_000, output_tokens=1_000_000) == 4
