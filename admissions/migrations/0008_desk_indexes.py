from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("admissions", "0007_special_days")]

    operations = [
        migrations.AddIndex(
            "inquiry",
            models.Index(
                F("handled_on"),
                F("id"),
                condition=Q(status__in=("handled", "destroyed")),
                name="admissions_inquiry_done",
            ),
        ),
        migrations.AddIndex(
            "inquiry",
            models.Index(
                F("promise_broken_on"),
                F("id"),
                condition=Q(promise_broken_on__isnull=False),
                name="admissions_inquiry_broken",
            ),
        ),
    ]
