"""Groups and permissions of `magnified/roles.py`. Going back leaves the groups as they are."""

from django.db import migrations

from magnified.roles import make_roles


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0005_roles_and_checklist"),
        ("content", "0014_workflow"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
