"""The promise with a clock on it: pure functions from duty calendar, queue and now to the half hour that we can name.

Windows lie on the half hours of UTC, so that no change of the clocks moves, doubles or drops one. A window is promised
when all of it lies ahead, somebody is on duty during all of it, and fewer calls are promised in it than people work.
"""

import datetime
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from admissions.models.duty import DutyCalendar, Shift, Weekly

Key = TypeVar("Key")
combine = datetime.datetime.combine
HALF_HOUR = datetime.timedelta(minutes=30)
DAY = datetime.timedelta(days=1)
HORIZON = 14 * DAY  # a time further away is no answer to somebody who asks now

# The good times that a form offers: wall hours of whoever asks. None: at any hour. Without an answer it is "any".
PARTS: dict[str, tuple[datetime.time, datetime.time] | None] = {
    "any": (datetime.time(8), datetime.time(21)),
    "morning": (datetime.time(7), datetime.time(11)),
    "midday": (datetime.time(11), datetime.time(14)),
    "afternoon": (datetime.time(14), datetime.time(17)),
    "evening": (datetime.time(17), datetime.time(21)),
    "any_hour": None,
}

# How many calls are still to be made, by the end of the window in which they are promised. None: promised no time.
Load = Mapping[datetime.datetime | None, int]


class Window(NamedTuple):
    start: datetime.datetime
    end: datetime.datetime

    @classmethod
    def ending(cls, end: datetime.datetime) -> "Window":
        """The window of an inquiry that is promised by `end`."""
        return cls(end - HALF_HOUR, end)

    def is_in(self, part: str, zone: ZoneInfo) -> bool:
        """Does it lie in this part of the day, on the clocks of `zone`?"""
        hours = PARTS[part]
        if hours is None:
            return True
        starts, last = self.start.astimezone(zone), (self.end - datetime.datetime.resolution).astimezone(zone)
        return hours[0] <= starts.time() and last.time() < hours[1] and starts.date() == last.date()


class Span(NamedTuple):
    start: datetime.datetime
    end: datetime.datetime
    people: int = 1


class Duty:
    """The calendar laid out on the line of time, from the day before `now` to the horizon."""

    def __init__(self, calendar: DutyCalendar, now: datetime.datetime) -> None:
        zone = calendar.zone
        today = now.astimezone(zone).date()
        days = [today + number * DAY for number in range(-1, HORIZON.days + 2)]
        special = calendar.special_days
        hours = [span for rule in calendar.hours for span in _spans(rule, days, zone, special)]
        hours += [_span(combine(day, opens), combine(day, closes), zone) for day, (opens, closes) in special.items()]
        closed_days = (_whole_day(day, zone) for day in calendar.closed_days)
        closures = (*closed_days, *(Span(*pause) for pause in calendar.pauses))
        shifts = (span for rule in calendar.shifts for span in _spans(rule, days, zone, special, rule.counsellors))
        # One entry for each moment at which anything changes: is it open from then on, and how many are there.
        changes: defaultdict[datetime.datetime, list[int]] = defaultdict(lambda: [0, 0, 0])
        for kind, spans in enumerate((hours, closures, shifts)):
            for span in spans:
                changes[span.start][kind] += span.people
                changes[span.end][kind] -= span.people
        self._moments = sorted(changes)
        self._states: list[tuple[bool, int]] = [(False, 0)]  # before the first change
        opened = closed = people = 0
        for moment in self._moments:
            opened, closed, people = map(sum, zip((opened, closed, people), changes[moment], strict=True))
            is_open = opened > 0 and closed == 0
            self._states.append((is_open, people if is_open else 0))

    def is_open(self, window: Window) -> bool:
        """The hours say so, and no special day and no pause says otherwise, at every moment of it."""
        return all(is_open for is_open, _ in self._during(window))

    def people(self, window: Window) -> int:
        """How many are on duty at every moment of it."""
        return min(people for _, people in self._during(window))

    def since(self, duration: datetime.timedelta, now: datetime.datetime) -> datetime.datetime | None:
        """The latest moment since which somebody has been on duty for that long, all times together."""
        left, end = duration, now
        for moment, (_, people) in zip(reversed(self._moments), reversed(self._states), strict=False):
            start = min(moment, end)
            if people and end - start >= left:
                return end - left
            if people:
                left -= end - start
            end = start
        return None

    def _during(self, window: Window) -> list[tuple[bool, int]]:
        first, last = bisect_right(self._moments, window.start), bisect_left(self._moments, window.end)
        return self._states[first : last + 1]


