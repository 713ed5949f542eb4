import re

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Lower

PREFIX = re.compile(r"^(https?://((dx|www)\.)?doi\.org/|doi:\s*)+", re.IGNORECASE)


def forget_new_articles(apps, schema_editor):
    """What is typed and not saved is kept by `admissions.KeptForm` now, for every form of the staff site."""
    apps.get_model("content", "OpenForm").objects.filter(article=None).delete()


def normalize_dois(apps, schema_editor):
    """DOIs are the same in any case. Where two sources have one DOI now, the later one keeps it as its address."""
    sources = apps.get_model("content", "Source").objects
    with_doi = list(sources.exclude(doi="").order_by("pk"))
    # Not saved: what readers see is the same, and no review is to ask for another look. First all of them are taken
    # away, or one would become what a later one still is.
    sources.update(doi="")
    taken = set()
    for source in with_doi:
        doi = PREFIX.sub("", source.doi.strip()).rstrip(".,;").lower()
        row = sources.filter(pk=source.pk)
        if doi in taken:
            row.update(url=source.url or f"https://doi.org/{doi}")
        else:
            row.update(doi=doi)
        taken.add(doi)


class Migration(migrations.Migration):
    replaces = [
        ("content", "0027_wider_columns_of_links_and_places"),
        ("content", "0028_open_forms_hold_no_text"),
        ("content", "0029_dois_in_lower_case"),
        ("content", "0031_what_was_loaded"),
        ("content", "0032_change_records_and_pending_invalidations"),
    ]

    # The last one that 0001 replaces: a database that has a part of them is refused, and not taken for one that has all.
    dependencies = [("content", "0026_reviewers_licence_is_shown")]

    operations = [
        migrations.AlterField("link", "address", models.CharField(max_length=2000, unique=True)),
        migrations.AlterField(
            "link", "leads_to", models.CharField(blank=True, max_length=2000, verbose_name="where it leads now")
        ),
        migrations.AlterField("livefinding", "place", models.CharField(max_length=200)),
        migrations.AlterField("usage", "place", models.CharField(max_length=200)),
        migrations.AlterField("usage", "target", models.CharField(max_length=2000)),
        migrations.RemoveConstraint("openform", "content_openform_one_new_article_each"),
        migrations.RemoveConstraint("openform", "content_openform_kept_text_has_its_time"),
        migrations.RemoveField("openform", "kept_at"),
        migrations.RemoveField("openform", "kept_text"),
        migrations.RunPython(forget_new_articles, migrations.RunPython.noop),
        migrations.AlterField(
            "openform",
            "article",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="open_forms", to="content.article"
            ),
        ),
        migrations.RunPython(normalize_dois, migrations.RunPython.noop),
        migrations.AddConstraint(
            "source",
            models.CheckConstraint(
                condition=models.Q(doi=Lower("doi")),
                name="content_source_doi_in_lower_case",
                violation_error_message="Write the DOI in small letters: case makes no other one of it.",
            ),
        ),
        migrations.CreateModel(
            name="LoadedStarter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True)),
            ],
            options={"ordering": ["key"]},
        ),
        # Their tables keep the names they have, and no row is touched.
        migrations.AlterModelTable(name="housechange", table="content_housechange"),
        migrations.RenameModel(old_name="HouseChange", new_name="ChangeRecord"),
        migrations.AlterModelTable(name="announcement", table="content_announcement"),
        migrations.RenameModel(old_name="Announcement", new_name="PendingInvalidation"),
    ]
