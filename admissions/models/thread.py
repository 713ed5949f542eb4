"""The thread of an inquiry: sealed messages and notes. Their keys are in tables of their own.

The key tables stay out of the normal backup, so that what was purged cannot be opened from an old one.
"""

import uuid

from django.db import models
from django.db.models import Q

from admissions.models.holds import Holds
from admissions.models.inquiry import Inquiry, public_id


class Message(models.Model):
    class Author(models.TextChoices):
        VISITOR = "visitor", "Visitor"
        TEAM = "team", "Team"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="messages")
    author = models.CharField(max_length=10, choices=Author.choices)
    number = models.PositiveSmallIntegerField(help_text="Place in the thread, from 1.")
    payload = models.BinaryField()

    holds = Holds.by_field(clear="id inquiry author number", sealed="payload")

    class Meta:
        ordering = ("inquiry", "number")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(author__in=("visitor", "team")),
                name="%(app_label)s_%(class)s_author_known",
                violation_error_message="A message is from the visitor or from the team.",
            ),
            models.UniqueConstraint(
                fields=("inquiry", "number"),
                name="%(app_label)s_%(class)s_place_once",
                violation_error_message="Another message arrived in this place. Read the thread again first.",
            ),
        ]

    def __str__(self) -> str:
        return f"Message {self.number} of Inquiry {public_id(self.inquiry_id)}"


class MessageKey(models.Model):
    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="key")
    team_wrap = models.BinaryField()
    visitor_wrap = models.BinaryField(null=True)

    holds = Holds.by_field(clear="message", key="team_wrap visitor_wrap")

    class Meta:
        ordering = ("message",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"Key of message {self.message_id}"


class StaffNote(models.Model):
    """A note among staff. Who wrote it and when is inside; the visitor can never open it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="notes")
    number = models.PositiveSmallIntegerField(help_text="Place among the notes, from 1.")
    payload = models.BinaryField()

    holds = Holds.by_field(clear="id inquiry number", sealed="payload")

    class Meta:
        ordering = ("inquiry", "number")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=("inquiry", "number"),
                name="%(app_label)s_%(class)s_place_once",
                violation_error_message="A colleague wrote a note at the same moment. Read the notes again first.",
            )
        ]

    def __str__(self) -> str:
        return f"Note {self.number} on Inquiry {public_id(self.inquiry_id)}"


class StaffNoteKey(models.Model):
    note = models.OneToOneField(StaffNote, models.CASCADE, primary_key=True, related_name="key")
    team_wrap = models.BinaryField()

    holds = Holds.by_field(clear="note", key="team_wrap")

    class Meta:
        ordering = ("note",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"Key of note {self.note_id}"
