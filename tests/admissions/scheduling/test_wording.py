import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from admissions.models import Inquiry
from admissions.scheduling import wording
from admissions.scheduling.slots import HALF_HOUR, Window
from tests.admissions.calendars import LOS_ANGELES, at

pytestmark = pytest.mark.once

NOW = at("2026-11-24 2:00")  # a Tuesday
EASTERN = "America/New_York"


def words(start, *, now=NOW, zone=LOS_ANGELES, fold=0):
    begun = at(start, zone, fold)
    return wording.when(Window(begun, begun + HALF_HOUR), zone, now=now)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("2026-11-24 8:00", "today, Tuesday, between 8:00 and 8:30 a.m."),
        ("2026-11-24 11:30", "today, Tuesday, between 11:30 a.m. and noon"),
        ("2026-11-24 12:00", "today, Tuesday, between noon and 12:30 p.m."),
        ("2026-11-24 17:30", "today, Tuesday, between 5:30 and 6:00 p.m."),
        ("2026-11-24 23:30", "today, Tuesday, between 11:30 p.m. and midnight"),
        ("2026-11-25 0:00", "tomorrow, Wednesday, between midnight and 12:30 a.m."),
        ("2026-11-23 17:30", "yesterday, Monday, between 5:30 and 6:00 p.m."),
        ("2026-11-27 8:30", "Friday, November 27, between 8:30 and 9:00 a.m."),
        ("2026-12-01 8:30", "Tuesday, December 1, between 8:30 and 9:00 a.m."),
    ],
)
def test_a_half_hour_is_said_as_people_say_it(start, said):
    assert words(start) == said


def test_today_is_today_where_the_reader_is():
    late, ends = at("2026-11-24 22:00"), at("2026-11-25 8:30")
    window = Window.ending(ends)
    assert wording.when(window, LOS_ANGELES, now=late).startswith("tomorrow, Wednesday")
    assert wording.when(window, ZoneInfo(EASTERN), now=late) == "today, Wednesday, between 11:00 and 11:30 a.m."


@pytest.mark.parametrize(
    ("fold", "half", "said"),
    [
        (0, "1:00", "between 1:00 a.m. PDT and 1:30 a.m. PDT"),
        (0, "1:30", "between 1:30 a.m. PDT and 1:00 a.m. PST"),
        (1, "1:00", "between 1:00 a.m. PST and 1:30 a.m. PST"),
        (1, "1:30", "between 1:30 a.m. PST and 2:00 a.m."),
    ],
)
def test_an_hour_that_comes_twice_says_which(fold, half, said):
    assert words(f"2026-11-01 {half}", now=at("2026-11-01 0:00"), fold=fold) == f"today, Sunday, {said}"


def test_an_hour_that_is_skipped_is_not_there():
    assert words("2026-03-08 1:30", now=at("2026-03-08 0:00")) == "today, Sunday, between 1:30 and 3:00 a.m."


def test_the_zone_is_theirs_when_they_chose_it():
    assert wording.where(ZoneInfo(EASTERN), is_theirs=True) == "your time (Eastern)"
    assert wording.where(LOS_ANGELES, is_theirs=False) == "Pacific time"
    assert wording.where(ZoneInfo("America/Mexico_City"), is_theirs=True) == "your time (America/Mexico City)"
    assert wording.zone_of("Mars/Olympus") == wording.zone_of(None) == LOS_ANGELES


def test_a_form_names_the_half_hour_in_every_zone_of_the_list():
    named = wording.name_time(Window.ending(at("2026-11-24 8:30")), zone_key="", now=NOW)
    assert (named.when, named.where) == ("today, Tuesday, between 8:00 and 8:30 a.m.", "Pacific time")
    assert {zone.name: zone.when.partition("between ")[2] for zone in named.zones} == {
        "Pacific": "8:00 and 8:30 a.m.",
        "Arizona": "9:00 and 9:30 a.m.",
        "Mountain": "9:00 and 9:30 a.m.",
        "Central": "10:00 and 10:30 a.m.",
        "Eastern": "11:00 and 11:30 a.m.",
        "Alaska": "7:00 and 7:30 a.m.",
        "Aleutian Islands": "6:00 and 6:30 a.m.",
        "Hawaii": "6:00 and 6:30 a.m.",
        "American Samoa": "5:00 and 5:30 a.m.",
        "Guam and Northern Mariana Islands": "2:00 and 2:30 a.m.",
        "Puerto Rico and Virgin Islands": "noon and 12:30 p.m.",
    }


