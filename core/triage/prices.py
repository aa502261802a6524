"""What a call to a model costs, from a dated price table."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

PUBLISHED = Path(__file__).with_name("prices.toml")
TOKENS_PER_PRICE = Decimal(1_000_000)
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """US dollars per million tokens from `since` on."""

    model: str
    since: date
    input: Decimal
    cached: Decimal
    output: Decimal


class Prices:
    """Every known price; a dated snapshot such as `gpt-4.1-mini-2025-04-14` costs what its model costs."""

    def __init__(self, table: tuple[Price, ...]) -> None:
        self._table = table

    def at(self, model: str, day: date) -> Price | None:
        """The price of a model on a day, None where the table has none."""
        names = {model, _SNAPSHOT.sub("", model)}
        known = [price for price in self._table if price.model in names and price.since <= day]
        return max(known, key=lambda price: (price.model == model, price.since), default=None)

    def cost(
        self, model: str, day: date, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0
    ) -> Decimal | None:
        """US dollars for one call; None for a model without a known price.

        `cached_tokens` are part of `input_tokens`, as the provider's usage object counts them.
        """
        price = self.at(model, day)
        if price is None:
            return None
        fresh = max(input_tokens - cached_tokens, 0)
        total = fresh * price.input + cached_tokens * price.cached + output_tokens * price.output
        return total / TOKENS_PER_PRICE


def read_prices(path: Path) -> Prices:
    """A price table from a TOML file of the form of `prices.toml`.

    Raises:
        OSError: the file cannot be read.
        KeyError: an entry lacks a column.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["price"]
    return Prices(
        tuple(
            Price(
                model=entry["model"],
                since=entry["since"],
                input=Decimal(entry["input"]),
                cached=Decimal(entry["cached"]),
                output=Decimal(entry["output"]),
            )
            for entry in entries
        )
    )


@cache
def published_prices() -> Prices:
    """The table that ships with this version."""
    return read_prices(PUBLISHED)
