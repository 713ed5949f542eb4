from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from content.models.link import LONGEST_ADDRESS
from content.models.revision import Revision

LONGEST_PLACE = 200


class UsageQuerySet(models.QuerySet["Usage"]):
    def of(self, kind: str, target: object) -> "UsageQuerySet":
        return self.filter(kind=kind, target=str(target))

    def live(self) -> "UsageQuerySet":
        """In what visitors read now."""
        return self.filter(revision__in=Revision.objects.on_the_site())

    def current(self) -> "UsageQuerySet":
        """In what visitors read or will read, or in an article's newest revision, which somebody may be working on."""
        newest = Revision.objects.filter(article=OuterRef("revision__article")).order_by("-number")
        return self.alias(newest=Subquery(newest.values("pk")[:1])).filter(
            Q(revision__in=Revision.objects.ending_after(timezone.now())) | Q(revision=F("newest"))
        )


class Usage(models.Model):
    """One block of a revision's text that uses something else; written by `content.rendering.references`."""

    class Kind(models.TextChoices):
        SOURCE = "source", "source"
        ARTICLE = "article", "article"
        PICTURE = "picture", "picture"
        ADDRESS = "address", "address"

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="usages")
    kind = models.CharField(max_length=8, choices=Kind)
    # A source's key, a picture's primary key, the address of an article's page, or any other address.
    target = models.CharField(max_length=LONGEST_ADDRESS)
    block = models.PositiveSmallIntegerField()  # its position in the snapshot
    place = models.CharField(max_length=LONGEST_PLACE)

    objects = UsageQuerySet.as_manager()

    class Meta:
        ordering = ["revision", "block", "id"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "kind", "target", "block"], name="content_usage_once_a_block"),
        ]
        indexes = [models.Index(fields=["kind", "target"], name="content_usage_target")]

    def __str__(self) -> str:
        return self.place

    @property
    def is_live(self) -> bool:
        return self.revision.is_on_the_site
