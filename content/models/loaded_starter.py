from django.db import models

from content.models.fields import CharField


class LoadedStarter(models.Model):
    """What `load_starter` has made once. It never makes that again by itself: whoever deleted it meant to."""

    key = CharField(max_length=200, unique=True)  # as `load_starter --again` takes it

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
