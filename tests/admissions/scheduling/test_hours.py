"""When somebody may be called, on their own clocks; and the next half hour for it."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admissions.models.duty import DutyCalendar
from admissions.scheduling.hours import next_fitting, queue_columns, their_hours
from admissions.scheduling.slots import PARTS, Duty, windows_from
from tests.admissions.calendars import LOS_ANGELES, at, calendar
from tests.admissions.factories import times

OFFICE = ("0-4", "8:00", "18:00")
KEYS = (
    "America/Los_Angeles",
    "America/New_York",
    "America/Phoenix",
    "America/Adak",
    "Pacific/Honolulu",
    "Pacific/Guam",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
)
PREFERENCES = st.fixed_dictionaries(
    {},
    optional={
        "reach_by": st.sampled_from(["phone", "text"]),
        "call_window": st.sampled_from([*PARTS, "of an old form"]),
        "time_zone": st.sampled_from([*KEYS, "Mars/Olympus"]),
    },
)
# From before the clocks change in March to after they did in November, Thanksgiving and the turn of the year.
MOMENTS = st.integers(0, 310 * 24 * 60).map(lambda minutes: at("2026-03-05 0:00") + datetime.timedelta(minutes=minutes))
DUTIES = st.sampled_from(
    [
        DutyCalendar(LOS_ANGELES),
        calendar(OFFICE),
        calendar(("0-6", "0:00", "0:00")),
        calendar(("0-6", "22:00", "6:00")),
        calendar(
            OFFICE,
            closed=["2026-11-26"],
            special=[("2026-11-27", "9:00", "12:00")],
            for_days=[("2026-11-27", "9:00", "12:00")],
        ),
    ]
)


def is_good(preferences, moment):
    """A second opinion: the wall clock of whoever asked."""
    part = preferences.get("call_window", "any")
    hours = PARTS[part if part in PARTS else "any"]
    zone = preferences.get("time_zone", "America/Los_Angeles")
    wall = moment.astimezone(ZoneInfo(zone if zone in KEYS else "America/Los_Angeles")).time().replace(fold=0)
    return hours is None or hours[0] <= wall < hours[1]


@settings(max_examples=times(short=150, full=5000), deadline=None)
@given(preferences=PREFERENCES, duty=DUTIES, after=MOMENTS, next_day=st.booleans())
def test_the_next_call_is_never_outside_their_hours_and_never_outside_duty_if_that_can_be(
    preferences, duty, after, next_day
):
    start = next_fitting(preferences, duty, after=after, next_day=next_day)
    assert start >= after
    zone = (their_hours(preferences) or their_hours({})).zone
    minutes = [start + datetime.timedelta(minutes=minute) for minute in range(30)]
    assert all(is_good(preferences, minute) for minute in minutes)
    if preferences.get("call_window") != "any_hour" and next_day:
        assert start.astimezone(zone).date() > after.astimezone(zone).date()
    laid_out = Duty(duty, after)
    on_duty = [
        window.start
        for window in windows_from(after)
        if laid_out.people(window)
        and is_good(preferences, window.start)
        and is_good(preferences, window.end - datetime.datetime.resolution)
    ]
    if not next_day:
        assert start == on_duty[0] if on_duty else start - after < datetime.timedelta(days=1)
    elif on_duty and on_duty[-1] > after + datetime.timedelta(days=3):
        assert start in on_duty


@settings(max_examples=times(short=200, full=5000), deadline=None)
@given(preferences=PREFERENCES, now=MOMENTS)
def test_what_the_queue_knows_of_their_hours_is_what_the_gate_knows(preferences, now):
    hours, columns = their_hours(preferences), queue_columns(preferences, now=now)
    begin, end = columns["good_from"], columns["good_until"]
    if hours is None:
        assert (begin, end) == (None, None)
        return
    local = now.astimezone(hours.zone)
    offsets = {local.replace(hour=hour, minute=0).utcoffset() for hour in range(24)}
    if len(offsets) > 1:
        return  # the day on which the clocks change
    minute = now.hour * 60 + now.minute
    hint = begin <= minute < end if begin <= end else minute >= begin or minute < end
    assert hint == hours.covers(now) == is_good(preferences, now)


@pytest.mark.parametrize(
    ("call_window", "zone", "after", "start"),
    [
        # “Any time” is no night, on either side of a change of the clocks.
        ("any", "America/New_York", "2026-03-07 18:00", "2026-03-08 5:00"),  # 8 a.m. there, after the hour that is not
        ("any", "America/New_York", "2026-10-31 18:01", "2026-11-01 5:00"),
        ("any", "America/New_York", "2026-10-31 17:29", "2026-10-31 17:30"),  # the last half hour before 9 p.m. there
        ("any", "America/Phoenix", "2026-03-07 21:00", "2026-03-08 8:00"),
        ("any", "America/Phoenix", "2026-11-01 0:00", "2026-11-01 7:00"),
        ("evening", "America/New_York", "2026-11-26 3:00", "2026-11-26 14:00"),
        ("any_hour", "America/New_York", "2026-11-26 3:00", "2026-11-26 3:00"),
    ],
)
def test_their_hours_hold_over_a_change_of_the_clocks(call_window, zone, after, start):
    duty = calendar(("0-6", "0:00", "0:00"))
    asked = {"call_window": call_window, "time_zone": zone}
    assert next_fitting(asked, duty, after=at(after)) == at(start)


def test_over_thanksgiving_the_next_call_waits_for_the_next_day_of_duty():
    duty = calendar(
        OFFICE,
        closed=["2026-11-26"],
        special=[("2026-11-27", "9:00", "12:00")],
        for_days=[("2026-11-27", "10:00", "12:00")],
    )
    asked = {"call_window": "any", "time_zone": "America/Los_Angeles"}
    assert next_fitting(asked, duty, after=at("2026-11-25 17:45")) == at("2026-11-27 10:00")
    assert next_fitting(asked, duty, after=at("2026-11-27 11:31")) == at("2026-11-30 8:00")
    assert next_fitting(asked, duty, after=at("2026-11-25 9:00"), next_day=True) == at("2026-11-27 10:00")
    assert next_fitting(asked | {"call_window": "evening"}, duty, after=at("2026-11-25 9:00")) == at("2026-11-25 17:00")


def test_control_the_second_opinion_finds_an_hour_outside_theirs():
    assert not is_good({}, at("2026-11-24 7:59")) and not is_good({}, at("2026-11-24 21:00"))
    assert is_good({}, at("2026-11-24 8:00")) and is_good({"call_window": "any_hour"}, at("2026-11-24 3:00"))
