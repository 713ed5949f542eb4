"""The lists of the desk: what stands in each, in which group it is now, and how many there are."""

import datetime
import uuid

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    Exists,
    IntegerChoices,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Now
from django.utils import timezone

from admissions.errors import NotAllowed
from admissions.models import Alert, Inquiry
from admissions.models.inquiry import InquiryQuerySet, in_their_hours
from admissions.services.team import LEAD, TEAM

MOST = 100  # a count stops there: "99+" says as much, and of a million rows these alone are read


class Group(IntegerChoices):
    """Where something that waits stands at this moment, for one of us; in the order of the queue."""

    NOW = 1, "Now"
    NOT_THEIR_HOURS = 2, "Not their hours"
    WITH_A_COLLEAGUE = 3, "With a colleague"
    LATER = 4, "Later"
    WAITING = 5, "Waiting for them"
    NONE = 6, ""  # it does not wait


class Tab(TextChoices):
    QUEUE = "queue", "All that waits"
    NOW = "now", "Now"
    MINE = "mine", "Mine"
    UNREAD = "unread", "Unread"
    LATER = "later", "Later"
    WAITING = "waiting", "Waiting"
    JUNK = "junk", "Junk"
    FINISHED = "finished", "Finished"
    # Where the start page leads; without a tab of their own.
    OVERDUE = "overdue", "Overdue"
    TAKEN_BACK = "taken", "Promise taken back"
    OUTSIDE = "outside", "Outside the calendar"
    BROKEN = "broken", "Promise broken this month"


COUNTED = (Tab.NOW, Tab.MINE, Tab.UNREAD, Tab.LATER, Tab.WAITING, Tab.JUNK)


class _Count(Subquery):
    """How many rows a subquery has. Give it a limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def rows(tab: str, *, actor: User, now: datetime.datetime) -> InquiryQuerySet:
    """What stands in this list, in its order, each with its `group`."""
    with_colleague = Q(claimed_until__gt=Now()) & ~Q(claimed_by=actor)
    due = Q(next_at__lte=now)
    group = Case(
        When(with_colleague, then=Value(Group.WITH_A_COLLEAGUE.value)),
        When(due & in_their_hours(now), then=Value(Group.NOW.value)),
        When(due, then=Value(Group.NOT_THEIR_HOURS.value)),
        When(status=Inquiry.Status.WAITING, then=Value(Group.WAITING.value)),
        default=Value(Group.LATER.value),
        output_field=SmallIntegerField(),
    )
    waiting = Inquiry.objects.queue().annotate(group=group).order_by("group", "next_at", "created", "id")
    everything = Inquiry.objects.from_people().annotate(group=Value(Group.NONE.value, SmallIntegerField()))
    match tab:
        case Tab.NOW:
            return waiting.filter(due, in_their_hours(now)).exclude(with_colleague)
        case Tab.MINE:
            return waiting.filter(claimed_by=actor).held()
        case Tab.UNREAD:
            return waiting.filter(is_unread())
        case Tab.LATER:
            return waiting.filter(group__in=(Group.NOT_THEIR_HOURS, Group.LATER))
        case Tab.WAITING:
            return waiting.filter(group=Group.WAITING)
        case Tab.OVERDUE:
            return waiting.filter(promised_by__lte=now, promise_withdrawn_on=None)
        case Tab.TAKEN_BACK:
            return waiting.filter(promise_withdrawn_on__isnull=False)
        case Tab.OUTSIDE:
            return waiting.filter(outside_calendar=True)
        case Tab.JUNK:
            return everything.filter(status=Inquiry.Status.JUNK).order_by("-created", "-id")
        case Tab.FINISHED:
            done = (Inquiry.Status.HANDLED, Inquiry.Status.DESTROYED)
            return everything.filter(status__in=done).order_by("-handled_on", "-id")
        case Tab.BROKEN:
            month = timezone.localdate(now).replace(day=1)
            return everything.filter(promise_broken_on__gte=month).order_by("-promise_broken_on", "-id")
    return waiting


def is_unread() -> Exists:
    """That the team was told of it, and nobody has opened it since."""
    return Exists(Alert.objects.unread().filter(inquiry=OuterRef("pk")))


def counts(*, actor: User, now: datetime.datetime, **others: QuerySet[Inquiry, uuid.UUID]) -> dict[str, int]:
    """How many stand in each tab, at most `MOST`, in one query; and in each of `others`. Raises `NotAllowed`."""
    listed = {tab.value: few(rows(tab, actor=actor, now=now)) for tab in COUNTED} | others
    wanted = {name: _Count(keys) for name, keys in listed.items()}
    of_team = User.objects.filter(pk=actor.pk, is_active=True, groups__name__in=(LEAD, TEAM))
    for found in of_team.values_list(*wanted.values())[:1]:
        return dict(zip(wanted, found, strict=True))
    raise NotAllowed("Only the admissions team may do this.")


def few(queryset: QuerySet[Inquiry], *, most: int = 0) -> QuerySet[Inquiry, uuid.UUID]:
    """The keys of at most `MOST`, or of `most`: all that a count may read."""
    return queryset.order_by().values_list("pk", flat=True)[: most or MOST]


def group_of(inquiry: Inquiry) -> Group:
    """In which group `rows` found it."""
    return Group(vars(inquiry)["group"])


def number(count: int) -> str:
    """A count as staff read it."""
    return str(count) if count < MOST else f"{MOST - 1}+"


def headline(counted: dict[str, int]) -> str:
    """The list in one sentence."""
    parts = [(counted[Tab.NOW], "to do now"), (counted[Tab.UNREAD], "unread")]
    return ", ".join(f"{number(count)} {words}" for count, words in parts if count) or "Nothing to do now"
