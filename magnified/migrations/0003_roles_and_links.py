"""The roles were made here for a while. Now the newest migration makes them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0002_roles_of_editors"),
        ("content", "0009_links"),
    ]
    operations = []
