from django.db import migrations, models

TABLE = "admissions_disclosure"


def run(sql):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    """Entries that are there stay as they are, and verify. Code of an earlier release goes on writing such entries."""

    dependencies = [("admissions", "0009_junk_is_read_before_it_goes")]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="actor_name",
            field=models.CharField(blank=True, default="", max_length=150),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="disclosure",
            name="thread_state",
            field=models.BinaryField(max_length=36, null=True),
        ),
        migrations.RunPython(
            run(f"ALTER TABLE {TABLE} ALTER COLUMN actor_name SET DEFAULT ''"),
            run(f"ALTER TABLE {TABLE} ALTER COLUMN actor_name DROP DEFAULT"),
        ),
    ]
