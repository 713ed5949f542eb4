"""The outbox: what somebody must still be told, and what nobody has looked at since.

A row is a reference and exact times. It stays while the inquiry is unopened, because its alarms count from it, and goes
as soon as somebody has looked: exact times exist only while an alert is open. An alarm of a promise that was broken
stays until somebody is at it.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from admissions.models.disclosure import Disclosure, DisclosureQuerySet
from admissions.models.holds import Holds
from admissions.models.inquiry import Inquiry, InquiryQuerySet

LEASE = timedelta(minutes=2)  # longer than a mail can take; after a crash another worker may try by then
QUIET = timedelta(minutes=5)  # one mail says as much as a thousand
QUIET_TRAY, TRAY_AGAIN = timedelta(hours=1), timedelta(days=1)  # machines fill it, and a mail each minute is not read
LATE = timedelta(minutes=10)
FIRST_WAIT, LONGEST_WAIT, WAIT_WHEN_DEAD = (timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=1))
SKEW = timedelta(minutes=1)  # by which the clocks of two workers may differ
MOST_REFUSALS = 5  # times the server may say "never" before an alert stands aside


def within(stamp: str, moment: datetime, duration: timedelta) -> Q:
    """That `stamp` is so soon after `moment`. Later ones were set by a clock that ran ahead: they silence nothing."""
    return Q((f"{stamp}__gt", moment), (f"{stamp}__lte", moment + duration + SKEW))


def _readings_since() -> DisclosureQuerySet:
    return Disclosure.objects.readings().filter(record=OuterRef("inquiry_id"), at__gte=OuterRef("created"))


class AlertQuerySet(models.QuerySet["Alert"]):
    def undelivered(self) -> "AlertQuerySet":
        return self.filter(delivered_at=None)

    def due(self) -> "AlertQuerySet":
        """Wanting to be sent now, and held by no other worker."""
        now = timezone.now()
        waits = within("due_at", now, LONGEST_WAIT)
        waits |= within("due_at", now, WAIT_WHEN_DEAD) & Q(dead_since__isnull=False)
        return self.undelivered().exclude(waits).exclude(within("leased_until", now, LEASE))

    def late(self) -> "AlertQuerySet":
        """Undelivered for so long, or refused so often, that a person must look at the mail settings."""
        waits_its_hour = Q(to=Alert.To.TRAY, last_error="")
        old = Q(created__lt=timezone.now() - LATE) & ~waits_its_hour
        return self.undelivered().filter(old | Q(dead_since__isnull=False))

    def unread(self) -> "AlertQuerySet":
        """About what nobody on the team has looked at since."""
        return self.filter(~Exists(_readings_since()), to=Alert.To.TEAM)

    def over(self, overdue: Mapping[str, InquiryQuerySet]) -> "AlertQuerySet":
        """About what somebody has looked at since, or what needs nobody any more.

        `overdue`: of which inquiries each recipient hears whether somebody looked or not, until somebody is at it.
        """
        needs_nobody = Q(inquiry__status__in=Inquiry.DONE) & ~Q(to=Alert.To.TRAY, inquiry__status=Inquiry.Status.JUNK)
        of_team = Exists(Alert.objects.filter(inquiry=OuterRef("inquiry"), to=Alert.To.TEAM))
        over = self.exclude(to=Alert.To.SYNTHETIC_CHECK)
        over = over.filter(Exists(_readings_since()) | needs_nobody | Q(to__in=overdue) & ~of_team)
        for to, inquiries in overdue.items():
            over = over.exclude(to=to, inquiry__in=inquiries)
        return over

    def repeatable(self, now: datetime, since: datetime) -> "AlertQuerySet":
        """Alarms that were sent so long ago that they are to be heard again, by whoever is the last to hear of it."""
        old = Q(delivered_at__lte=since) | Q(delivered_at__gt=now + SKEW)  # or of a clock that ran ahead
        of_last = Exists(Alert.objects.filter(inquiry=OuterRef("inquiry"), to=Alert.To.ON_CALL))
        return self.filter(old, Q(to=Alert.To.ON_CALL) | Q(to=Alert.To.SECOND) & ~of_last)

    def tell_again_of_tray(self, now: datetime) -> None:
        """Once a day, as long as nobody has opened what lies there."""
        old = Q(delivered_at__lte=now - TRAY_AGAIN) | Q(delivered_at__gt=now + SKEW)  # or of a clock that ran ahead
        self.filter(old, to=Alert.To.TRAY).update(delivered_at=None, due_at=now, tries=0)

    def take(self, to: str) -> "Alert | None":
        """Lease all that is due for `to` in one statement, so that of many workers one has it. Returns the oldest.

        None while another worker is at it, and when `to` was told less than 5 minutes ago (of the junk tray: an hour)
        and has not looked yet.
        """
        now, ours = timezone.now(), self.filter(to=to)
        busy = within("leased_until", now, LEASE)
        if to != Alert.To.SYNTHETIC_CHECK:
            quiet = QUIET_TRAY if to == Alert.To.TRAY else QUIET
            busy |= within("delivered_at", now - quiet, quiet)
        if ours.filter(busy).exists():
            return None
        ours.due().update(leased_until=now + LEASE, tries=F("tries") + 1)
        return ours.filter(leased_until=now + LEASE).order_by("created", "id").first()

    def delivered(self) -> None:
        self.update(delivered_at=timezone.now(), leased_until=None, last_error="", refusals=0, dead_since=None)

    def postpone(self, *, error: str, wait: timedelta) -> None:
        self.update(leased_until=None, last_error=error[:60], due_at=timezone.now() + wait)


class Alert(models.Model):
    class To(models.TextChoices):
        TEAM = "team", "The team"
        WEBHOOK = "webhook", "The webhook"
        SECOND = "second", "The second contact"
        ON_CALL = "on_call", "Whoever is on call"
        TRAY = "tray", "The team, to look through the junk"
        SYNTHETIC_CHECK = "probe", "Nobody: the website tests itself"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="alerts")
    to = models.CharField(max_length=10, choices=To.choices, default=To.TEAM)
    created = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    refusals = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=60, blank=True, help_text="Name and code of the error, never its text.")
    dead_since = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    holds = Holds.by_field(
        clear="id inquiry to created due_at leased_until tries refusals last_error dead_since delivered_at"
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "id")
        default_permissions = ("view",)
        # The queue asks it for each line, beside a million alerts of the junk tray.
        indexes = [models.Index("inquiry", condition=Q(to="team"), name="%(app_label)s_%(class)s_of_team")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to__in=("team", "webhook", "second", "on_call", "tray", "probe")),
                name="%(app_label)s_%(class)s_recipient_known",
                violation_error_message="An alert goes to one of those in the list.",
            ),
            # The team may be told of one inquiry again, when its visitor has added something.
            models.UniqueConstraint(
                fields=("inquiry", "to"),
                condition=~Q(to="team"),
                name="%(app_label)s_%(class)s_alarm_once",
                violation_error_message="This alarm was raised already.",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(leased_until__isnull=True, dead_since__isnull=True),
                name="%(app_label)s_%(class)s_delivered_is_final",
                violation_error_message="A delivered alert is neither on its way nor dead.",
            ),
        ]

    def __str__(self) -> str:
        return f"Alert {self.id}"

    @property
    def batch(self) -> AlertQuerySet:
        """All that was taken together with this one: a mail about one is a mail about all."""
        return Alert.objects.filter(to=self.to, leased_until=self.leased_until)

    @property
    def wait(self) -> timedelta:
        """5, 10, 20 … seconds until the next try, at most 5 minutes."""
        return min(FIRST_WAIT * 2 ** min(self.tries - 1, 10), LONGEST_WAIT)

    def refuse(self, error: str) -> None:
        """The server said "never": this one alone waits, and after 5 times is dead, tried once an hour."""
        self.batch.exclude(pk=self.pk).update(leased_until=None)
        self.refusals += 1
        if self.refusals >= MOST_REFUSALS:
            self.dead_since = self.dead_since or timezone.now()
        self.due_at = timezone.now() + (WAIT_WHEN_DEAD if self.dead_since else self.wait)
        self.last_error, self.leased_until = error[:60], None
        changes = ("refusals", "dead_since", "last_error", "leased_until", "due_at")
        # Not saved: who looks at it meanwhile has made it go, and that is no fault.
        Alert.objects.undelivered().filter(pk=self.pk).update(**{name: getattr(self, name) for name in changes})
