"""What staff typed into a form and did not send yet: one row for each form of each tab."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from admissions.models.holds import Holds
from admissions.models.inquiry import Inquiry


class KeptForm(models.Model):
    """One form that one person has, or had, open. `kept_forms` is the only way to what is in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    tab = models.UUIDField(help_text="Made anew each time a page is opened.")
    name = models.CharField(max_length=100, blank=True, help_text="Which form of the page.")
    page = models.CharField(max_length=300, help_text="The path on which the form stands.")
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, null=True, related_name="kept_forms")
    used_at = models.DateTimeField(default=timezone.now)
    sending_since = models.DateTimeField(null=True)
    sent = models.BinaryField(null=True, help_text="A digest of what was sent and taken last.")
    payload = models.BinaryField(null=True)

    holds = Holds.by_field(clear="id user tab name page inquiry used_at sending_since", hash="sent", sealed="payload")

    class Meta:
        ordering = ("-used_at", "id")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(page__startswith="/"),
                name="%(app_label)s_%(class)s_page_is_a_path",
                violation_error_message="A kept form stands on a page of this site.",
            )
        ]
        indexes = [models.Index(fields=("user", "page"), name="admissions_keptform_of_page")]

    def __str__(self) -> str:
        return f"Kept form {self.pk}"


class KeptFormKey(models.Model):
    form = models.OneToOneField(KeptForm, models.CASCADE, primary_key=True, related_name="key")
    team_wrap = models.BinaryField()

    holds = Holds.by_field(clear="form", key="team_wrap")

    class Meta:
        ordering = ("form",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"Key of kept form {self.form_id}"
