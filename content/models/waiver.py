from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from content.models.article import Article
from content.models.fields import CharField


class Waiver(models.Model):
    """One finding of the checklist that somebody called a false alarm, and why. It holds for these very words."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="waivers")
    rule = CharField(max_length=40, editable=False)
    fingerprint = CharField(max_length=64, editable=False)
    said = CharField("words", max_length=300, editable=False)
    reason = CharField(max_length=300, help_text="Why is this no fault? Colleagues and reviewers read it.")
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    waived_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-waived_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "rule", "fingerprint"],
                name="content_waiver_once",
                violation_error_message="This finding is waived already.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="content_waiver_has_a_reason",
                violation_error_message="Say why this is no fault.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}"