def test_in_spanish_it_is_said_in_spanish():
    with override("es"):
        assert words("2026-11-24 8:00") == "hoy, martes, entre 8:00 y 8:30 a.m."
        assert words("2026-11-27 11:30") == "el viernes 27 de noviembre, entre 11:30 a.m. y el mediodía"
        assert wording.where(ZoneInfo(EASTERN), is_theirs=True) == "su hora (Este)"


# What became of it


def inquiry(**columns):
    return Inquiry(**{"kind": "call", "status": "new", "promised_by": at("2026-11-24 8:30")} | columns)


@pytest.mark.parametrize(
    ("columns", "now", "said"),
    [
        ({}, "2026-11-24 2:00", "We call you today, Tuesday, between 11:00 and 11:30 a.m. your time (Eastern)."),
        ({"kind": "contact"}, "2026-11-24 8:10", "We answer you today, Tuesday, between 11:00 and 11:30 a.m."),
        ({}, "2026-11-24 9:00", "We had named a time, and we did not keep it: today, Tuesday, between 11:00"),
        (
            {"promise_withdrawn_on": NOW.date()},
            "2026-11-24 2:00",
            "We had named a time, and nobody will be on duty",
        ),
        ({"promised_by": None}, "2026-11-24 2:00", "We have not named a time yet. We call you as soon as we can"),
        (
            {"promised_by": None, "status": "open"},
            "2026-11-24 2:00",
            "We have not named a time yet. We call you as soon as we can",
        ),
    ],
)
def test_the_visitor_is_told_the_truth_about_it(columns, now, said):
    preferences = {"time_zone": EASTERN, "reach_by": "phone"}
    assert wording.for_visitor(inquiry(**columns), preferences, now=at(now)).startswith(said)


@pytest.mark.parametrize("way", ["text", "email", "return_code"])
@pytest.mark.parametrize("columns", [{}, {"promise_withdrawn_on": NOW.date()}])
def test_whoever_wants_no_call_any_more_is_told_of_none(way, columns):
    asked = inquiry(**columns)
    before = wording.for_visitor(asked, {}, now=at("2026-11-24 2:00"))
    assert "We call you" in before, "control: a call was asked for"
    now = wording.for_visitor(asked, {"reach_by": way}, now=at("2026-11-24 2:00"))
    assert "We answer" in now and "call" not in now


@pytest.mark.parametrize("status", ["waiting", "handled"])
def test_whoever_was_answered_is_promised_nothing_more(status):
    answered = inquiry(status=status, promised_by=None)
    assert wording.for_visitor(answered, {}, now=NOW) == ""


@pytest.mark.parametrize(
    ("columns", "now", "said"),
    [
        ({}, "2026-11-24 2:00", "promised today 8:00 a.m."),
        ({}, "2026-11-24 7:59", "promised today 8:00 a.m."),
        ({}, "2026-11-24 8:00", "call now, until today 8:30 a.m."),
        ({"by_phone": False}, "2026-11-24 8:29", "answer now, until today 8:30 a.m."),
        ({}, "2026-11-24 8:30", "overdue since today 8:30 a.m."),
        ({}, "2026-11-25 8:30", "overdue since yesterday 8:30 a.m."),
        ({}, "2026-11-30 8:30", "overdue since Tue, Nov 24, 8:30 a.m."),
        ({"promise_withdrawn_on": NOW.date()}, "2026-11-24 9:00", "taken back: was today 8:00 a.m."),
        ({"promised_by": None}, "2026-11-24 9:00", "no time named"),
    ],
)
def test_the_queue_says_what_to_do_now(columns, now, said):
    assert wording.for_staff(inquiry(**columns), now=at(now)).startswith(said)


@pytest.mark.parametrize(
    "place",
    ["America/Puerto_Rico", "America/St_Thomas", "Pacific/Guam", "Pacific/Saipan", "Pacific/Pago_Pago", "America/Adak"],
)
def test_each_state_and_territory_finds_its_own_clock_in_the_list(place):
    def clocks(zone):
        return [datetime.datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]

    assert clocks(place) in [clocks(zone) for zone, _ in wording.ZONES]


@pytest.mark.parametrize(
    ("start", "is_hour", "said"),
    [
        ("2026-11-24 9:30", False, "today 9:30 a.m."),
        ("2026-11-25 0:00", False, "tomorrow midnight"),
        ("2026-11-23 21:00", True, "yesterday 9 p.m."),
        ("2026-12-01 9:30", False, "Tue, Dec 1, 9:30 a.m."),
        ("2026-12-01 9:00", True, "Tue, Dec 1, 9 a.m."),
    ],
)
def test_the_desk_has_one_format_of_time(start, is_hour, said):
    assert wording.moment(at(start), now=NOW, is_hour=is_hour) == said
