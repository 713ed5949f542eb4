"""When somebody may be called or texted: the part of the day they asked for, on their own clocks."""

import datetime
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from admissions.models.duty import DutyCalendar
from admissions.scheduling.slots import PARTS, Duty, windows_from
from admissions.scheduling.wording import zone_of

BY_PHONE = ("phone", "text")
DAY = datetime.timedelta(days=1)
MINUTES_OF_A_DAY = 24 * 60


def is_by_phone(preferences: Mapping[str, str]) -> bool:
    """A call or a text is wanted: it has its hours, and takes a place in the calendar."""
    return preferences.get("reach_by", "phone") in BY_PHONE


class TheirHours(NamedTuple):
    starts: datetime.time
    ends: datetime.time
    zone: ZoneInfo

    def covers(self, moment: datetime.datetime) -> bool:
        return self.starts <= moment.astimezone(self.zone).time() < self.ends

    def utc_minutes(self, now: datetime.datetime) -> tuple[int, int]:
        """Their beginning and end in minutes of the UTC day. An hour off after a change of the clocks."""
        today = now.astimezone(self.zone).date()
        starts, ends = (
            datetime.datetime.combine(today, at, self.zone).astimezone(datetime.UTC) for at in (self.starts, self.ends)
        )
        return starts.hour * 60 + starts.minute, ends.hour * 60 + ends.minute


def their_hours(preferences: Mapping[str, str]) -> TheirHours | None:
    """None: at any hour."""
    hours = PARTS.get(preferences.get("call_window", "any"), PARTS["any"]) if is_by_phone(preferences) else None
    return TheirHours(*hours, zone_of(preferences.get("time_zone"))) if hours else None


def queue_columns(preferences: Mapping[str, str], *, now: datetime.datetime) -> dict[str, object]:
    """What the queue may know of these preferences, as columns of an inquiry."""
    hours = their_hours(preferences)
    good_from, good_until = hours.utc_minutes(now) if hours else (None, None)
    return {"by_phone": is_by_phone(preferences), "good_from": good_from, "good_until": good_until}


def next_fitting(
    preferences: Mapping[str, str], calendar: DutyCalendar, *, after: datetime.datetime, next_day: bool = False
) -> datetime.datetime:
    """The first half hour from `after` on that lies in their hours, and in which one of us is on duty.

    `next_day`: not before tomorrow, on their clocks. Without a duty calendar their hours alone count. In two weeks
    without such a half hour it is the first in their hours alone.
    """
    hours = their_hours(preferences)
    zone = zone_of(preferences.get("time_zone"))
    if next_day:
        tomorrow = after.astimezone(zone).date() + DAY
        after = max(after, datetime.datetime.combine(tomorrow, datetime.time(), zone))
    fitting = [
        window
        for window in windows_from(after)
        if hours is None or (hours.covers(window.start) and hours.covers(window.end - datetime.datetime.resolution))
    ]
    if not calendar.is_empty:
        duty = Duty(calendar, after)
        fitting = [window for window in fitting if duty.people(window)] or fitting
    return fitting[0].start
