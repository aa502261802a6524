"""Which time is working time, and how much of it lies between two moments."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.business_hours import business_hours, holidays_in, shifts_in
from config.settings import load_settings
from config.sla import sla_of
from core.errors import ConfigurationError
from core.sla.hours import ALWAYS, BusinessHours
from core.tickets.values import Priority

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = business_hours("Mon-Fri 09:00-17:00", "Europe/Berlin", "2026-04-03, 12-25")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu")
NONE = timedelta(0)


def at(day: str, clock: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (("2026-03-02", "09:00"), ("2026-03-02", "10:30"), 1.5),
        (("2026-03-02", "03:00"), ("2026-03-02", "23:00"), 8),  # a night on both sides
        (("2026-03-06", "16:00"), ("2026-03-09", "10:00"), 2),  # over a weekend
        (("2026-03-07", "08:00"), ("2026-03-08", "23:00"), 0),
        (("2026-03-26", "09:00"), ("2026-03-30", "17:00"), 24),  # the clock is put forward on Sunday
        (("2026-10-23", "09:00"), ("2026-10-26", "17:00"), 16),  # and back
        (("2026-04-02", "16:00"), ("2026-04-06", "10:00"), 2),  # Good Friday
        (("2026-12-24", "16:00"), ("2026-12-28", "10:00"), 2),
        (("2027-12-24", "16:00"), ("2027-12-27", "10:00"), 2),
        (("2026-03-02", "12:00"), ("2026-03-02", "11:00"), 0),
    ],
)
def test_only_working_time_is_counted(since: tuple[str, str], until: tuple[str, str], hours: float) -> None:
    assert OFFICE.worked(at(*since), at(*until)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        (("2026-03-06", "16:00"), 1, ("2026-03-06", "17:00")),
        (("2026-03-06", "16:00"), 1.5, ("2026-03-09", "09:30")),
        (("2026-03-07", "11:00"), 8, ("2026-03-09", "17:00")),
        (("2026-03-27", "16:00"), 2, ("2026-03-30", "10:00")),
        (("2026-12-24", "16:30"), 1, ("2026-12-28", "09:30")),
    ],
)
def test_what_is_due_falls_into_working_time(since: tuple[str, str], hours: float, due: tuple[str, str]) -> None:
    assert OFFICE.after(at(*since), timedelta(hours=hours)) == at(*due)


def test_a_night_shift_loses_and_gains_the_hour_of_the_clock() -> None:
    night = business_hours("Sat 22:00-06:00", "Europe/Berlin", "")
    worked = [
        night.worked(at(day, "12:00"), at(day, "12:00") + timedelta(days=2)) for day in ("2026-03-28", "2026-10-24")
    ]
    assert worked == [timedelta(hours=7), timedelta(hours=9)]


def test_every_moment_counts_where_the_whole_week_is_written_out() -> None:
    whole = business_hours("Mon-Sun 00:00-24:00", "America/Havana", "")  # its clock is put forward at midnight
    begin = at("2026-01-01", "00:00")
    assert whole.worked(begin, begin + timedelta(days=365)) == timedelta(days=365)
    assert whole.day == timedelta(days=1)


def test_shifts_that_overlap_count_once() -> None:
    both = business_hours("Mon 09:00-13:00, Mon-Tue 12:00-17:00, Mon 22:00-09:00, Tue 08:00-10:00", "UTC", "")
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    assert both.worked(monday, monday + timedelta(days=2)) == timedelta(hours=8 + 12 + 5)


@pytest.mark.parametrize(
    ("hours", "day"),
    [("", 24), ("Mon-Fri 09:00-17:00", 8), ("Mon-Thu 09:00-17:30, Fri 09:00-15:00", 8), ("Mon-Sun 08:00-20:00", 12)],
)
def test_a_day_of_a_promise_is_a_working_day(tmp_path: Path, hours: str, day: float) -> None:
    policy = sla_of(load_settings({"DATA_DIR": str(tmp_path), "SLA_BUSINESS_HOURS": hours, "SLA_RESOLUTION": "low=2d"}))
    assert policy.resolution == {Priority.LOW: timedelta(hours=2 * day)}


# What holds of any hours

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis wants them bare)
spans = st.integers(1, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))
clock_times = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
shifts = st.lists(st.tuples(clock_times, clock_times), max_size=3).map(tuple)
weeks = st.tuples(*[shifts] * 7).filter(any)
any_hours = st.one_of(
    st.just(ALWAYS),
    st.builds(
        BusinessHours,
        shifts=weeks,
        zone=st.sampled_from(ZONES).map(ZoneInfo),
        holidays=st.sampled_from([frozenset(), frozenset({"12-25", "2026-10-26"})]),
    ),
)


@given(hours=any_hours, three=st.tuples(moments, moments, moments).map(sorted))
def test_working_time_adds_up_and_never_runs_back(hours: BusinessHours, three: list[datetime]) -> None:
    first, second, third = three
    parts = hours.worked(first, second), hours.worked(second, third)
    assert min(parts) >= NONE
    assert sum(parts, NONE) == hours.worked(first, third)
    assert hours.worked(first, third) <= third - first


@given(hours=any_hours, moment=moments, span=spans)
def test_what_is_due_is_the_first_moment_by_which_the_time_has_passed(
    hours: BusinessHours, moment: datetime, span: timedelta
) -> None:
    due = hours.after(moment, span)
    assert hours.worked(moment, due) == span
    assert hours.worked(moment, due - timedelta(seconds=1)) < span


@given(hours=any_hours, started=moments, now=moments, span=spans)
def test_the_database_asks_what_the_clock_tells(
    hours: BusinessHours, started: datetime, now: datetime, span: timedelta
) -> None:
    """A clock is late by comparing its start with one moment: the same as comparing what is due with now."""
    is_late = started <= hours.before(now, span)
    assert is_late == (hours.after(started, span) <= now) == (hours.worked(started, now) >= span)


@given(hours=any_hours, moment=moments, spans_=st.tuples(spans, spans))
def test_a_longer_promise_is_never_due_earlier(
    hours: BusinessHours, moment: datetime, spans_: tuple[timedelta, timedelta]
) -> None:
    assert hours.after(moment, min(spans_)) <= hours.after(moment, max(spans_))
    assert hours.after(moment, sum(spans_, NONE)) == hours.after(hours.after(moment, spans_[0]), spans_[1])


# Reading the settings


def test_days_may_run_over_the_end_of_the_week() -> None:
    week = shifts_in("sat-Mon 10:00-12:00")
    assert [bool(day) for day in week] == [True, False, False, False, False, True, True]


@pytest.mark.parametrize(
    "wrong", ["Mon", "Mo 09:00-17:00", "Mon 9-17", "Mon 17:00-17:00", "Mon 24:00-06:00", "Mon 09:00-24:30", "Mon-Fri"]
)
def test_other_hours_are_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match="Mon-Thu 09:00-17:30"):
        shifts_in(wrong)


@pytest.mark.parametrize("wrong", ["25.12.", "2026-02-30", "13-01", "20260403", "christmas"])
def test_other_holidays_are_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="SLA_HOLIDAYS: write dates"):
        load_settings({"DATA_DIR": str(tmp_path), "SLA_HOLIDAYS": wrong})


def test_too_many_holidays_of_every_year_would_leave_no_day() -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    with pytest.raises(ValueError, match="at most 60"):
        holidays_in(", ".join(f"{day:%m-%d}" for day in days))


def test_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="SLA_TIME_ZONE: write a time zone like Europe/Berlin"):
        load_settings({"DATA_DIR": str(tmp_path), "SLA_TIME_ZONE": "Mars/Olympus"})
