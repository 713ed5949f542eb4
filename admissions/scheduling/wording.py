"""A promised half hour in words, on the clocks of whoever reads it."""

import datetime
import functools
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions.models import Inquiry
from admissions.scheduling.slots import Window

ZONES: list[tuple[str, Promise]] = [
    ("America/Los_Angeles", gettext_lazy("Pacific")),
    ("America/Phoenix", gettext_lazy("Arizona")),
    ("America/Denver", gettext_lazy("Mountain")),
    ("America/Chicago", gettext_lazy("Central")),
    ("America/New_York", gettext_lazy("Eastern")),
    ("America/Anchorage", gettext_lazy("Alaska")),
    ("America/Adak", gettext_lazy("Aleutian Islands")),
    ("Pacific/Honolulu", gettext_lazy("Hawaii")),
    ("Pacific/Pago_Pago", gettext_lazy("American Samoa")),
    ("Pacific/Guam", gettext_lazy("Guam and Northern Mariana Islands")),
    ("America/Puerto_Rico", gettext_lazy("Puerto Rico and Virgin Islands")),
]


class InZone(NamedTuple):
    key: str
    name: str
    when: str


class NamedTime(NamedTuple):
    """A promise as a form shows it before anything is sent."""

    when: str
    where: str
    is_theirs: bool
    zones: list[InZone]


@functools.cache
def known_zones() -> frozenset[str]:
    """Asked of the disk once: they are the names of some hundred files."""
    return frozenset(available_timezones())


def zone_of(key: str | None) -> ZoneInfo:
    """The zone that somebody chose; the centre's own for anything else."""
    return ZoneInfo(key if key in known_zones() else settings.TIME_ZONE)


def zone_name(zone: ZoneInfo) -> str:
    return str(dict(ZONES).get(zone.key, zone.key.replace("_", " ")))


def where(zone: ZoneInfo, *, is_theirs: bool) -> str:
    """Like "your time (Pacific)" for a zone that the reader chose, else "Pacific time"."""
    return (_("your time (%(zone)s)") if is_theirs else _("%(zone)s time")) % {"zone": zone_name(zone)}


def when(window: Window, zone: ZoneInfo, *, now: datetime.datetime) -> str:
    """Like "today, Tuesday, between 8:00 and 8:30 a.m."."""
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    return _("%(day)s, between %(start)s and %(end)s") % {
        "day": day(start, now=now),
        "start": clock(start, without_half=_half(start) == _half(end)),
        "end": clock(end),
    }


def name_time(window: Window, *, zone_key: str, now: datetime.datetime) -> NamedTime:
    """On the clocks of the zone that was chosen, else on the centre's; and on those of the short list."""
    zone = zone_of(zone_key)
    zones = [InZone(key, str(name), when(window, ZoneInfo(key), now=now)) for key, name in ZONES]
    return NamedTime(when(window, zone, now=now), where(zone, is_theirs=bool(zone_key)), bool(zone_key), zones)


def name_times(windows: Mapping[str, Window | None], zone: ZoneInfo, *, now: datetime.datetime) -> dict[str, str]:
    """When we would call in each part of the day, empty where we cannot."""
    return {part: when(window, zone, now=now) if window else "" for part, window in windows.items()}


def span(window: Window, zone: ZoneInfo, *, now: datetime.datetime) -> str:
    """Like "today, Tuesday, 12:00 p.m. to 6:00 p.m.", for staff; the end names its day when that is another."""
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    until = clock(end) if start.date() == end.date() else f"{day(end, now=now)}, {clock(end)}"
    return f"{day(start, now=now)}, {clock(start)} to {until}"


def day(moment: datetime.datetime, *, now: datetime.datetime) -> str:
    """Like "today, Tuesday", and the date where it is neither today nor the day before or after."""
    weekday = date_format(moment, "l")
    apart = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    near = {0: _("today, %(weekday)s"), 1: _("tomorrow, %(weekday)s"), -1: _("yesterday, %(weekday)s")}
    return near[apart] % {"weekday": weekday} if apart in near else date_format(moment, _("l, F j"))


