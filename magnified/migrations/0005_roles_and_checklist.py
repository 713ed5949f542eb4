"""The roles were made here once more. Now the newest migration makes them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0004_roles_of_duty"),
        ("content", "0012_checklist"),
    ]
    operations = []
