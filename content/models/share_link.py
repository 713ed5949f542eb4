import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from content.models.revision import Revision


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def valid(self) -> "ShareLinkQuerySet":
        """Neither expired nor taken back, and of an article that staff work with."""
        return self.filter(
            revoked_at=None,
            expires_at__gt=timezone.now(),
            revision__article__archived_at=None,
            revision__article__deleted_at=None,
        )


class ShareLink(models.Model):
    """Lets somebody without an account read one revision for some days. Its address is the key with a signature."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="share_links")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")),
                name="content_sharelink_ends_after_it_begins",
                violation_error_message="The last day lies in the past.",
            ),
        ]

    def __str__(self) -> str:
        return f"Link to revision {self.revision_id}"

    @property
    def is_valid(self) -> bool:
        """The rule of `ShareLinkQuerySet.valid`, for one row."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.revision.article.is_active


class ShareOpening(models.Model):
    """One opening of a link: that it happened, and when. Who it was is not known here."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="openings")
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"Opening {self.pk}"
