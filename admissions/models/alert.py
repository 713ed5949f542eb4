"""The outbox: one row for each alert that must still be mailed. Deleted when delivered.

It holds a reference and exact times, so it exists only while an alert is open.
"""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from admissions.models.holds import Holds
from admissions.models.inquiry import Inquiry

LEASE = timedelta(minutes=2)  # longer than a mail can take; after a crash another worker may try by then
FIRST_WAIT, LONGEST_WAIT, WAIT_WHEN_DEAD = (timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=1))
MOST_REFUSALS = 5  # times the server may say "never" before a person has to look


class AlertQuerySet(models.QuerySet["Alert"]):
    def due(self) -> "AlertQuerySet":
        """Wanting to be sent now, and held by no other worker."""
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.filter(free, due_at__lte=now)

    def dead(self) -> "AlertQuerySet":
        """Refused for good so often that a person must look at the mail settings. Still tried, once an hour."""
        return self.exclude(dead_since=None)

    def revive(self) -> int:
        """Try dead alerts at once. Returns how many."""
        return self.dead().update(dead_since=None, refusals=0, due_at=timezone.now())


class Alert(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="alerts")
    created = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    refusals = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=60, blank=True, help_text="Name and code of the error, never its text.")
    dead_since = models.DateTimeField(null=True, blank=True)

    holds: ClassVar[dict[str, Holds]] = {
        "id": Holds.CLEAR,
        "inquiry": Holds.CLEAR,
        "created": Holds.CLEAR,
        "due_at": Holds.CLEAR,
        "leased_until": Holds.CLEAR,
        "tries": Holds.CLEAR,
        "refusals": Holds.CLEAR,
        "last_error": Holds.CLEAR,
        "dead_since": Holds.CLEAR,
    }

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "id")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Alert {self.id}"

    def lease(self) -> bool:
        """Take it for this worker. False when another one was faster."""
        until = timezone.now() + LEASE
        if not type(self).objects.due().filter(pk=self.pk).update(leased_until=until, tries=models.F("tries") + 1):
            return False
        self.refresh_from_db()
        return True

    def postpone(self, *, error: str, refused_for_good: bool) -> None:
        """Try again after 5, 10, 20 … seconds, at most 5 minutes. After 5 final refusals it is dead: once an hour."""
        now = timezone.now()
        wait = min(FIRST_WAIT * 2 ** min(self.tries - 1, 10), LONGEST_WAIT)
        self.refusals += refused_for_good
        if self.refusals >= MOST_REFUSALS:
            self.dead_since, wait = self.dead_since or now, WAIT_WHEN_DEAD
        self.last_error, self.leased_until, self.due_at = error[:60], None, now + wait
        self.save(update_fields=("refusals", "dead_since", "last_error", "leased_until", "due_at"))
