"""The roles were made here once more. Now the newest migration makes them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0003_roles_and_links"),
        ("admissions", "0005_load_of_promises"),
    ]
    operations = []
