"""One week of duty as a table: the days across, and who is there down."""

import datetime
from typing import NamedTuple

from django.db.models import Model
from django.db.models.options import Options
from django.utils import timezone

from admissions.models import ClosedDay, OpeningHours, Pause, Shift
from admissions.models.duty import DAY, FIRST_DAY, LAST_DAY, DutyCalendar
from admissions.scheduling import slots
from admissions.scheduling.wording import clock, moment


class Entry(NamedTuple):
    row: Model
    text: str

    @property
    def opts(self) -> "Options[Model]":
        return self.row._meta


class Day(NamedTuple):
    """`special`: it is closed, or has hours of its own."""

    date: datetime.date
    special: ClosedDay | None
    hours: list[Entry]
    pauses: list[Entry]
    gaps: list[str]


class Week(NamedTuple):
    days: list[Day]
    people: dict[str, list[list[Entry]]]  # by name: for each day the shifts that begin then

    @property
    def before(self) -> datetime.date:
        return self.days[0].date - 7 * DAY

    @property
    def after(self) -> datetime.date:
        return self.days[0].date + 7 * DAY


def monday_of(text: str) -> datetime.date:
    """The Monday of the week in which this day lies, of this week for anything that is no day we plan for."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        day = timezone.localdate()
    if not FIRST_DAY + 14 * DAY <= day <= LAST_DAY - 14 * DAY:
        day = timezone.localdate()
    return day - day.weekday() * DAY


def read_week(monday: datetime.date) -> Week:
    midnights = [timezone.make_aware(slots.combine(monday + n * DAY, datetime.time())) for n in range(8)]
    dates = [monday + n * DAY for n in range(7)]
    calendar = DutyCalendar.read(since=midnights[0])
    gaps = slots.gaps(calendar, now=midnights[0]) if calendar.hours or calendar.special_days else []
    closed = {row.day: row for row in ClosedDay.objects.filter(day__range=(dates[0], dates[-1]))}
    pauses = list(Pause.objects.filter(starts__lt=midnights[-1], ends__gt=midnights[0]))
    hours = list(OpeningHours.objects.all())
    days = []
    for date, start, end in zip(dates, midnights, midnights[1:], strict=False):
        open_then = [Entry(row, hands(row.starts, row.ends)) for row in hours if row.lasts(date, closed)]
        special = closed.get(date)
        if special and special.opens and special.closes:
            open_then = [Entry(special, hands(special.opens, special.closes))]
        days.append(
            Day(
                date=date,
                special=special,
                hours=open_then,
                pauses=[Entry(row, pause(row)) for row in pauses if row.starts < end and row.ends > start],
                gaps=[span(gap) for gap in gaps if start <= gap.start < end],
            )
        )
    people: dict[str, list[list[Entry]]] = {}
    for shift in Shift.objects.select_related("person").order_by("person__username", "starts", "id"):
        entry = Entry(shift, hands(shift.starts, shift.ends) + (f" ({shift.counsellors})" if not shift.person else ""))
        for number, date in enumerate(dates):
            if shift.lasts(date, calendar.special_days) and not (date in closed and date not in calendar.special_days):
                name = shift.person.get_username() if shift.person else "The team"
                people.setdefault(name, [[] for _ in dates])[number].append(entry)
    return Week(days, people)


def hands(starts: datetime.time, ends: datetime.time) -> str:
    start, end = (clock(slots.combine(FIRST_DAY, at)) for at in (starts, ends))
    return f"{start} to {end}"


def span(window: slots.Window) -> str:
    return f"{clock(timezone.localtime(window.start))} to {clock(timezone.localtime(window.end))}"


def pause(row: Pause) -> str:
    now = timezone.now()
    return f"{moment(row.starts, now=now)} to {moment(row.ends, now=now)}"
