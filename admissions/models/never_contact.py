"""Numbers and addresses that somebody asked us never to use again. Keyed hashes: see `services/never_contact.py`."""

from django.db import models
from django.utils import timezone

from admissions.models.holds import Holds


class NeverContact(models.Model):
    hashed = models.BinaryField(max_length=32, unique=True, editable=False)
    since = models.DateField(default=timezone.localdate, editable=False)

    holds = Holds.by_field(clear="id since", hash="hashed")

    class Meta:
        verbose_name = "number that is never called"
        verbose_name_plural = "numbers that are never called"
        ordering = ("since", "id")
        default_permissions = ()

    def __str__(self) -> str:
        return f"Never contact {self.pk}"
