from django.db import models


class Announcement(models.Model):
    """A pending invalidation of the cached pages. Stored with the change itself."""

    withdrawn = models.BooleanField()

    def __str__(self) -> str:
        return f"Announcement {self.pk}"