def first_free_window(
    calendar: DutyCalendar, load: Load, *, now: datetime.datetime, part: str = "any", zone: ZoneInfo | None = None
) -> Window | None:
    """The first half hour in which one more person can be called, or None. `zone` is that of whoever asks."""
    return first_free_windows(calendar, load, now=now, zone=zone, parts=[part])[part]


def first_free_windows(
    calendar: DutyCalendar,
    load: Load,
    *,
    now: datetime.datetime,
    zone: ZoneInfo | None = None,
    parts: Iterable[str] = tuple(PARTS),
) -> dict[str, Window | None]:
    """The first half hour for each part of the day, as `promise` names it."""
    windows: dict[str, Window | None] = dict.fromkeys(parts)
    for window in free_windows(calendar, load, now=now):
        for part, first in windows.items():
            if first is None and window.is_in(part, zone or calendar.zone):
                windows[part] = window
        if None not in windows.values():
            break
    return windows


def free_windows(calendar: DutyCalendar, load: Load, *, now: datetime.datetime) -> Iterator[Window]:
    """Windows with room for one more. Whoever waits already, without a time or past it, is called before."""
    duty = Duty(calendar, now)
    before = sum(count for end, count in load.items() if end is None or end <= now)
    for window in windows_from(now):
        room = max(0, duty.people(window) - load.get(window.end, 0))
        used = min(room, before)
        before -= used
        if room > used:
            yield window


def windows_from(now: datetime.datetime) -> Iterator[Window]:
    """The half hours that have not begun, to the horizon."""
    since = now.astimezone(UTC) - datetime.datetime(2000, 1, 1, tzinfo=UTC)
    start = now.astimezone(UTC) + (-since % HALF_HOUR)
    while start < now + HORIZON:
        yield Window(start, start + HALF_HOUR)
        start += HALF_HOUR


def unstaffed(
    calendar: DutyCalendar, promised: Iterable[tuple[Key, datetime.datetime]], *, now: datetime.datetime
) -> list[Key]:
    """Of `promised`, keys with the end of their window in order of arrival: those that nobody is there to keep."""
    duty = Duty(calendar, now)
    places: dict[datetime.datetime, int] = {}
    left = []
    for key, end in promised:
        if end not in places:
            places[end] = duty.people(Window.ending(end))
        if places[end]:
            places[end] -= 1
        else:
            left.append(key)
    return left


def gaps(calendar: DutyCalendar, *, now: datetime.datetime, within: datetime.timedelta = 7 * DAY) -> list[Window]:
    """When the center is open and nobody is on duty: neighbouring half hours as one."""
    duty = Duty(calendar, now)
    windows: list[Window] = []
    for window in windows_from(now):
        if window.start >= now + within:
            break
        if duty.is_open(window) and not duty.people(window):
            start = windows.pop().start if windows and windows[-1].end == window.start else window.start
            windows.append(Window(start, window.end))
    return windows


def on_duty_since(calendar: DutyCalendar, duration: datetime.timedelta, *, now: datetime.datetime) -> datetime.datetime:
    """The latest moment since which somebody was on duty for that long, at most the horizon ago.

    Where no duty hours are entered every hour counts.
    """
    if calendar.is_empty or not duration:
        return now - duration
    return Duty(calendar, now - HORIZON).since(duration, now) or now - HORIZON


def people_on_duty(
    shifts: Iterable[Shift], special_days: Collection[datetime.date], zone: ZoneInfo, now: datetime.datetime
) -> set[int]:
    """The keys of whoever has a shift of their own at this moment."""
    today = now.astimezone(zone).date()
    days = [today - DAY, today]
    return {
        shift.person_id
        for shift in shifts
        if shift.person_id and any(span.start <= now < span.end for span in _spans(shift, days, zone, special_days))
    }


def _spans(
    rule: Weekly, days: list[datetime.date], zone: ZoneInfo, special_days: Collection[datetime.date], people: int = 1
) -> Iterator[Span]:
    for day in days:
        if lasts := rule.lasts(day, special_days):
            yield _span(*lasts, zone, people)


def _span(start: datetime.datetime, end: datetime.datetime, zone: ZoneInfo, people: int = 1) -> Span:
    """From one wall time to another, empty where the clocks skip all of it."""
    begins, ends = max(_instants(start, zone)), min(_instants(end, zone))
    return Span(begins, max(begins, ends), people)


def _instants(wall: datetime.datetime, zone: ZoneInfo) -> list[datetime.datetime]:
    """Both readings of a wall time; they differ where the clocks skip or repeat it. Duty takes the shorter one."""
    return [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


def _whole_day(day: datetime.date, zone: ZoneInfo) -> Span:
    midnight, next_midnight = combine(day, datetime.time()), combine(day + DAY, datetime.time())
    return Span(min(_instants(midnight, zone)), max(_instants(next_midnight, zone)))
