import datetime

import pytest
from django.utils import timezone

from admissions.models import Attempt, Inquiry, WeeklyFigures
from admissions.services import desk, figures
from tests.admissions.factories import make_inquiry, make_staff

pytestmark = pytest.mark.django_db
MONDAY = datetime.date(2026, 11, 23)
NEXT = MONDAY + figures.WEEK


def local(day, hour, minute=0):
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(hour, minute)))


@pytest.fixture
def counselor():
    return make_staff()


@pytest.fixture
def called(counselor):
    """`called(at, waited=3, kept=True)`: somebody wrote so many hours before, and was first called then."""

    def call(at, *, waited=1, kept=None, outcome="reached", number=1, **columns):
        columns = {"status": "handled", "handled_on": at.date(), "closed_as": "reached"} | columns
        inquiry = make_inquiry(created=at - datetime.timedelta(hours=waited), **columns)
        words = {"way": "call", "by": counselor, "outcome": outcome, "at": at, "kept_promise": kept}
        for each in range(1, number + 1):
            Attempt.objects.create(inquiry=inquiry, number=each, **words)
        return inquiry

    return call


def test_kept_promises_stand_by_the_hour_on_our_own_clocks(called):
    called(local(MONDAY, 9, 20), kept=True)
    called(local(MONDAY, 9, 40), kept=False)
    called(local(MONDAY + datetime.timedelta(days=6), 9), kept=True)
    called(local(MONDAY, 17), kept=True)
    called(local(MONDAY, 18), kept=None)
    assert figures.week(MONDAY).hours == [(9, 2, 1), (17, 1, 0)]
    assert [hour.words for hour in figures.week(MONDAY).hours] == ["9 a.m.", "5 p.m."]
    assert figures.week(MONDAY).kept_promises == 3


def test_a_week_begins_and_ends_at_midnight_on_our_own_clocks(called):
    called(local(MONDAY - datetime.timedelta(days=1), 23), kept=True)
    called(local(MONDAY, 0), kept=True)
    called(local(NEXT - datetime.timedelta(days=1), 23), kept=True)
    called(local(NEXT, 0), kept=True)
    assert figures.week(MONDAY).kept_promises == 2


def test_the_week_of_a_change_of_the_clocks_counts_each_hour_once(called):
    autumn = datetime.date(2026, 10, 26)  # the clocks go back on its Sunday
    called(local(datetime.date(2026, 11, 1), 23), kept=True)
    called(local(datetime.date(2026, 11, 2), 0), kept=True)
    assert (figures.week(autumn).kept_promises, figures.week(autumn + figures.WEEK).kept_promises) == (1, 1)


def test_a_broken_promise_counts_whether_somebody_has_called_since_or_not(called):
    called(local(MONDAY, 9), kept=False, promise_broken_on=MONDAY)
    make_inquiry(promise_broken_on=MONDAY)
    make_inquiry(promise_broken_on=NEXT)
    assert (figures.week(MONDAY).broken, figures.week(MONDAY).uncalled) == (2, 1)


def test_the_first_call_counts_and_no_later_one(called):
    for waited, number in ((0, 1), (2, 3), (5, 1), (100, 1)):
        called(local(MONDAY, 12), waited=waited, number=number, outcome="no_answer")
    week = figures.week(MONDAY)
    assert [row.number for row in week.waits] == [1, 1, 1, 0, 0, 1]
    assert week.median_hours == 2


@pytest.mark.parametrize(("counts", "hours"), [({}, None), ({4: 1}, 4), ({1: 5, 9: 5}, 1), ({1: 4, 9: 6}, 9)])
def test_half_of_the_people_are_called_within_the_median(counts, hours):
    assert figures.median(counts) == hours


def test_outcomes_and_ends_stand_with_the_most_frequent_first(called):
    called(local(MONDAY, 9))
    called(local(MONDAY, 9), outcome="no_answer", closed_as="unreachable")
    called(local(MONDAY, 9), outcome="no_answer", closed_as="unreachable")
    week = figures.week(MONDAY)
    assert week.outcomes == [("No answer", 2), ("Reached", 1)]
    assert week.closed == [("Could not be reached", 2), ("Reached", 1)]


def test_what_is_open_stands_by_age(time_machine):
    time_machine.move_to(local(MONDAY, 12), tick=False)
    for days in (0, 1, 3, 10, 100):
        make_inquiry(created=local(MONDAY - datetime.timedelta(days=days), 10))
    make_inquiry(status="handled", handled_on=MONDAY)
    make_inquiry(kind="probe")
    assert [row.number for row in figures.open_by_age(MONDAY)] == [1, 1, 1, 1, 1]


def test_what_the_desk_records_is_what_is_counted(counselor, time_machine):
    """From the promise through the real service to the figure."""
    time_machine.move_to(local(MONDAY, 12, 10), tick=False)
    inquiry = make_inquiry(promised_by=local(MONDAY, 12, 30))
    desk.take(inquiry=inquiry, actor=counselor)
    desk.record_attempt(inquiry=inquiry, actor=counselor, version=inquiry.version, outcome="reached")
    week = figures.week(MONDAY)
    assert (week.kept_promises, week.broken, week.outcomes, week.median_hours) == (1, 0, [("Reached", 1)], 0)


def test_the_websites_tests_of_itself_count_nowhere(called):
    inquiry = called(local(MONDAY, 9), kept=True)
    Inquiry.objects.filter(pk=inquiry.pk).update(kind="probe")
    week = figures.week(MONDAY)
    assert (week.kept_promises, week.median_hours, week.outcomes, week.closed) == (0, None, [], [])


def test_a_week_costs_a_fixed_number_of_queries(called, django_assert_num_queries):
    called(local(MONDAY, 9), kept=True)
    with django_assert_num_queries(5):
        figures.week(MONDAY)
    called(local(MONDAY, 10), kept=True)
    with django_assert_num_queries(5):
        figures.week(MONDAY)


# In public


@pytest.mark.parametrize(
    ("kept", "broken", "of_100"),
    [(9, 0, None), (0, 9, None), (8, 1, None), (10, 0, 100), (9, 1, 90), (0, 10, 0), (11, 1, 91)],
)
def test_of_fewer_than_ten_people_nothing_is_said_and_never_more_than_is_true(called, kept, broken, of_100):
    for _ in range(kept):
        called(local(MONDAY, 9), kept=True)
    for _ in range(broken):
        make_inquiry(promise_broken_on=MONDAY)
    row = figures.of_public(MONDAY)
    assert row.kept_of_100 == of_100
    assert (row.median_hours is None) == (kept < figures.TOO_FEW)


def test_each_week_that_is_over_is_written_once_and_stays(called):
    for _ in range(10):
        called(local(MONDAY, 9), kept=True)
    assert figures.write_weeks(NEXT - datetime.timedelta(days=1)) == figures.WEEKS_WRITTEN, "this week is not over"
    assert not WeeklyFigures.objects.filter(monday=MONDAY).exists()
    assert figures.write_weeks(NEXT) == 1
    assert WeeklyFigures.objects.get(monday=MONDAY).kept_of_100 == 100
    make_inquiry(promise_broken_on=MONDAY)
    assert figures.write_weeks(NEXT) == 0
    assert WeeklyFigures.objects.get(monday=MONDAY).kept_of_100 == 100
