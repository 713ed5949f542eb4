"""When somebody answers: opening hours, who is on duty, special days, pauses. What the forms promise follows from it.

All times are the centre's wall time (`settings.TIME_ZONE`). Staff write these tables, the public process only reads.
"""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.formats import date_format, time_format

from admissions.models.holds import Holds

AHEAD = datetime.timedelta(days=60)  # beyond the horizon of every promise
FIRST_DAY = datetime.date(2000, 1, 1)
LAST_DAY = datetime.date(2199, 12, 31)
LAST_MOMENT = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
TOO_FAR = "Choose a day before the year 2200. For a day without end close the opening hours."
OVERLAP = (
    "This person is on duty then already: %(shift)s, as on %(day)s. Change one of the two. For a special day enter the "
    "day first, then its shifts."
)
Span = tuple[datetime.datetime, datetime.datetime]


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Weekly(models.Model):
    """Every week from one wall time to another. An end that is not after the start lies on the next day."""

    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField("from", help_text="Like 8:00.")
    ends = models.TimeField(
        "until", help_text="Like 18:00. Before the start: it ends on the next day. Equal to it: it lasts 24 hours."
    )

    class Meta:
        abstract = True
        ordering = ("weekday", "starts", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6),
                name="%(app_label)s_%(class)s_weekday_known",
                violation_error_message="Choose a day of the week.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()}s, {time_format(self.starts, 'P')} to {time_format(self.ends, 'P')}"

    def applies_on(self, day: datetime.date) -> bool:
        """Does it begin on this day, if that is no special one?"""
        return self.weekday == day.weekday()

    def is_for(self, day: datetime.date) -> bool:
        """Is it made for this day alone? On a special day nothing else counts."""
        return False

    def lasts(self, day: datetime.date, special_days: Collection[datetime.date]) -> Span | None:
        """From when to when by the clock, if it begins on this day. Over a special day the week's plan rests."""
        if not self.applies_on(day) or (day in special_days and not self.is_for(day)):
            return None
        ends_next_day = self.ends <= self.starts
        end = datetime.datetime.combine(day + DAY if ends_next_day else day, self.ends)
        if ends_next_day and day + DAY in special_days:
            end = datetime.datetime.combine(day + DAY, datetime.time())
        return datetime.datetime.combine(day, self.starts), end


class OpeningHours(Weekly):
    holds = Holds.by_field(clear="id weekday starts ends")

    class Meta(Weekly.Meta):
        verbose_name = verbose_name_plural = "opening hours"
        constraints = [
            *Weekly.Meta.constraints,
            models.UniqueConstraint(
                fields=("weekday", "starts"),
                name="%(app_label)s_%(class)s_start_once",
                violation_error_message="There are opening hours from this time on this day already. Change those.",
            ),
        ]


class Shift(Weekly):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who is on duty. Leave it empty for a shift that the team shares.",
    )
    counsellors = models.PositiveSmallIntegerField(
        "counselors",
        default=1,
        help_text="How many people take calls. Each is given one call, and one written answer, in half an hour.",
    )
    first_day = models.DateField(
        default=timezone.localdate,
        validators=[MaxValueValidator(LAST_DAY, TOO_FAR)],
        help_text="The shift counts from this day on.",
    )
    last_day = models.DateField(
        null=True,
        blank=True,
        help_text="The last day on which it begins. Empty: until you enter one. The same as the first: for that day "
        "alone, as a special day needs it.",
    )

    holds = Holds.by_field(clear="id weekday starts ends person counsellors first_day last_day")

    class Meta(Weekly.Meta):
        constraints = [
            *Weekly.Meta.constraints,
            models.CheckConstraint(
                condition=Q(counsellors__gte=1),
                name="%(app_label)s_%(class)s_somebody",
                violation_error_message="A shift needs at least one counselor. Delete it when nobody works.",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="%(app_label)s_%(class)s_days_in_order",
                violation_error_message="The last day cannot be before the first.",
            ),
            models.UniqueConstraint(
                fields=("person", "weekday", "starts", "first_day"),
                name="%(app_label)s_%(class)s_person_once",
                violation_error_message="This person has a shift from this time on this day already. Change that one.",
            ),
        ]

    def applies_on(self, day: datetime.date) -> bool:
        return super().applies_on(day) and self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def is_for(self, day: datetime.date) -> bool:
        return self.first_day == self.last_day == day

    def clean(self) -> None:
        """One person is at one place at a time. What overlapped before may stay, so that it can be mended."""
        if self.person_id is None or None in (self.weekday, self.starts, self.ends, self.first_day):
            return
        special_days = ClosedDay.objects.special(since=self.first_day)
        before = Shift.objects.filter(pk=self.pk, person=self.person_id).first()
        for other in Shift.objects.filter(person=self.person_id, first_day__lte=LAST_DAY).exclude(pk=self.pk):
            if before and before.first_overlap(other, special_days):
                continue
            if day := self.first_overlap(other, special_days):
                raise ValidationError(OVERLAP, params={"shift": other, "day": date_format(day, "F j, Y")})

    def first_overlap(self, other: "Shift", special_days: Collection[datetime.date]) -> datetime.date | None:
        """The first day on which this one begins and shares a moment with the other."""
        first = max(self.first_day, other.first_day, FIRST_DAY) - DAY
        weeks = len(special_days) + 2  # in at least one of so many the week's plan does not rest
        for day in (first + number * DAY for number in range(7 * weeks)):
            mine = self.lasts(day, special_days)
            for other_day in (day - DAY, day, day + DAY) if mine else ():
                theirs = other.lasts(other_day, special_days)
                if mine and theirs and mine[0] < theirs[1] and theirs[0] < mine[1]:
                    return day
        return None


