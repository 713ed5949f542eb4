"""Words are folded without signs that only steer how they are set. Where a text has some, its words were cut in two.

Then the index is emptied, for it counts its words, and `load_starter` makes it anew after each migration.
"""

import unicodedata

from django.db import migrations


def is_folded_otherwise(text):
    """Marks of a class of their own were left out before."""
    return not text.isascii() and any(
        unicodedata.category(char) in {"Cf", "Me", "Mn"} and not unicodedata.combining(char) for char in text
    )


def forget_words(apps, schema_editor):
    entries = apps.get_model("content", "SearchEntry").objects
    texts = entries.values_list("revision__snapshot_json", flat=True)
    if any(is_folded_otherwise(text) for text in texts.iterator(chunk_size=100)):
        entries.all().delete()
        apps.get_model("content", "SearchWord").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("content", "0029_dois_in_lower_case")]

    operations = [migrations.RunPython(forget_words, migrations.RunPython.noop)]
