"""How well we kept our word in a week, as visitors may read it: no number of which a person could be picked out."""

from django.db import models
from django.db.models import Q

from admissions.models.holds import Holds


class WeeklyFigures(models.Model):
    """Written once the week is over, and never changed. Empty: too few people to say."""

    monday = models.DateField(primary_key=True)
    kept_of_100 = models.PositiveSmallIntegerField(null=True, help_text="Promised times that we kept. Rounded down.")
    median_hours = models.PositiveSmallIntegerField(
        null=True, help_text="Half of the first calls came within so many hours after somebody wrote."
    )

    holds = Holds.by_field(clear="monday kept_of_100 median_hours")

    class Meta:
        ordering = ("-monday",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_of_100__isnull=True) | Q(kept_of_100__lte=100),
                name="%(app_label)s_%(class)s_of_100",
                violation_error_message="Of 100 promised times at most 100 are kept.",
            )
        ]

    def __str__(self) -> str:
        return f"Week of {self.monday}"
