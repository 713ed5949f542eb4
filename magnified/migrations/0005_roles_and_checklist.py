"""Groups and permissions of `magnified/roles.py`. Going back leaves the groups as they are."""

from django.db import migrations

from magnified.roles import make_roles


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0004_roles_of_duty"),
        ("content", "0012_checklist"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
