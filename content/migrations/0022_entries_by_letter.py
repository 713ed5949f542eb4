"""Lists read the rows of the search, which know their letter now.

The column is added in SQL: Django would make SQLite's table anew, and lose the triggers of migration 0010 with the old.
"""

from string import ascii_lowercase

from django.db import migrations, models


def write_letters(apps, schema_editor):
    entries = apps.get_model("content", "SearchEntry").objects
    for letter in ascii_lowercase:
        entries.filter(title__startswith=letter).update(letter=letter.upper())


class Migration(migrations.Migration):
    dependencies = [("content", "0021_share_links")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE content_searchentry ADD COLUMN letter varchar(1) NOT NULL DEFAULT ''",
            "ALTER TABLE content_searchentry DROP COLUMN letter",
            state_operations=[
                migrations.AddField("searchentry", "letter", models.CharField(max_length=1, default=""), False)
            ],
        ),
        migrations.RunPython(write_letters, migrations.RunPython.noop),
        migrations.AddIndex(
            "searchentry",
            models.Index(
                fields=["language", "letter", "title", "article", "shown_from", "shown_until"],
                name="content_searchentry_a_to_z",
            ),
        ),
    ]
