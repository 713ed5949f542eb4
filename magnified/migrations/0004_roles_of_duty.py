"""Groups and permissions of `magnified/roles.py`, with those for duty. Going back leaves the groups as they are."""

from django.db import migrations

from magnified.roles import make_roles


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0003_roles_and_links"),
        ("admissions", "0005_load_of_promises"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