def clock(moment: datetime.datetime, *, without_half: bool = False) -> str:
    """Like "8:30 a.m.", "noon" or "midnight"; with the zone's letters in an hour that the clocks go through twice."""
    if _happens_twice(moment):
        return f"{date_format(moment, 'g:i a')} {moment.tzname()}"
    if (moment.hour % 12, moment.minute) == (0, 0):
        return _("noon") if moment.hour else _("midnight")
    return date_format(moment, "g:i" if without_half else "g:i a")


def moment(
    at: datetime.datetime, *, now: datetime.datetime, zone: ZoneInfo | None = None, is_hour: bool = False
) -> str:
    """Like "today 9:30 a.m." or "Tue, Dec 1, 9:30 a.m.", for staff; on our own clocks where no zone is given.

    `is_hour`: it is kept cut to the hour, so it has no minutes, like "today 9 a.m.".
    """
    at = at.astimezone(zone or zone_of(None))
    apart = (at.date() - now.astimezone(at.tzinfo).date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    time = date_format(at, "g a") if is_hour else clock(at)
    return f"{near[apart]} {time}" if apart in near else f"{date_format(at, 'D, M j')}, {time}"


def for_visitor(inquiry: Inquiry, preferences: Mapping[str, str], *, now: datetime.datetime) -> str:
    """What became of the promise to this person, honestly. Empty when there is nothing left to promise.

    `preferences`: the newest ones. Whoever asked for a call and chose another way since is not told of a call.
    """
    calls = inquiry.kind == Inquiry.Kind.CALL and preferences.get("reach_by", "phone") == "phone"
    zone_key = preferences.get("time_zone")
    as_soon_as_we_can = (
        _("We call you as soon as we can, at a time of day that you said is good.")
        if calls
        else _("We answer as soon as we can.")
    )
    if inquiry.promised_by is None:
        if inquiry.status in (Inquiry.Status.WAITING, Inquiry.Status.HANDLED):  # junk must not learn that it is
            return ""
        return f"{_('We have not named a time yet.')} {as_soon_as_we_can}"
    if inquiry.promise_withdrawn_on:
        taken_back = _("We had named a time, and nobody will be on duty then. We are sorry.")
        return f"{taken_back} {as_soon_as_we_can}"
    zone, window = zone_of(zone_key), Window.ending(inquiry.promised_by)
    words = {"when": f"{when(window, zone, now=now)} {where(zone, is_theirs=bool(zone_key))}"}
    if inquiry.promised_by <= now:
        return _("We had named a time, and we did not keep it: %(when)s. We are sorry. You come first now.") % words
    return (_("We call you %(when)s.") if calls else _("We answer you %(when)s.")) % words


def for_staff(inquiry: Inquiry, *, now: datetime.datetime) -> str:
    """The promise as the queue shows it, on our own clocks."""
    if inquiry.promised_by is None:
        return "outside the calendar: no time named" if inquiry.outside_calendar else "no time named"
    window = Window.ending(inquiry.promised_by)
    if inquiry.promise_withdrawn_on:
        return f"taken back: was {moment(window.start, now=now)}"
    if window.end <= now:
        return f"overdue since {moment(window.end, now=now)}"
    if window.start <= now:
        return f"{'call' if inquiry.by_phone else 'answer'} now, until {moment(window.end, now=now)}"
    return f"promised {moment(window.start, now=now)}"


def on_the_callers_clock(inquiry: Inquiry, zone_key: str | None, *, now: datetime.datetime) -> str:
    """The promised half hour as the caller's clocks show it; empty when they show what ours do."""
    theirs, ours = zone_of(zone_key), zone_of(None)
    if inquiry.promised_by is None:
        return ""
    window = Window.ending(inquiry.promised_by)
    if window.start.astimezone(theirs).replace(tzinfo=None) == window.start.astimezone(ours).replace(tzinfo=None):
        return ""
    return f"for the caller: {when(window, theirs, now=now)} ({zone_name(theirs)})"


def _half(moment: datetime.datetime) -> str | bool:
    """a.m. or p.m.; noon and midnight say it themselves, and a doubled hour needs its own."""
    if (moment.hour % 12, moment.minute) == (0, 0) or _happens_twice(moment):
        return moment.isoformat()
    return moment.hour < 12


def _happens_twice(moment: datetime.datetime) -> bool:
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
