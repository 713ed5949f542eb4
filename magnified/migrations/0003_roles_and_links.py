"""Groups and permissions of `magnified/roles.py`, with those for links. Going back leaves the groups as they are."""

from django.db import migrations

from magnified.roles import make_roles


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0002_roles_of_editors"),
        ("content", "0009_links"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
