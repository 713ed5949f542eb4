"""Duty calendars for tests, as values: no database."""

import datetime
from zoneinfo import ZoneInfo

from admissions.models.duty import DutyCalendar, OpeningHours, Shift

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def at(text, zone=LOS_ANGELES, fold=0):
    """A moment by the clocks of `zone`, like "2026-11-24 8:00"; in UTC, because Python finds no moment of a doubled
    hour equal to one in another zone."""
    day, hands = text.split()
    wall = datetime.datetime.combine(datetime.date.fromisoformat(day), clock(hands), zone)
    return wall.replace(fold=fold).astimezone(datetime.UTC)


def clock(text):
    hour, minute = text.split(":")
    return datetime.time(int(hour), int(minute))


def weekly(kind, *rows, **fields):
    """Rows like ("0-4", "8:00", "18:00"): Monday to Friday."""
    made = []
    for days, starts, ends, *people in rows:
        first, _, last = days.partition("-")
        for weekday in range(int(first), int(last or first) + 1):
            counted = {"counsellors": people[0]} if people else {}
            made.append(kind(weekday=weekday, starts=clock(starts), ends=clock(ends), **counted, **fields))
    return made


def for_day(day, starts, ends, **fields):
    """A shift for this day alone."""
    day = datetime.date.fromisoformat(day)
    return Shift(weekday=day.weekday(), starts=clock(starts), ends=clock(ends), first_day=day, last_day=day, **fields)


def calendar(
    *shifts,
    hours=(("0-6", "0:00", "0:00"),),
    closed=(),
    special=(),
    for_days=(),
    pauses=(),
    zone=LOS_ANGELES,
    **of_shifts,
):
    """Open at all hours unless told otherwise; `shifts` are rows of `weekly`, `special` like ("2026-11-27", "9:00",
    "12:00"), `for_days` rows of `for_day`."""
    return DutyCalendar(
        zone=zone,
        hours=weekly(OpeningHours, *hours),
        shifts=[
            *weekly(Shift, *shifts, **{"first_day": datetime.date(2000, 1, 1)} | of_shifts),
            *(for_day(*row) for row in for_days),
        ],
        special_days={
            datetime.date.fromisoformat(day): (clock(opens), clock(closes)) for day, opens, closes in special
        },
        closed_days=[datetime.date.fromisoformat(day) for day in closed],
        pauses=[(at(start, zone), at(end, zone)) for start, end in pauses],
    )
