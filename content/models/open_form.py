import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from content.models.article import Article

SILENCE = datetime.timedelta(seconds=60)  # three beats of the form's script


class OpenFormQuerySet(models.QuerySet["OpenForm"]):
    def now(self) -> "OpenFormQuerySet":
        """Whose browser was heard of a moment ago. Opening a form is a GET and notes nothing; its script does."""
        return self.filter(seen_at__gte=timezone.now() - SILENCE).order_by("opened_at")


class OpenForm(models.Model):
    """One person's form of one article: since when it is open, and the text in it that is not saved yet.

    The text is that person's alone and no part of the history. It goes when the article is saved.
    """

    article = models.ForeignKey(
        Article,
        null=True,
        on_delete=models.CASCADE,
        related_name="open_forms",
        help_text="None: an article that was never saved.",
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    kept_text = models.TextField(blank=True, help_text="The fields of the form, as a browser sends them.")
    kept_at = models.DateTimeField(null=True)

    objects = OpenFormQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "user"], name="content_openform_once"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(article=None), name="content_openform_one_new_article_each"
            ),
            models.CheckConstraint(
                condition=Q(kept_text="", kept_at=None) | (~Q(kept_text="") & Q(kept_at__isnull=False)),
                name="content_openform_kept_text_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Form {self.pk}"
