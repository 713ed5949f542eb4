"""What waits for the admissions team beside the queue, and for its lead: shown on the staff's start page."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db.models import Q
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone

from admissions.errors import NotAllowed
from admissions.models import Alert, Inquiry, Shift
from admissions.models.duty import DutyCalendar
from admissions.scheduling import slots
from admissions.scheduling.wording import span
from admissions.services import queue
from admissions.services.queue import Tab


@dataclass(frozen=True)
class Task:
    count: int
    words: str
    url: str

    @property
    def number(self) -> str:
        """The count as the page writes it."""
        return queue.number(self.count)


def tasks(user: User) -> list[Task]:
    """Everything that this account should know of. Whoever may see none of it costs no query."""
    waiting: list[Task] = []
    if user.has_perm("admissions.view_inquiry"):
        waiting += of_the_queue(user)
    if user.has_perm("admissions.change_shift"):
        waiting += of_promises()
    return [replace(task, words=task.words.format(s=pluralize(task.count))) for task in waiting if task.count]


def of_the_queue(user: User) -> Iterator[Task]:
    """What waits now comes first; nothing is counted further than anybody reads."""
    now, listed = timezone.now(), reverse("admin:admissions_inquiry_changelist")
    with contextlib.suppress(NotAllowed):
        counted = queue.counts(actor=user, now=now)
        overdue = queue.few(queue.rows(Tab.OVERDUE, actor=user, now=now)).count()
        yield Task(overdue, "promise{s} overdue", f"{listed}?status={Tab.OVERDUE}")
        yield Task(counted[Tab.NOW], "to call or to answer now", f"{listed}?status={Tab.NOW}")
        yield Task(counted[Tab.MINE], "that you have at the moment", f"{listed}?status={Tab.MINE}")
        yield Task(counted[Tab.UNREAD], "that nobody has read yet", f"{listed}?status={Tab.UNREAD}")
    words = "alert{s} that could not be delivered: look at the queue yourself, and tell whoever runs the site"
    model = "alert" if user.has_perm("admissions.view_alert") else "inquiry"
    yield Task(Alert.objects.late().count(), words, reverse(f"admin:admissions_{model}_changelist"))
    words = "message{s} that looked like junk and that nobody has opened: a person may be waiting there"
    yield Task(queue.few(Inquiry.objects.unread_junk()).count(), words, f"{listed}?status={Tab.JUNK}")
    outside = Inquiry.objects.queue().filter(outside_calendar=True, status=Inquiry.Status.NEW)
    words = "message{s} outside the calendar: many came from one place, so nobody there was named a time"
    yield Task(queue.few(outside).count(), words, f"{listed}?status={Tab.OUTSIDE}")


def of_promises() -> Iterator[Task]:
    """Promises that were not kept, and holes in the calendar."""
    today, now, calendar = timezone.localdate(), timezone.now(), DutyCalendar.read()
    listed, shifts = reverse("admin:admissions_inquiry_changelist"), reverse("admin:admissions_shift_changelist")
    broken = Inquiry.objects.from_people().filter(promise_broken_on__gte=today.replace(day=1)).count()
    yield Task(broken, "promise{s} broken this month", f"{listed}?status={Tab.BROKEN}")
    taken_back = Inquiry.objects.queue().filter(promise_withdrawn_on__isnull=False).count()
    words = "promised time{s} taken back: call as soon as you can"
    yield Task(taken_back, words, f"{listed}?status={Tab.TAKEN_BACK}")
    if gaps := slots.gaps(calendar, now=now):
        first = span(gaps[0], calendar.zone, now=now)
        words = f"time{{s}} in the next 7 days when you are open and nobody is on duty; the first: {first}"
        yield Task(len(gaps), words, shifts)
    left = Shift.objects.filter(Q(last_day=None) | Q(last_day__gte=today), person__is_active=False).count()
    yield Task(left, "shift{s} of people whose account is closed", shifts)
    if calendar.is_empty:
        yield Task(1, "duty calendar to fill: it is empty, so the forms cannot name a time", shifts)
