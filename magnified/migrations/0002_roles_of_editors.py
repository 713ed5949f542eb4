"""Groups and permissions of `magnified/roles.py`. Idempotent; going back leaves the groups as they are."""

from django.apps import apps as current_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

from magnified.roles import TABLES, sync_roles


def make_roles(apps, schema_editor):
    # Django makes permissions after the last migration; the roles need them now.
    for app_label in TABLES:
        create_permissions(current_apps.get_app_config(app_label), verbosity=0, apps=apps)
    sync_roles(
        group_model=apps.get_model("auth", "Group"),
        permission_model=apps.get_model("auth", "Permission"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("magnified", "0001_roles"),
        ("content", "0005_readers_answers_and_terms"),
        ("admissions", "0002_disclosures_refuse_change"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
