"""The roles were made here once more. Now the newest migration makes them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0001_roles"),
        ("content", "0005_readers_answers_and_terms"),
        ("admissions", "0002_disclosures_refuse_change"),
    ]
    operations = []
