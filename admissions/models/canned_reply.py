"""Texts that staff send again and again, ready to be changed before they go."""

from django.db import models
from django.db.models import Q

from admissions.models.holds import Holds


class CannedReply(models.Model):
    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Spanish"

    key = models.SlugField(
        max_length=40,
        help_text="Like “after-hours”, the same in both languages. “unreachable” is sent by itself after three calls "
        "without success, “wrong-number” when a number was wrong.",
    )
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.ENGLISH)
    title = models.CharField(max_length=80, help_text="What colleagues choose it by.")
    text = models.TextField(max_length=3000, help_text="Visitors read it. Name nobody, and put nobody's story in it.")

    holds = Holds.by_field(clear="id key language title text")

    class Meta:
        verbose_name_plural = "canned replies"
        ordering = ("title", "language")
        constraints = [
            models.UniqueConstraint(
                fields=("key", "language"),
                name="%(app_label)s_%(class)s_once",
                violation_error_message="There is a text with this key in this language already. Change that one.",
            ),
            models.CheckConstraint(
                condition=Q(language__in=("en", "es")),
                name="%(app_label)s_%(class)s_language_known",
                violation_error_message="Choose English or Spanish.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_language_display()})"
