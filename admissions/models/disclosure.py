"""The log of every look: append-only, and chained so that a change, a swap or a gap shows."""

import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn, TypedDict

from django.conf import settings
from django.db import models
from django.db.models import Count, Max, Q
from django.utils import timezone

from admissions.errors import AppendOnly
from admissions.models.holds import Holds

BEGINNING = bytes(32)  # what the first entry names as its predecessor


class Accesses(TypedDict):
    """All that a visitor may know of who opened their thread: never a name."""

    role: str
    action: str
    times: int
    last: datetime


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    """Refuses what would change or remove an entry. PostgreSQL refuses it again, by a trigger."""

    def accesses(self, inquiry: uuid.UUID) -> list[Accesses]:
        """Of one inquiry, for its visitor; the newest first."""
        of_it = self.filter(record=inquiry, action__in=Disclosure.ACCESSES)
        rows = of_it.values_list("role", "action").annotate(times=Count("pk"), last=Max("at")).order_by("-last")
        return [Accesses(role=role, action=action, times=times, last=last) for role, action, times, last in rows]

    def readings(self) -> "DisclosureQuerySet":
        """What only somebody of the team does who has the thread before them. A hit in a list is none."""
        action = Disclosure.Action
        return self.exclude(action__in=(action.FOUND, action.HELD, action.EXPORTED))

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise AppendOnly("Disclosures are never changed and never deleted.")

    update = delete = bulk_update = update_or_create = _update = _raw_delete = _refuse


class Disclosure(models.Model):
    class Action(models.TextChoices):
        OPENED = "opened", "Opened the thread"
        FOUND = "found", "Found by a search"
        REPLIED = "replied", "Replied"
        NOTED = "noted", "Wrote a note"
        # A move is no look, but opened junk is destroyed soon: who set it must stay on record.
        MOVED = "moved", "Changed the status"
        DIALED = "dialed", "Was shown the number"
        ATTEMPTED = "attempted", "Tried to reach the visitor"
        HANDED = "handed", "Handed over"
        HELD = "held", "Set or ended a legal hold"
        EXPORTED = "exported", "Exported"
        DESTROYED = "destroyed", "Destroyed at the visitor's request"

    ACCESSES: ClassVar = (Action.OPENED, Action.FOUND)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The name at that time, since one in the list of accounts may change. Empty in entries until December 2026.
    actor_name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=30, help_text="The group by which the actor was allowed to.")
    action = models.CharField(max_length=10, choices=Action.choices)
    # No foreign key: the entry outlives the inquiry. Empty for a search that found nothing.
    record = models.UUIDField("inquiry", null=True, blank=True, db_index=True)
    detail = models.CharField(max_length=200, blank=True, help_text="Never anything from the thread.")
    # What the thread was made of, see `integrity`. Empty where none was opened.
    thread_state = models.BinaryField(max_length=36, null=True)
    previous = models.BinaryField(max_length=32, unique=True)  # unique: two entries cannot follow the same one
    digest = models.BinaryField(max_length=32, unique=True)

    holds = Holds.by_field(
        clear="id number at actor actor_name role action record detail", hash="thread_state previous digest"
    )

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    action__in=(
                        "opened",
                        "found",
                        "replied",
                        "noted",
                        "moved",
                        "dialed",
                        "attempted",
                        "handed",
                        "held",
                        "exported",
                        "destroyed",
                    )
                ),
                name="%(app_label)s_%(class)s_action_known",
                violation_error_message="This action is not one that the log knows.",
            )
        ]

    def __str__(self) -> str:
        return f"Disclosure {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Disclosures are never changed.")
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise AppendOnly("Disclosures are never deleted.")

    def digest_with(self, key: bytes) -> bytes:
        """HMAC over the predecessor's digest and every field of this entry."""
        entry: list[object] = [
            self.number,
            str(self.id),
            self.at.astimezone(UTC).isoformat(),
            str(self.actor_id),
            self.role,
            self.action,
            str(self.record),
            self.detail,
        ]
        if self.actor_name or self.thread_state is not None:  # an entry without both was written before they were there
            entry += [self.actor_name, None if self.thread_state is None else bytes(self.thread_state).hex()]
        return hmac.digest(key, bytes(self.previous) + json.dumps(entry).encode(), hashlib.sha256)
