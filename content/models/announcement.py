from django.db import models


class Announcement(models.Model):
    """A change of what visitors see that the finished pages were not told of yet. Stored with the change itself."""

    withdrawn = models.BooleanField()

    def __str__(self) -> str:
        return f"Announcement {self.pk}"
