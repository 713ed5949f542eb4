"""The calendar's own rules: special days, and nobody at two places at once."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from admissions.models import ClosedDay, Shift
from admissions.models.duty import DutyCalendar
from tests.admissions.calendars import at, clock
from tests.admissions.factories import make_staff, times

FRIDAY = datetime.date(2026, 11, 27)
MONDAY = datetime.date(2026, 11, 23)
HOURS = (datetime.time(9), datetime.time(12))


def shift(weekday, starts, ends, *, first_day=MONDAY, last_day=None, **fields):
    return Shift(
        weekday=weekday, starts=clock(starts), ends=clock(ends), first_day=first_day, last_day=last_day, **fields
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("opens", "closes"), [(HOURS[0], None), (None, HOURS[0]), (HOURS[1], HOURS[0]), (HOURS[0], HOURS[0])]
)
def test_a_special_day_has_both_hours_in_their_order_or_none(opens, closes):
    day = ClosedDay(day=FRIDAY, opens=opens, closes=closes)
    with pytest.raises(ValidationError, match="Enter both"):
        day.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        day.save()
    ClosedDay(day=FRIDAY, opens=HOURS[0], closes=HOURS[1]).full_clean()
    ClosedDay(day=FRIDAY).full_clean()


@pytest.mark.django_db
def test_the_calendar_tells_days_with_hours_from_those_without():
    ClosedDay.objects.create(day=FRIDAY, opens=HOURS[0], closes=HOURS[1])
    ClosedDay.objects.create(day=FRIDAY - datetime.timedelta(days=1))
    calendar = DutyCalendar.read(since=at("2026-11-24 8:00"))
    assert calendar.closed_days == [FRIDAY - datetime.timedelta(days=1)]
    assert calendar.special_days == {FRIDAY: HOURS}


@pytest.mark.parametrize(
    ("other", "day"),
    [
        (shift(4, "5:00", "6:00"), FRIDAY),  # inside
        (shift(4, "8:30", "12:00"), FRIDAY),
        (shift(4, "9:00", "12:00"), None),  # one follows the other
        (shift(3, "22:00", "0:00"), None),
        (shift(3, "22:00", "0:30"), FRIDAY),  # over midnight
        (shift(3, "12:00", "12:00"), FRIDAY),  # twenty-four hours
        (shift(5, "0:00", "9:00"), None),  # another day
        (shift(4, "5:00", "6:00", last_day=FRIDAY - datetime.timedelta(days=1)), None),
        (shift(4, "5:00", "6:00", last_day=FRIDAY), FRIDAY),
        (shift(4, "5:00", "6:00", first_day=datetime.date(2026, 12, 24)), datetime.date(2026, 12, 25)),
    ],
)
def test_two_shifts_overlap_where_they_share_a_moment(other, day):
    whole = shift(4, "0:00", "9:00")
    assert whole.first_overlap(other, {}) == day
    assert (other.first_overlap(whole, {}) is None) == (day is None)


def test_a_shift_for_a_special_day_shares_no_moment_with_the_week_that_rests_then():
    weekly, alone = shift(4, "8:00", "18:00"), shift(4, "9:00", "12:00", first_day=FRIDAY, last_day=FRIDAY)
    assert weekly.first_overlap(alone, {}) == FRIDAY, "control: on any other Friday it would"
    assert weekly.first_overlap(alone, {FRIDAY: HOURS}) is None
    assert weekly.first_overlap(shift(4, "9:00", "12:00"), {FRIDAY: HOURS}) == FRIDAY + datetime.timedelta(days=7)
    night = shift(3, "22:00", "9:30")
    assert night.first_overlap(alone, {}) == FRIDAY - datetime.timedelta(days=1)
    assert night.first_overlap(alone, {FRIDAY: HOURS}) is None, "it ends at midnight"


TIMES = st.builds(datetime.time, st.integers(0, 23), st.sampled_from([0, 30]))
DAYS = st.dates(datetime.date(2026, 11, 20), datetime.date(2026, 12, 10))


@st.composite
def shifts(draw):
    first_day = draw(DAYS)
    last_day = draw(st.none() | st.just(first_day) | DAYS.filter(lambda day: day >= first_day))
    weekday = first_day.weekday() if first_day == last_day else draw(st.integers(0, 6))
    return Shift(weekday=weekday, starts=draw(TIMES), ends=draw(TIMES), first_day=first_day, last_day=last_day)


def half_hours(rule, special_days):
    """A second opinion: each half hour of it, in the weeks that the strategies speak of and those after."""
    covered = set()
    for number in range(50):
        day = datetime.date(2026, 11, 15) + datetime.timedelta(days=number)
        if span := rule.lasts(day, special_days):
            moment = span[0]
            while moment < span[1]:
                covered.add(moment)
                moment += datetime.timedelta(minutes=30)
    return covered


@settings(max_examples=times(short=200, full=5000), deadline=None)
@given(one=shifts(), other=shifts(), special_days=st.sets(DAYS, max_size=3))
@example(one=shift(6, "22:00", "2:00"), other=shift(0, "1:00", "3:00"), special_days=set())
def test_whatever_the_shifts_an_overlap_is_seen_if_and_only_if_there_is_one(one, other, special_days):
    overlaps = bool(half_hours(one, special_days) & half_hours(other, special_days))
    assert (one.first_overlap(other, special_days) is not None) == overlaps
    assert (other.first_overlap(one, special_days) is not None) == overlaps


@pytest.mark.django_db
def test_one_person_is_at_one_place_at_a_time_and_the_team_may_be_at_many():
    person = make_staff()
    shift(0, "0:00", "9:00", person=person).save()
    with pytest.raises(ValidationError, match=r"Mondays, midnight to 9 a\.m\., as on November 23, 2026"):
        shift(0, "5:00", "6:00", person=person).full_clean()
    shift(0, "9:00", "10:00", person=person).full_clean()
    shift(0, "5:00", "6:00", person=make_staff()).full_clean()
    shift(0, "5:00", "6:00").save()
    shift(0, "5:00", "6:00").full_clean()


@pytest.mark.django_db
def test_shifts_that_overlapped_before_stay_editable_and_get_no_worse():
    person = make_staff()
    shift(0, "0:00", "9:00", person=person).save()
    shift(1, "0:00", "9:00", person=person).save()
    short = shift(0, "5:00", "6:00", person=person)
    short.save()
    short.ends = datetime.time(7)
    short.full_clean()
    short.weekday = 1
    with pytest.raises(ValidationError, match="Tuesdays"):
        short.full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("day", [datetime.date.min, datetime.date(1999, 1, 1), datetime.date.max])
def test_a_first_day_at_the_end_of_time_is_counted_or_refused_with_a_sentence(day):
    person = make_staff()
    row = shift(0, "5:00", "6:00", first_day=day, person=person)
    if day == datetime.date.max:
        with pytest.raises(ValidationError, match="before the year 2200"):
            row.full_clean()
    else:
        row.full_clean()
    row.save()
    shift(2, "5:00", "6:00", person=person).full_clean()
