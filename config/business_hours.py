"""Reading the working time in which promises count, as SLA_BUSINESS_HOURS and its companions say it."""

import re
from datetime import date, time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from core.sla.hours import BusinessHours, Shift

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(_DAYS)
_TIME = r"([01]?[0-9]|2[0-4]):([0-5][0-9])"
_ENTRY = re.compile(rf"((?:{_DAY})(?:-(?:{_DAY}))?)\s+{_TIME}\s*-\s*{_TIME}", re.IGNORECASE)
_HOURS_MEND = "write days and times like Mon-Thu 09:00-17:30, Fri 09:00-15:00, or leave it empty for around the clock"
_HOLIDAYS_MEND = "write dates apart by commas, like 2026-04-03, or 12-25 for every year"
_ANY_LEAP_YEAR = "2024-"
_MOST_YEARLY = 60


def shifts_in(value: str) -> tuple[tuple[Shift, ...], ...]:
    """The shifts of Monday to Sunday in a list like `Mon-Thu 09:00-17:30, Fri 09:00-15:00`; empty for an empty one.

    Raises:
        ValueError: no such list.
    """
    week: list[list[Shift]] = [[] for _ in _DAYS]
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    for entry in entries:
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise ValueError(_HOURS_MEND)
        days, *clock = match.groups()
        shift = _shift(*map(int, clock))
        for day in _days_in(days):
            week[day].append(shift)
    return tuple(map(tuple, week)) if entries else ()


def holidays_in(value: str) -> frozenset[str]:
    """The days of a list like `2026-04-03, 12-25`.

    Raises:
        ValueError: one of them is no day, or hardly a day of the year is left.
    """
    days = frozenset(day.strip() for day in value.split(",") if day.strip())
    yearly = {day for day in days if re.fullmatch(r"[0-9]{2}-[0-9]{2}", day)}
    if len(yearly) > _MOST_YEARLY:
        raise ValueError(f"name at most {_MOST_YEARLY} holidays of every year")
    for day in days:
        date.fromisoformat(_ANY_LEAP_YEAR + day if day in yearly else day)
        if day not in yearly and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
            raise ValueError(_HOLIDAYS_MEND)
    return days


def business_hours(hours: str, zone: str, holidays: str) -> BusinessHours:
    """The working time that checked settings describe."""
    return BusinessHours(shifts=shifts_in(hours), zone=ZoneInfo(zone), holidays=holidays_in(holidays))


def _days_in(days: str) -> list[int]:
    first, _, last = days.lower().partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return [day % len(_DAYS) for day in range(begin, (end if begin <= end else end + len(_DAYS)) + 1)]


def _shift(from_hour: int, from_minute: int, to_hour: int, to_minute: int) -> Shift:
    """24:00 is the midnight that ends a day, and ends a shift only."""
    is_midnight = (to_hour, to_minute) == (24, 0)
    if from_hour == 24 or (to_hour == 24 and not is_midnight) or (from_hour, from_minute) == (to_hour, to_minute):  # noqa: PLR2004 (hours of a day)
        raise ValueError(_HOURS_MEND)
    return time(from_hour, from_minute), time(0 if is_midnight else to_hour, to_minute)


def _hours(value: str) -> str:
    shifts_in(value)
    return value


def _holidays(value: str) -> str:
    try:
        holidays_in(value)
    except ValueError as error:
        raise ValueError(_HOLIDAYS_MEND if "at most" not in str(error) else str(error)) from error
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("write a time zone like Europe/Berlin") from error
    return value


Hours = Annotated[str, AfterValidator(_hours)]
Holidays = Annotated[str, AfterValidator(_holidays)]
ZoneName = Annotated[str, AfterValidator(_zone)]
