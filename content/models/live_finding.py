from django.db import models
from django.utils import timezone

from content.models.article import Article
from content.models.fields import CharField, TextField
from content.models.usage import LONGEST_PLACE


class LiveFindingQuerySet(models.QuerySet["LiveFinding"]):
    def urgent(self) -> "LiveFindingQuerySet":
        """What would stand against publishing the page that visitors read now."""
        return self.filter(blocks=True)


class LiveFinding(models.Model):
    """What the nightly check found on a page that visitors read. Each night replaces what is no longer true."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="live_findings")
    rule = CharField(max_length=40)
    blocks = models.BooleanField("dangerous")
    place = CharField(max_length=LONGEST_PLACE)
    block = models.PositiveSmallIntegerField(null=True)
    reason = TextField()
    cure = TextField()
    fingerprint = CharField(max_length=64)
    found_on = models.DateField("first found", default=timezone.localdate)

    objects = LiveFindingQuerySet.as_manager()

    class Meta:
        verbose_name = "finding on the site"
        verbose_name_plural = "findings on the site"
        ordering = ["-blocks", "article", "block", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "rule", "fingerprint", "place"], name="content_livefinding_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"
