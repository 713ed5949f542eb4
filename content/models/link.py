import datetime

from django.db import models
from django.utils import timezone

LONGEST_ADDRESS = 2000  # bytes; PostgreSQL puts at most 2,704 into a row of an index
OPEN_BY_HAND_EVERY = datetime.timedelta(days=180)


def fits(address: str) -> bool:
    """Whether the tables of links can hold it. A part of an address leads somewhere else: longer ones are left out."""
    return len(address.encode(errors="replace")) <= LONGEST_ADDRESS


class LinkQuerySet(models.QuerySet["Link"]):
    def broken(self) -> "LinkQuerySet":
        """What a reader would stumble over."""
        return self.filter(state__in=Link.BROKEN)

    def doubtful(self) -> "LinkQuerySet":
        """What a person should look at: broken, moved, or closed to programs and long not opened by hand."""
        lately = timezone.localdate() - OPEN_BY_HAND_EVERY
        opened = models.Q(state=Link.State.CLOSED, opened_by_hand_on__gt=lately)
        return self.exclude(state__in=[Link.State.UNSEEN, Link.State.FINE]).exclude(opened)


class Link(models.Model):
    """An address of somebody else that our pages or records lead to, and what `check_links` last found there."""

    class State(models.TextChoices):
        UNSEEN = "unseen", "not checked yet"
        FINE = "fine", "fine"
        MOVED = "moved", "moved for good"
        CHANGED = "changed", "looks like another page"
        PLACE = "place", "the page is there, the place on it is not"
        NUMBER = "number", "our telephone number for it is not on the page"
        CLOSED = "closed", "does not let programs look"
        SILENT = "silent", "does not answer"
        GONE = "gone", "gone"

    BROKEN = (State.GONE, State.SILENT, State.CHANGED, State.PLACE)

    address = models.CharField(max_length=LONGEST_ADDRESS, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.UNSEEN)
    told = models.CharField("what it answered", max_length=200, blank=True)
    leads_to = models.CharField("where it leads now", max_length=LONGEST_ADDRESS, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    opened_by_hand_on = models.DateField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["address"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="unseen") | models.Q(checked_at__isnull=False),
                name="content_link_has_a_state_only_when_checked",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_broken(self) -> bool:
        return self.state in self.BROKEN
