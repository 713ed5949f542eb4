"""How a text goes from hand to hand: to its reviewer, back to its writer, and what is said about it on the way.

Where a text stands is kept nowhere: it follows from the last handover, the sign-offs and the publications.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from content.models.append_only import AppendOnlyModel, AppendOnlyQuerySet
from content.models.fields import CharField, TextField
from content.models.revision import Revision, SignOff


class HandoverQuerySet(AppendOnlyQuerySet[Any]):
    def open(self) -> "HandoverQuerySet":
        """The last one of each active article, until visitors can read its text or a later one. Adds `is_signed`."""
        later = Handover.objects.filter(revision__article=OuterRef("revision__article"), pk__gt=OuterRef("pk"))
        of_article = Revision.objects.filter(article=OuterRef("revision__article"))
        published = of_article.filter(number__gte=OuterRef("revision__number"), published_at__isnull=False)
        signed = SignOff.objects.filter(
            revision__article=OuterRef("revision__article"), sha256=OuterRef("revision__sha256")
        )
        return self.filter(
            ~Exists(later),
            ~Exists(published),
            revision__article__archived_at=None,
            revision__article__deleted_at=None,
        ).annotate(is_signed=Exists(signed))

    def with_reviewer(self) -> "HandoverQuerySet":
        return self.open().filter(kind=Handover.Kind.HANDED_IN, is_signed=False)

    def returned(self) -> "HandoverQuerySet":
        return self.open().filter(kind=Handover.Kind.RETURNED)

    def signed(self) -> "HandoverQuerySet":
        """What only has to be published."""
        return self.open().filter(kind=Handover.Kind.HANDED_IN, is_signed=True)

    def returned_to(self, user: User) -> "HandoverQuerySet":
        handed_in = Handover.objects.filter(revision=OuterRef("revision"), kind=Handover.Kind.HANDED_IN, by=user)
        return self.returned().filter(Exists(handed_in))


class Handover(AppendOnlyModel):
    """One step of a text: handed in by its writer, or returned to that person."""

    class Kind(models.TextChoices):
        HANDED_IN = "handed_in", "handed in for review"
        RETURNED = "returned", "returned to the writer"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="handovers")
    kind = CharField(max_length=10, choices=Kind)
    note = CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="returned", note=""),
                name="content_handover_returned_with_a_word",
                violation_error_message="Say in a sentence what is missing.",
            ),
        ]

    def __str__(self) -> str:
        return f"Revision {self.revision_id}: {self.kind}"


class CommentQuerySet(AppendOnlyQuerySet["Comment"]):
    def threads(self) -> "CommentQuerySet":
        return self.filter(thread=None)

    def open(self) -> "CommentQuerySet":
        """Threads that nobody has closed, about active articles."""
        active = Q(revision__article__archived_at=None, revision__article__deleted_at=None)
        return self.threads().filter(active, resolved_at=None)

    def waiting_for(self, user: User) -> "CommentQuerySet":
        """Open threads about what this person wrote or in which they spoke, when the last word is somebody else's."""
        answers = Comment.objects.filter(thread=OuterRef("pk"))
        concerned = Q(revision__author=user) | Q(by=user) | Exists(answers.filter(by=user))
        newest = models.Subquery(answers.order_by("-pk").values("by")[:1])
        with_last = self.open().annotate(last_speaker=Coalesce(newest, F("by"), output_field=models.IntegerField()))
        return with_last.filter(concerned).exclude(last_speaker=user.pk)


class Comment(AppendOnlyModel):
    """A word about one place of a text, or an answer to one. `content.text.block_keys` names the place."""

    MAY_BE_SET_LATER = frozenset({"resolved_at", "resolved_by"})

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    place = CharField(max_length=120, blank=True, help_text="Empty: about the whole text.")
    thread = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="answers")
    text = TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""),
                name="content_comment_says_something",
                violation_error_message="Write what you want to say.",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False, thread=None),
                name="content_comment_threads_are_closed_by_somebody",
                violation_error_message="A thread is closed as a whole, by somebody.",
            ),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk} on revision {self.revision_id}"


class StaffMail(models.Model):
    """Somebody who is to be told by mail that something waits. One row a person: one mail stands for all of it."""

    to = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    next_try = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Mail {self.pk}"
