import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from content.models.article import Article

SILENCE = datetime.timedelta(seconds=60)  # three beats of the form's script


class OpenFormQuerySet(models.QuerySet["OpenForm"]):
    def now(self) -> "OpenFormQuerySet":
        """Whose browser was heard of a moment ago. Opening a form is a GET and notes nothing; its script does."""
        return self.filter(seen_at__gte=timezone.now() - SILENCE).order_by("opened_at")


class OpenForm(models.Model):
    """One person's form of one article: since when it is open."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="open_forms")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = OpenFormQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "user"], name="content_openform_once")]

    def __str__(self) -> str:
        return f"Form {self.pk}"