class ClosedDayQuerySet(models.QuerySet["ClosedDay"]):
    def special(self, *, since: datetime.date) -> dict[datetime.date, tuple[datetime.time, datetime.time]]:
        """Days with hours of their own, from the day before on: what began then may run past midnight."""
        days = self.filter(day__gte=max(since, FIRST_DAY) - DAY, opens__isnull=False)
        hours = days.values_list("day", "opens", "closes")
        return {day: (opens, closes) for day, opens, closes in hours if opens is not None and closes}


class ClosedDay(models.Model):
    day = models.DateField(
        unique=True,
        validators=[MaxValueValidator(LAST_DAY, TOO_FAR)],
        error_messages={"unique": "This day is in the list already."},
    )
    name = models.CharField(max_length=80, blank=True, help_text="Like “Thanksgiving”. Staff see it, visitors do not.")
    opens = models.TimeField(
        "open from",
        null=True,
        blank=True,
        help_text="Empty: closed all day. With hours the week’s plan rests on this day: only shifts count that are for "
        "this day alone.",
    )
    closes = models.TimeField("open until", null=True, blank=True)

    holds = Holds.by_field(clear="id day name opens closes")

    objects = ClosedDayQuerySet.as_manager()

    class Meta:
        verbose_name = "special or closed day"
        ordering = ("day",)
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False, opens__lt=F("closes")),
                name="%(app_label)s_%(class)s_hours_in_order",
                violation_error_message="Enter both from when and until when you are open, in this order, or neither.",
            )
        ]

    def __str__(self) -> str:
        return date_format(self.day, "l, F j, Y")


class Pause(models.Model):
    starts = models.DateTimeField("from", validators=[MaxValueValidator(LAST_MOMENT, TOO_FAR)])
    ends = models.DateTimeField(
        "until",
        validators=[MaxValueValidator(LAST_MOMENT, TOO_FAR)],
        help_text="Times already named in between are taken back within a minute.",
    )
    reason = models.CharField(
        max_length=200,
        blank=True,
        help_text="Like “Team meeting”. Staff see it, visitors do not.",
    )

    holds = Holds.by_field(clear="id starts ends reason")

    class Meta:
        ordering = ("starts", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="%(app_label)s_%(class)s_has_length",
                violation_error_message="A pause ends after it starts.",
            )
        ]

    def __str__(self) -> str:
        starts, ends = timezone.localtime(self.starts), timezone.localtime(self.ends)
        return f"{date_format(starts, 'N j, P')} to {date_format(ends, 'N j, P')}"


@dataclass(frozen=True)
class DutyCalendar:
    """The whole calendar as values: what `admissions.scheduling.slots` counts with."""

    zone: ZoneInfo
    hours: Sequence[Weekly] = ()
    shifts: Sequence[Shift] = ()
    closed_days: Sequence[datetime.date] = ()
    special_days: Mapping[datetime.date, tuple[datetime.time, datetime.time]] = field(default_factory=dict)
    pauses: Sequence[tuple[datetime.datetime, datetime.datetime]] = ()

    @property
    def is_empty(self) -> bool:
        """Nobody can ever be on duty."""
        return not (self.hours or self.special_days) or not self.shifts

    @classmethod
    def read(cls, *, since: datetime.datetime | None = None) -> "DutyCalendar":
        """As it stands, from now or from `since` on: four queries, for no name of a person and no reason of a pause.

        What lies further ahead than anybody counts stays out: a date without end would be too great to count with.
        """
        since = since or timezone.now()
        until = since + AHEAD
        yesterday = timezone.localdate(since) - DAY  # what began then may run past midnight
        days = ClosedDay.objects.filter(day__range=(yesterday, until.date())).values_list("day", "opens", "closes")
        pauses = Pause.objects.filter(ends__gt=since, starts__lt=until)
        return cls(
            zone=ZoneInfo(settings.TIME_ZONE),
            hours=list(OpeningHours.objects.only("weekday", "starts", "ends")),
            shifts=list(
                Shift.objects.filter(Q(last_day=None) | Q(last_day__gte=yesterday)).only(
                    "weekday", "starts", "ends", "counsellors", "first_day", "last_day"
                )
            ),
            closed_days=[day for day, opens, _closes in days if opens is None],
            special_days={day: (opens, closes) for day, opens, closes in days if opens is not None and closes},
            pauses=list(pauses.values_list("starts", Least("ends", until))),
        )
