from django.db import models


class PendingInvalidation(models.Model):
    """The cached pages have to hear of a change. Stored with the change itself."""

    withdrawn = models.BooleanField()

    class Meta:
        db_table = "content_announcement"

    def __str__(self) -> str:
        return f"Pending invalidation {self.pk}"
