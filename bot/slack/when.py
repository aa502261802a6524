"""Moments as people name them: `tomorrow`, `next week`, `3h`, `2026-12-31 14:30`. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MORNING = time(9)
_LATER = timedelta(hours=3)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(?:in )?([0-9]{1,3}) ?(m|h|d|w)(?:in(?:ute)?s?|ours?|ays?|eeks?)?")
_DATE = re.compile(r"(20[0-9]{2})-([0-9]{1,2})-([0-9]{1,2})")
_CLOCK = re.compile(r"(.*?)(?: at)? ?([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """One of: `exactly` then, `after` a while, in some `days`, the next `weekday` (0 is Monday), on a `day`."""

    exactly: datetime | None = None
    after: timedelta | None = None
    days: int | None = None
    weekday: int | None = None
    day: date | None = None
    at: time = MORNING

    def moment(self, now: datetime, zone: tzinfo) -> datetime:
        """The moment in UTC, for somebody who says so `now` in `zone`."""
        if self.exactly is not None:
            return self.exactly
        if self.after is not None:
            return now + self.after
        today = now.astimezone(zone).date()
        return datetime.combine(self.day or today + self._distance(today), self.at, zone).astimezone(UTC)

    def _distance(self, today: date) -> timedelta:
        if self.weekday is not None:
            return timedelta(days=(self.weekday - today.weekday() - 1) % 7 + 1)
        return timedelta(days=self.days or 0)


LATER = When(after=_LATER)
TOMORROW = When(days=1)
NEXT_WEEK = When(weekday=0)
_WORDS = {
    "later": LATER,
    "later today": LATER,
    "tomorrow": TOMORROW,
    "next week": NEXT_WEEK,
    **{name: When(weekday=number) for number, name in enumerate(_DAYS)},
    **{name[:3]: When(weekday=number) for number, name in enumerate(_DAYS)},
}


def read_when(text: str) -> When | None:
    """What somebody wrote, in any of these forms, a day with or without its time; None for anything else."""
    words = " ".join(text.lower().removeprefix("until ").split())
    if words in _WORDS:
        return _WORDS[words]
    if match := _SPAN.fullmatch(words):
        return When(after=timedelta(**{_UNITS[match.group(2)]: int(match.group(1))}))
    match = _CLOCK.fullmatch(words)
    if match is None:
        return _on_a_day(words, MORNING)
    return _on_a_day(match.group(1) or "today", time(int(match.group(2)), int(match.group(3))))


def _on_a_day(named: str, at: time) -> When | None:
    if named == "today":
        return When(days=0, at=at)
    known = _WORDS.get(named)
    if known is not None and known.after is None:
        return When(days=known.days, weekday=known.weekday, at=at)
    match = _DATE.fullmatch(named)
    try:
        return When(day=date(*(int(part) for part in match.groups())), at=at) if match else None
    except ValueError:
        return None
