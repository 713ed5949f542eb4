"""DOIs are the same in any case. Where two sources have one DOI now, the later one keeps it as its address."""

import re

from django.db import migrations, models
from django.db.models.functions import Lower

PREFIX = re.compile(r"^(https?://((dx|www)\.)?doi\.org/|doi:\s*)+", re.IGNORECASE)


def normalize(apps, schema_editor):
    taken = set()
    for source in apps.get_model("content", "Source").objects.exclude(doi="").order_by("pk"):
        doi = PREFIX.sub("", source.doi.strip()).rstrip(".,;").lower()
        if doi in taken:
            source.url = source.url or f"https://doi.org/{doi}"
            doi = ""
        taken.add(doi)
        # Not saved: what readers see is the same, and no review is to ask for another look.
        type(source).objects.filter(pk=source.pk).update(doi="", url=source.url)
        type(source).objects.filter(pk=source.pk).update(doi=doi)


class Migration(migrations.Migration):
    dependencies = [("content", "0028_open_forms_hold_no_text")]

    operations = [
        migrations.RunPython(normalize, migrations.RunPython.noop),
        migrations.AddConstraint(
            "source",
            models.CheckConstraint(
                condition=models.Q(doi=Lower("doi")),
                name="content_source_doi_in_lower_case",
                violation_error_message="Write the DOI in small letters: case makes no other one of it.",
            ),
        ),
    ]
