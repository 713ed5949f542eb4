"""Call-back times are right: P71. Every case says what the clock on the wall shows."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admissions.models.duty import DutyCalendar, OpeningHours, Shift
from admissions.scheduling import slots
from admissions.scheduling.slots import HALF_HOUR, HORIZON, PARTS, Window, first_free_window, gaps, unstaffed
from tests.admissions.calendars import LOS_ANGELES, at, calendar
from tests.admissions.factories import times

pytestmark = pytest.mark.once

NEW_YORK, PHOENIX, HONOLULU, KATHMANDU, CHATHAM, LORD_HOWE, LONDON = map(
    ZoneInfo,
    (
        "America/New_York",
        "America/Phoenix",
        "Pacific/Honolulu",
        "Asia/Kathmandu",
        "Pacific/Chatham",
        "Australia/Lord_Howe",
        "Europe/London",
    ),
)
OFFICE = ("0-4", "8:00", "18:00")  # Monday to Friday
NIGHT = ("0-6", "22:00", "6:00")

# In 2026 the clocks of most of the country skip 2:00 to 3:00 on March 8 and repeat 1:00 to 2:00 on November 1.
# 24 November 2026 is a Tuesday; Thanksgiving is the 26th.


def first(duty, now, *, part="any_hour", zone=None, load=None, fold=0):
    found = first_free_window(duty, load or {}, now=at(now, duty.zone, fold), part=part, zone=zone)
    return found and found.start


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-24 2:00", "2026-11-24 8:00"),
        ("2026-11-24 7:59", "2026-11-24 8:00"),
        ("2026-11-24 8:00", "2026-11-24 8:00"),
        ("2026-11-24 8:01", "2026-11-24 8:30"),
        ("2026-11-24 8:30", "2026-11-24 8:30"),
        ("2026-11-24 17:29", "2026-11-24 17:30"),
        ("2026-11-24 17:31", "2026-11-25 8:00"),
        ("2026-11-24 23:59", "2026-11-25 8:00"),
        ("2026-11-27 17:45", "2026-11-30 8:00"),  # over the weekend
        ("2026-12-31 17:45", "2027-01-01 8:00"),
    ],
)
def test_the_next_whole_half_hour_with_somebody_on_duty(now, start):
    assert first(calendar(OFFICE), now) == at(start)


@pytest.mark.parametrize(
    ("shift", "now", "start"),
    [
        # Spring: there is no 2:00 to 3:00 on March 8.
        (("6", "1:00", "5:00"), "2026-03-08 1:45", "2026-03-08 3:00"),
        (("6", "2:00", "3:00"), "2026-03-08 0:00", "2026-03-15 2:00"),  # this shift does not take place
        (("6", "2:30", "5:00"), "2026-03-08 1:59", "2026-03-08 3:30"),  # its start could be meant either way
        (("5", "22:00", "2:30"), "2026-03-08 1:01", "2026-03-14 22:00"),  # so could its end
        (NIGHT, "2026-03-08 1:31", "2026-03-08 3:00"),
        (("6", "8:00", "9:00"), "2026-03-08 1:00", "2026-03-08 8:00"),
        # Autumn: 1:00 to 2:00 comes twice on November 1.
        (("6", "0:30", "1:30"), "2026-11-01 0:00", "2026-11-01 0:30"),
        (("6", "8:00", "9:00"), "2026-11-01 0:30", "2026-11-01 8:00"),
        (NIGHT, "2026-11-01 5:31", "2026-11-01 22:00"),
    ],
)
def test_where_the_clocks_change(shift, now, start):
    assert first(calendar(shift), now) == at(start)


@pytest.mark.parametrize("zone", [LOS_ANGELES, NEW_YORK, LONDON, LORD_HOWE])
def test_a_day_of_23_or_25_hours_has_that_many(zone):
    duty = calendar(("0-6", "0:00", "0:00"), zone=zone)
    for day, last in (("2026-03-08", "2026-03-09"), ("2026-11-01", "2026-11-02"), ("2026-04-05", "2026-04-06")):
        start, end = at(f"{day} 0:00", zone), at(f"{last} 0:00", zone)
        windows = [w for w in slots.free_windows(duty, {}, now=start) if w.start < end.astimezone(datetime.UTC)]
        assert windows[-1].end - windows[0].start == end.astimezone(datetime.UTC) - start.astimezone(datetime.UTC)
        assert len({w.start for w in windows}) == len(windows)


def test_the_hour_that_comes_twice_is_two_hours_for_those_who_stay_through_it():
    duty = calendar(("6", "0:00", "4:00"))
    starts = [w.start for w in slots.free_windows(duty, {}, now=at("2026-11-01 0:00"))][:10]
    assert starts[2:6] == [at(f"2026-11-01 {hands}", fold=fold) for fold in (0, 1) for hands in ("1:00", "1:30")]
    assert starts[6] == at("2026-11-01 2:00")


@pytest.mark.parametrize(
    ("part", "zone", "now", "start"),
    [
        # The same hour of duty is a later one in the east, and an earlier one in Hawaii.
        ("morning", NEW_YORK, "2026-11-24 2:00", None),  # 7:00 to 11:00 there is before anybody is here
        ("midday", NEW_YORK, "2026-11-24 2:00", "2026-11-24 11:00"),
        ("afternoon", NEW_YORK, "2026-11-24 2:00", "2026-11-24 14:00"),
        ("evening", NEW_YORK, "2026-11-24 2:00", "2026-11-24 17:00"),
        ("morning", HONOLULU, "2026-11-24 2:00", "2026-11-24 7:00"),
        ("morning", LOS_ANGELES, "2026-11-24 2:00", "2026-11-24 8:00"),
        ("evening", LOS_ANGELES, "2026-11-24 2:00", "2026-11-24 17:00"),
        ("morning", KATHMANDU, "2026-11-24 2:00", "2026-11-25 7:15"),
        # “Any time” is 8 a.m. to 9 p.m. there, and only “at night too” is at night.
        ("any", LOS_ANGELES, "2026-11-24 2:00", "2026-11-24 8:00"),
        ("any", HONOLULU, "2026-11-24 2:00", "2026-11-24 8:00"),
        ("any_hour", HONOLULU, "2026-11-24 2:00", "2026-11-24 6:00"),
        ("any", NEW_YORK, "2026-11-24 18:05", "2026-11-25 11:00"),
        # Arizona keeps its clocks; California changes them.
        ("morning", PHOENIX, "2026-03-06 18:00", "2026-03-09 8:00"),
        ("morning", PHOENIX, "2026-02-27 18:00", "2026-03-02 9:00"),
    ],
)
def test_a_part_of_the_day_is_one_by_the_clocks_of_whoever_asks(part, zone, now, start):
    assert first(calendar(OFFICE), now, part=part, zone=zone) == (start and at(start, zone))


def test_a_window_that_runs_over_the_end_of_a_part_is_not_in_it():
    window = Window(at("2026-11-24 10:45", KATHMANDU), at("2026-11-24 11:15", KATHMANDU))
    assert not window.is_in("morning", KATHMANDU) and not window.is_in("midday", KATHMANDU)
    assert window.is_in("any", KATHMANDU) and window.is_in("any_hour", KATHMANDU)
    assert Window(at("2026-11-24 10:30"), at("2026-11-24 11:00")).is_in("morning", LOS_ANGELES)
    assert not Window(at("2026-11-24 6:45"), at("2026-11-24 7:15")).is_in("morning", LOS_ANGELES)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-24 12:00", "2026-11-24 22:00"),
        ("2026-11-24 23:20", "2026-11-24 23:30"),
        ("2026-11-24 23:40", "2026-11-25 0:00"),
        ("2026-11-25 5:30", "2026-11-25 5:30"),
        ("2026-11-25 5:31", "2026-11-25 22:00"),
    ],
)
def test_a_shift_over_midnight_belongs_to_both_days(now, start):
    assert first(calendar(NIGHT), now) == at(start)


def test_the_last_night_of_a_shift_runs_to_its_end():
    duty = calendar(NIGHT, last_day=datetime.date(2026, 11, 24))
    assert first(duty, "2026-11-25 3:00") == at("2026-11-25 3:00")
    assert first(duty, "2026-11-25 6:00") is None


def test_a_shift_begins_to_count_on_its_first_day():
    assert first(calendar(OFFICE, first_day=datetime.date(2026, 11, 27)), "2026-11-24 9:00") == at("2026-11-27 8:00")


@pytest.mark.parametrize(
    ("closed", "now", "start"),
    [
        (["2026-11-26"], "2026-11-25 17:45", "2026-11-27 8:00"),
        (["2026-11-26"], "2026-11-26 9:00", "2026-11-27 8:00"),
        (["2026-11-26", "2026-11-27"], "2026-11-25 17:45", "2026-11-30 8:00"),
        (["2026-11-25"], "2026-11-24 9:00", "2026-11-24 9:00"),
    ],
)
def test_nobody_is_promised_a_call_on_a_closed_day(closed, now, start):
    assert first(calendar(OFFICE, closed=closed), now) == at(start)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-25 22:00", "2026-11-25 22:00"),
        ("2026-11-25 23:45", "2026-11-27 0:00"),  # the night before ends at midnight, the day's own begins not at all
        ("2026-11-26 23:00", "2026-11-27 0:00"),
    ],
)
def test_a_closed_day_lasts_from_midnight_to_midnight(now, start):
    round_the_clock = calendar(("0-6", "0:00", "0:00"), closed=["2026-11-26"])
    assert first(round_the_clock, now) == at(start)


BLACK_FRIDAY = ("2026-11-27", "9:00", "12:00")
SHORT_SHIFT = ("2026-11-27", "10:00", "13:00")


@pytest.mark.parametrize(
    ("for_days", "now", "start"),
    [
        ([], "2026-11-27 2:00", "2026-11-30 8:00"),  # the week's plan rests, and nobody else is there
        ([SHORT_SHIFT], "2026-11-27 2:00", "2026-11-27 10:00"),
        ([SHORT_SHIFT], "2026-11-27 11:30", "2026-11-27 11:30"),
        ([SHORT_SHIFT], "2026-11-27 11:31", "2026-11-30 8:00"),  # it is open until noon
        ([("2026-11-27", "8:00", "18:00")], "2026-11-27 2:00", "2026-11-27 9:00"),  # and from nine on
        ([("2026-11-26", "8:00", "18:00")], "2026-11-27 2:00", "2026-11-30 8:00"),  # one for another day
        ([SHORT_SHIFT], "2026-11-26 2:00", "2026-11-26 8:00"),  # the day before is as always
    ],
)
def test_on_a_special_day_its_own_hours_and_shifts_count_and_no_others(for_days, now, start):
    duty = calendar(OFFICE, hours=[OFFICE], special=[BLACK_FRIDAY], for_days=for_days)
    assert first(duty, now) == at(start)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-26 23:00", "2026-11-26 23:00"),
        ("2026-11-26 23:31", "2026-11-27 10:00"),  # the night before ends at midnight
        ("2026-11-27 12:00", "2026-11-28 22:00"),  # the night of that day does not begin
    ],
)
def test_over_a_special_day_no_night_shift_of_the_week_runs(now, start):
    duty = calendar(NIGHT, special=[BLACK_FRIDAY], for_days=[SHORT_SHIFT])
    assert first(duty, now) == at(start)


def test_a_special_day_works_without_hours_of_the_week_and_leaves_no_gap_outside_its_own():
    duty = calendar(hours=[], special=[BLACK_FRIDAY], for_days=[SHORT_SHIFT])
    assert first(duty, "2026-11-24 2:00") == at("2026-11-27 10:00")
    assert not duty.is_empty
    assert gaps(duty, now=at("2026-11-24 2:00")) == [Window(at("2026-11-27 9:00"), at("2026-11-27 10:00"))]


@pytest.mark.parametrize(
    ("pause", "now", "start"),
    [
        (("2026-11-24 9:00", "2026-11-24 10:00"), "2026-11-24 8:45", "2026-11-24 10:00"),
        (("2026-11-24 9:10", "2026-11-24 9:20"), "2026-11-24 8:45", "2026-11-24 9:30"),
        (("2026-11-24 9:10", "2026-11-24 9:20"), "2026-11-24 8:15", "2026-11-24 8:30"),
        (("2026-11-24 9:00", "2026-11-24 10:01"), "2026-11-24 8:45", "2026-11-24 10:30"),
        (("2026-11-24 0:00", "2026-12-20 0:00"), "2026-11-24 8:45", None),
    ],
)
def test_nobody_is_promised_a_call_in_a_pause(pause, now, start):
    assert first(calendar(OFFICE, pauses=[pause]), now) == (start and at(start))


@pytest.mark.parametrize(
    ("hours", "shift", "start"),
    [
        (("0-6", "9:00", "12:00"), ("0-6", "8:00", "18:00"), "2026-11-24 9:00"),  # on duty, not open yet
        (("0-6", "8:00", "18:00"), ("0-6", "10:00", "12:00"), "2026-11-24 10:00"),  # open, nobody on duty yet
        (("0-6", "8:15", "18:00"), ("0-6", "8:00", "18:00"), "2026-11-24 8:30"),  # not open for all of 8:00 to 8:30
        (("0-6", "8:00", "8:20"), ("0-6", "8:00", "18:00"), None),
        (("0", "8:00", "9:00"), ("2", "8:00", "9:00"), None),
    ],
)
def test_open_and_on_duty_both_are_needed(hours, shift, start):
    assert first(calendar(shift, hours=[hours]), "2026-11-24 2:00") == (start and at(start))


def test_hours_and_shifts_that_follow_each_other_within_a_half_hour_are_one():
    duty = calendar(
        ("0-6", "8:00", "8:15"),
        ("0-6", "8:15", "9:00", 2),
        hours=[("0-6", "8:00", "8:10"), ("0-6", "8:10", "9:00")],
    )
    window = Window.ending(at("2026-11-24 8:30"))
    assert first_free_window(duty, {}, now=window.start) == window
    assert first_free_window(duty, {window.end: 1}, now=window.start).start == at("2026-11-24 8:30"), (
        "one at every moment of it"
    )


def test_without_hours_without_shifts_and_beyond_the_horizon_nothing_is_promised():
    now = at("2026-11-24 9:00")
    assert first_free_window(DutyCalendar(LOS_ANGELES), {}, now=now) is None
    assert first_free_window(calendar(hours=[OFFICE]), {}, now=now) is None
    assert first_free_window(calendar(OFFICE, hours=[]), {}, now=now) is None
    assert first_free_window(calendar(OFFICE, first_day=datetime.date(2026, 12, 9)), {}, now=now) is None
    assert first_free_window(calendar(OFFICE, first_day=datetime.date(2026, 12, 7)), {}, now=now) is not None, "control"


# The queue


def test_each_counsellor_takes_one_call_in_half_an_hour_and_the_rest_goes_on():
    duty, now, load, starts = calendar(("0-4", "8:00", "9:00", 2)), at("2026-11-24 2:00"), {}, []
    for _ in range(6):
        window = first_free_window(duty, load, now=now)
        load[window.end] = load.get(window.end, 0) + 1
        starts.append(window.start)
    wanted = ["2026-11-24 8:00"] * 2 + ["2026-11-24 8:30"] * 2 + ["2026-11-25 8:00"] * 2
    assert starts == [at(start) for start in wanted]


def test_people_on_shifts_that_overlap_are_added_up():
    duty = calendar(("1", "8:00", "9:00"), ("1", "8:00", "10:00", 2))
    load = {at("2026-11-24 8:30"): 2}
    assert first_free_window(duty, load, now=at("2026-11-24 8:00")).start == at("2026-11-24 8:00")
    assert first_free_window(duty, load | {at("2026-11-24 8:30"): 3}, now=at("2026-11-24 8:00")).start == at(
        "2026-11-24 8:30"
    )


@pytest.mark.parametrize(
    "load",
    [
        {None: 3},  # they wait without a time
        {at("2026-11-24 7:30"): 2, None: 1},  # and these were promised one that is over
        {at("2026-11-23 17:30"): 3},
    ],
)
def test_whoever_waits_already_is_called_before(load):
    duty = calendar(("1", "8:00", "12:00", 2))
    assert first_free_window(duty, load, now=at("2026-11-24 8:00")).start == at("2026-11-24 8:30")


def test_what_is_promised_in_the_running_half_hour_holds_nobody_up():
    duty = calendar(("1", "8:00", "12:00"))
    load = {at("2026-11-24 8:30"): 1}
    assert first_free_window(duty, load, now=at("2026-11-24 8:10")).start == at("2026-11-24 8:30")


def test_of_promises_that_cannot_be_kept_those_who_came_first_keep_theirs():
    ends = [at("2026-11-24 8:30"), at("2026-11-24 8:30"), at("2026-11-24 8:30"), at("2026-11-24 9:30")]
    promised = list(zip("abcd", ends, strict=True))
    now = at("2026-11-24 2:00")
    assert unstaffed(calendar(("1", "8:00", "18:00", 3)), promised, now=now) == []
    assert unstaffed(calendar(("1", "8:00", "18:00", 2)), promised, now=now) == ["c"]
    assert unstaffed(calendar(("1", "9:00", "18:00", 2)), promised, now=now) == ["a", "b", "c"]
    assert unstaffed(calendar(OFFICE, closed=["2026-11-24"]), promised, now=now) == list("abcd")
    assert unstaffed(calendar(OFFICE, pauses=[("2026-11-24 9:10", "2026-11-24 9:11")]), promised, now=now) == list(
        "bcd"
    )


def test_gaps_are_the_open_hours_in_which_nobody_is_on_duty():
    duty = calendar(("0-4", "8:00", "12:00"), hours=[OFFICE], closed=["2026-11-26"])
    found = gaps(duty, now=at("2026-11-24 7:00"), within=datetime.timedelta(days=4))
    assert found == [Window(at(f"2026-11-{day} 12:00"), at(f"2026-11-{day} 18:00")) for day in (24, 25, 27)]
    assert gaps(calendar(OFFICE, hours=[OFFICE]), now=at("2026-11-24 7:00")) == []


@pytest.mark.parametrize(
    ("now", "minutes", "since"),
    [
        ("2026-11-24 9:00", 15, "2026-11-24 8:45"),
        ("2026-11-24 8:05", 15, "2026-11-23 17:50"),
        ("2026-11-24 2:00", 15, "2026-11-23 17:45"),
        ("2026-11-23 2:00", 60, "2026-11-20 17:00"),  # over the weekend
        ("2026-11-24 2:00", 0, "2026-11-24 2:00"),
        ("2026-11-24 9:00", 10_000, "2026-11-10 9:00"),  # never longer ago than the horizon
    ],
)
def test_patience_counts_the_time_in_which_somebody_was_there(now, minutes, since):
    patience = datetime.timedelta(minutes=minutes)
    assert slots.on_duty_since(calendar(OFFICE), patience, now=at(now)) == at(since)


def test_without_duty_hours_every_hour_counts():
    now, hour = at("2026-11-24 2:00"), datetime.timedelta(hours=1)
    assert slots.on_duty_since(calendar(), hour, now=now) == now - hour


# Whatever the calendar


ZONES = st.sampled_from([LOS_ANGELES, NEW_YORK, PHOENIX, HONOLULU, KATHMANDU, CHATHAM, LORD_HOWE, LONDON])
TIMES = st.builds(datetime.time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
DAYS = st.dates(datetime.date(2026, 2, 25), datetime.date(2026, 11, 10))
HOURS = st.builds(OpeningHours, weekday=st.integers(0, 6), starts=TIMES, ends=TIMES)
SHIFTS = st.builds(
    Shift,
    weekday=st.integers(0, 6),
    starts=TIMES,
    ends=TIMES,
    counsellors=st.integers(1, 3),
    first_day=DAYS,
    last_day=st.none() | st.just(datetime.date(2026, 12, 31)),
)
MOMENTS = st.integers(0, 255 * 24 * 60).map(lambda minutes: at("2026-03-01 0:00") + datetime.timedelta(minutes=minutes))
PAUSES = st.builds(lambda start, hours: (start, start + datetime.timedelta(hours=hours)), MOMENTS, st.integers(1, 60))


HANDS = st.tuples(TIMES, TIMES).map(sorted).filter(lambda hands: hands[0] < hands[1]).map(tuple)
ONE_DAY = st.builds(
    lambda day, starts, ends, people: Shift(
        weekday=day.weekday(), starts=starts, ends=ends, counsellors=people, first_day=day, last_day=day
    ),
    DAYS,
    TIMES,
    TIMES,
    st.integers(1, 3),
)


@st.composite
def calendars(draw):
    return DutyCalendar(
        zone=draw(ZONES),
        hours=draw(st.lists(HOURS, max_size=5)),
        shifts=draw(st.lists(SHIFTS | ONE_DAY, max_size=6)),
        closed_days=draw(st.lists(DAYS, max_size=3)),
        special_days=draw(st.dictionaries(DAYS, HANDS, max_size=3)),
        pauses=draw(st.lists(PAUSES, max_size=3)),
    )


def wall_minutes(start, end, zone):
    """Each minute of it, as the clocks of `zone` show it."""
    return [
        (start + datetime.timedelta(minutes=number)).astimezone(zone)
        for number in range(int((end - start).total_seconds() // 60))
    ]


def is_on(rule, wall, special_days=()):
    """A second opinion, by wall clock: does the rule cover this minute, begun today or yesterday?"""
    today, yesterday = wall.date(), wall.date() - datetime.timedelta(days=1)
    overnight = rule.ends <= rule.starts
    clock_now = wall.time().replace(fold=0)
    days = {getattr(rule, "first_day", None), getattr(rule, "last_day", None)}
    if today in special_days and days != {today}:
        return False
    if rule.applies_on(today) and rule.starts <= clock_now and (overnight or clock_now < rule.ends):
        return True
    begun_yesterday = overnight and rule.applies_on(yesterday) and clock_now < rule.ends
    return begun_yesterday and (yesterday not in special_days or days == {yesterday})


@settings(max_examples=times(short=150, full=5000), deadline=None)
@given(
    duty=calendars(),
    now=MOMENTS,
    zone=ZONES,
    part=st.sampled_from(sorted(PARTS)),
    queue=st.dictionaries(st.integers(-5, 200), st.integers(1, 4), max_size=10),
)
def test_no_time_is_ever_promised_that_is_past_unstaffed_taken_or_not_the_time_they_asked_for(
    duty, now, zone, part, queue
):
    begun = next(slots.windows_from(now)).start
    load = {begun + number * HALF_HOUR: count for number, count in queue.items()}
    window = first_free_window(duty, load, now=now, part=part, zone=zone)
    if window is None:
        return
    assert now <= window.start < now + HORIZON
    assert window.end - window.start == HALF_HOUR
    people = []
    for wall in wall_minutes(window.start, window.end, duty.zone):
        clock_now, hands = wall.time().replace(fold=0), duty.special_days.get(wall.date())
        assert hands[0] <= clock_now < hands[1] if hands else any(is_on(h, wall, duty.special_days) for h in duty.hours)
        assert wall.date() not in duty.closed_days
        assert not any(start <= wall < end for start, end in duty.pauses)
        people.append(sum(shift.counsellors for shift in duty.shifts if is_on(shift, wall, duty.special_days)))
    assert load.get(window.end, 0) < min(people)
    if PARTS[part]:
        for wall in wall_minutes(window.start, window.end, zone):
            assert PARTS[part][0] <= wall.time().replace(fold=0) < PARTS[part][1]


def test_control_the_second_opinion_finds_a_time_outside_duty():
    [tuesday] = [rule for rule in calendar(OFFICE).shifts if rule.weekday == 1]
    assert is_on(tuesday, at("2026-11-24 17:59").astimezone(LOS_ANGELES))
    for outside in ("2026-11-24 18:00", "2026-11-24 7:59", "2026-11-25 12:00"):
        assert not is_on(tuesday, at(outside).astimezone(LOS_ANGELES))
