"""What a week of the desk looks like in numbers: for the lead, and, where nobody can be picked out, for visitors.

All of it comes from clear columns. A written answer behind the code answers a promise and is no attempt, so it counts
neither as kept nor as late; a time that was taken back counts as nothing once it was answered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import ExtractHour, TruncDate
from django.utils import timezone
from django.utils.formats import date_format

from admissions.models import Attempt, Inquiry, WeeklyFigures

WEEK = timedelta(days=7)
TOO_FEW = 10  # of fewer people nothing is said in public
WEEKS_CHOSEN, WEEKS_SHOWN, WEEKS_WRITTEN = 13, 12, 4
HOUR = timedelta(hours=1)
# The most hours, and how that is called; then the most days.
WAITS = ((0, "in the same hour"), (2, "1 or 2 hours"), (8, "3 to 8 hours"), (24, "9 to 24 hours"), (72, "1 to 3 days"))
AGES = ((0, "today"), (1, "yesterday"), (7, "2 to 7 days ago"), (14, "8 to 14 days ago"))


class HourOfDay(NamedTuple):
    hour: int
    kept: int
    late: int

    @property
    def words(self) -> str:
        """Like "9 a.m."."""
        return date_format(datetime(2000, 1, 1, self.hour, tzinfo=UTC), "g a")


class Row(NamedTuple):
    label: str
    number: int


@dataclass(frozen=True)
class Week:
    """`broken`: promises that broke in it; `uncalled`: those of them to whom nobody has called yet."""

    monday: date
    hours: list[HourOfDay]
    broken: int
    uncalled: int
    waits: list[Row]
    median_hours: int | None
    outcomes: list[Row]
    closed: list[Row]

    @property
    def kept_promises(self) -> int:
        return sum(hour.kept for hour in self.hours)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def recent_mondays(today: date, count: int = WEEKS_CHOSEN) -> list[date]:
    """This week and those before it."""
    return [monday_of(today) - back * WEEK for back in range(count)]


def week(monday: date) -> Week:
    """One GROUP BY each."""
    attempts = _attempts_in(monday)
    waits = first_waits(attempts)
    sunday, people = monday + timedelta(days=6), Inquiry.objects.from_people()
    broken = dict(
        _broken_in(monday).values_list(Exists(Attempt.objects.filter(inquiry=OuterRef("pk")))).annotate(Count("pk"))
    )
    outcomes = attempts.values_list("outcome").annotate(count=Count("pk")).order_by("-count", "outcome")
    closed = people.filter(handled_on__range=(monday, sunday)).exclude(closed_as="")
    closed_as = closed.values_list("closed_as").annotate(count=Count("pk")).order_by("-count", "closed_as")
    return Week(
        monday=monday,
        hours=_kept_by_hour(attempts),
        broken=sum(broken.values()),
        uncalled=broken.get(False, 0),
        waits=_grouped(waits, WAITS, "more than 3 days"),
        median_hours=median(waits),
        outcomes=[Row(Attempt.Outcome(value).label, count) for value, count in outcomes],
        closed=[Row(Inquiry.ClosedAs(value).label, count) for value, count in closed_as],
    )


def open_by_age(today: date) -> list[Row]:
    """What waits now, by the day on which it came in."""
    days = Inquiry.objects.queue().values_list(TruncDate("created")).annotate(Count("pk")).order_by()
    return _grouped({(today - day).days: count for day, count in days}, AGES, "more than 14 days ago")


def write_weeks(today: date) -> int:
    """Write down the last weeks that are over, each once. Returns how many were new. The worker does it each night."""
    over = recent_mondays(today, WEEKS_WRITTEN + 1)[1:]
    there = set(WeeklyFigures.objects.filter(monday__in=over).values_list("monday", flat=True))
    rows = [of_public(monday) for monday in over if monday not in there]
    WeeklyFigures.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def of_public(monday: date) -> WeeklyFigures:
    """The figures that visitors may read: empty where they are of fewer than `TOO_FEW` people, and never too good."""
    attempts, broken = _attempts_in(monday), _broken_in(monday).count()
    kept, waits = attempts.filter(kept_promise=True).count(), first_waits(attempts)
    promised = kept + broken
    return WeeklyFigures(
        monday=monday,
        kept_of_100=100 * kept // promised if promised >= TOO_FEW else None,
        median_hours=median(waits) if sum(waits.values()) >= TOO_FEW else None,
    )


def first_waits(attempts: QuerySet[Attempt]) -> dict[int, int]:
    """How many people were first called after so many hours. Both times are cut to the hour."""
    first = attempts.filter(number=1, way__in=(Attempt.Way.CALL, Attempt.Way.TEXT))
    rows = first.values_list(F("at") - F("inquiry__created")).annotate(Count("pk")).order_by()
    return {max(wait // HOUR, 0): count for wait, count in rows}


def median(counts: dict[int, int]) -> int | None:
    """The least number of hours within which at least half of them were called."""
    passed, total = 0, sum(counts.values())
    for hours in sorted(counts):
        passed += counts[hours]
        if 2 * passed >= total:
            return hours
    return None


def _kept_by_hour(attempts: QuerySet[Attempt]) -> list[HourOfDay]:
    promised = attempts.exclude(kept_promise=None).values_list(ExtractHour("at"), "kept_promise")
    rows = promised.annotate(Count("pk")).order_by(ExtractHour("at"))
    by_hour = []
    for hour, group in groupby(rows, key=lambda row: row[0]):
        counts = {is_kept: count for _, is_kept, count in group}
        by_hour.append(HourOfDay(hour, counts.get(True, 0), counts.get(False, 0)))
    return by_hour


def _attempts_in(monday: date) -> QuerySet[Attempt]:
    starts, ends = (timezone.make_aware(datetime.combine(day, time())) for day in (monday, monday + WEEK))
    people = Attempt.objects.exclude(inquiry__kind=Inquiry.Kind.SYNTHETIC_CHECK)
    return people.filter(at__gte=starts, at__lt=ends).order_by()


def _broken_in(monday: date) -> QuerySet[Inquiry]:
    sunday = monday + timedelta(days=6)
    return Inquiry.objects.from_people().filter(promise_broken_on__range=(monday, sunday)).order_by()


def _grouped(counts: dict[int, int], groups: Iterable[tuple[int, str]], beyond: str) -> list[Row]:
    """`counts` by a number, put together under the first group that is large enough for it."""
    rows = {label: 0 for _, label in groups} | {beyond: 0}
    for number, count in counts.items():
        rows[next((label for most, label in groups if number <= most), beyond)] += count
    return [Row(label, count) for label, count in rows.items()]
