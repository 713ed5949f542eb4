"""What was tried to reach somebody, and how it went. Clear columns; words about it are in a sealed note."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from admissions.models.holds import Holds
from admissions.models.inquiry import HourField, Inquiry, public_id


class Attempt(models.Model):
    class Way(models.TextChoices):
        CALL = "call", "Call"
        TEXT = "text", "Text message"
        MAIL = "mail", "E-mail"
        THREAD = "thread", "Reply behind the code"

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        NO_ANSWER = "no_answer", "No answer"
        VOICEMAIL = "voicemail", "Voicemail left"
        SOMEBODY_ELSE = "else", "Someone else answered"
        WRONG_NUMBER = "wrong", "Wrong number"
        ASKED_NOT = "asked_not", "Asked us not to call"
        WRITTEN = "written", "Written or texted"
        REFERRED = "referred", "Referred on"

    # Calls that reached nobody: after three the thread is all that is left.
    WITHOUT_SUCCESS: ClassVar = (Outcome.NO_ANSWER, Outcome.VOICEMAIL, Outcome.SOMEBODY_ELSE)

    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(help_text="Place among the attempts, from 1.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    way = models.CharField(max_length=10, choices=Way.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    at = HourField(default=timezone.now, help_text="Cut to the hour. The minute is in a sealed note.")
    kept_promise = models.BooleanField(null=True, help_text="Was it in time? Empty where no time was promised.")

    holds = Holds.by_field(clear="id inquiry number by way outcome at kept_promise")

    class Meta:
        ordering = ("inquiry", "number")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=("inquiry", "number"),
                name="%(app_label)s_%(class)s_place_once",
                violation_error_message="A colleague recorded an attempt at the same moment. Read it again first.",
            ),
            models.CheckConstraint(
                condition=Q(way__in=("call", "text", "mail", "thread")),
                name="%(app_label)s_%(class)s_way_known",
                violation_error_message="Choose call, text, mail or thread.",
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=(
                        "reached",
                        "no_answer",
                        "voicemail",
                        "else",
                        "wrong",
                        "asked_not",
                        "written",
                        "referred",
                    )
                ),
                name="%(app_label)s_%(class)s_outcome_known",
                violation_error_message="Choose one of the outcomes in the list.",
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number} on Inquiry {public_id(self.inquiry_id)}"
