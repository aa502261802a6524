"""The hours in which promises count: which moments are working time, and how much of it lies between two."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

DAY = timedelta(days=1)
LONGEST_WALK = 4_000
"""Days that are looked through for working time; what lies further away is as good as never."""

Shift = tuple[time, time]
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class BusinessHours:
    """Working time, week by week. Without shifts every moment counts.

    Attributes:
        shifts: of Monday to Sunday, in local time. One that ends no later than it begins ends the day after.
        zone: whose local time that is.
        holidays: days on which no shift begins, as `YYYY-MM-DD`, or `MM-DD` for every year.
    """

    shifts: tuple[tuple[Shift, ...], ...] = ()
    zone: tzinfo = UTC
    holidays: frozenset[str] = frozenset()

    @property
    def day(self) -> timedelta:
        """The working time of a working day, on average of a week; without shifts 24 hours."""
        working_days = [shifts for shifts in self.shifts if shifts]
        if not working_days:
            return DAY
        monday = date(2001, 1, 1)  # any week, in UTC, so that no clock is put forward in it
        week = BusinessHours(shifts=self.shifts)
        total = week.worked(_midnight(monday), _midnight(monday + 7 * DAY))
        return total / len(working_days)

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """The working time from `since` to `until`; none where that is earlier."""
        if not self.shifts:
            return max(until - since, timedelta(0))
        total = timedelta(0)
        for begins, ends in self._stretches_from(since):
            if begins >= until:
                break
            total += max(min(ends, until) - max(begins, since), timedelta(0))
        return total

    def after(self, moment: datetime, span: timedelta) -> datetime:
        """The first moment by which so much working time has passed since `moment`."""
        if not self.shifts:
            return moment + span
        left, last = span, moment
        for begins, ends in self._stretches_from(moment):
            start = max(begins, moment)
            if ends - start >= left:
                return start + left if left else moment
            left -= max(ends - start, timedelta(0))
            last = max(ends, moment)
        return last + left

    def before(self, moment: datetime, span: timedelta) -> datetime:
        """The last moment from which so much working time has passed until `moment`: what `after` leads back from.

        A clock that started then or earlier has run for `span`, one that started later has not.
        """
        if not self.shifts:
            return moment - span
        left, first = span, moment
        for begins, ends in self._stretches_to(moment):
            end = min(ends, moment)
            if end - begins >= left:
                return end - left if left else moment
            left -= max(end - begins, timedelta(0))
            first = min(begins, moment)
        return first - left

    def _stretches_from(self, moment: datetime) -> Iterator[Stretch]:
        today = moment.astimezone(self.zone).date()
        for days in range(-1, LONGEST_WALK):
            yield from _stretches_of(self, today + days * DAY)

    def _stretches_to(self, moment: datetime) -> Iterator[Stretch]:
        today = moment.astimezone(self.zone).date()
        for days in range(-1, LONGEST_WALK):
            yield from reversed(_stretches_of(self, today - days * DAY))


ALWAYS = BusinessHours()


@lru_cache(maxsize=8_192)
def _stretches_of(hours: BusinessHours, day: date) -> tuple[Stretch, ...]:
    """Working time that begins on a day, in order, apart from each other and from what began the day before."""
    busy_until = max((ends for _, ends in _shifts_of(hours, day - DAY)), default=None)
    stretches: list[Stretch] = []
    for begins, ends in _shifts_of(hours, day):
        start = max(begins, busy_until) if busy_until else begins
        if start < ends:
            stretches.append((start, ends))
            busy_until = ends
    return tuple(stretches)


def _shifts_of(hours: BusinessHours, day: date) -> list[Stretch]:
    if f"{day:%Y-%m-%d}" in hours.holidays or f"{day:%m-%d}" in hours.holidays:
        return []
    shifts = [
        (
            _instant(datetime.combine(day, begins, hours.zone), is_end=False),
            _instant(datetime.combine(day if begins < ends else day + DAY, ends, hours.zone), is_end=True),
        )
        for begins, ends in hours.shifts[day.weekday()]
    ]
    return sorted(shifts)


def _instant(local: datetime, *, is_end: bool) -> datetime:
    """The moment of a local time: of two in autumn, the earlier begins a shift and the later ends one.

    A time that spring leaves out is counted on from before it, so that midnight is where the clock is put forward.
    """
    moment = local.astimezone(UTC)
    is_left_out = moment.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None)
    return local.replace(fold=1).astimezone(UTC) if is_end and not is_left_out else moment


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)
