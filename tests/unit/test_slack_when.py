"""Moments as people name them, in their own zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.when import read_when

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY_LATE = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)  # Saturday 00:30 in Berlin, the night before summer time begins


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("later", "2026-03-28T03:30"),
        ("Later  today", "2026-03-28T03:30"),
        ("tomorrow", "2026-03-29T09:00"),
        ("until tomorrow at 14:05", "2026-03-29T14:05"),
        ("next week", "2026-03-30T09:00"),
        ("monday", "2026-03-30T09:00"),
        ("sat", "2026-04-04T09:00"),
        ("sunday 7:30", "2026-03-29T07:30"),
        ("today 18:00", "2026-03-28T18:00"),
        ("18:00", "2026-03-28T18:00"),
        ("today", "2026-03-28T09:00"),
        ("3h", "2026-03-28T03:30"),
        ("in 45 minutes", "2026-03-28T01:15"),
        ("2d", "2026-03-30T01:30"),
        ("2026-12-31", "2026-12-31T09:00"),
        ("2026-12-31 14:30", "2026-12-31T14:30"),
    ],
)
def test_what_people_say_is_understood_in_their_zone(said: str, meant: str) -> None:
    when = read_when(said)
    assert when is not None
    assert when.moment(FRIDAY_LATE, BERLIN).astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M") == meant


@pytest.mark.parametrize("said", ["", "soon", "2026-02-30", "25:00", "next year", "1999-01-01", "later 14:00", "9999h"])
def test_what_is_no_moment_is_none(said: str) -> None:
    assert read_when(said) is None


@given(st.text(max_size=30))
def test_no_text_raises(said: str) -> None:
    when = read_when(said)
    assert when is None or when.moment(FRIDAY_LATE, BERLIN).tzinfo is not None
