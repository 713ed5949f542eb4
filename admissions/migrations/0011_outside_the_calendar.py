from django.db import migrations, models

# Code of the release before does not fill the column, and a role that may only insert cannot have Django's db_default.
FORWARDS = """
ALTER TABLE admissions_inquiry ALTER COLUMN outside_calendar SET DEFAULT false;
CREATE OR REPLACE VIEW admissions_load AS
SELECT CASE WHEN promise_withdrawn_on IS NULL THEN promised_by END AS promised_by, COUNT(*) AS inquiries
FROM admissions_inquiry
WHERE kind <> 'probe' AND status NOT IN ('handled', 'junk', 'destroyed') AND NOT outside_calendar
    AND (promised_by IS NOT NULL OR status = 'new')
GROUP BY 1;
"""
BACKWARDS = """
CREATE OR REPLACE VIEW admissions_load AS
SELECT CASE WHEN promise_withdrawn_on IS NULL THEN promised_by END AS promised_by, COUNT(*) AS inquiries
FROM admissions_inquiry
WHERE kind <> 'probe' AND status NOT IN ('handled', 'junk', 'destroyed')
    AND (promised_by IS NOT NULL OR status = 'new')
GROUP BY 1;
ALTER TABLE admissions_inquiry ALTER COLUMN outside_calendar DROP DEFAULT;
"""


def run(sql):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("admissions", "0010_names_and_threads_in_the_log")]

    operations = [
        migrations.AddField(
            model_name="inquiry",
            name="outside_calendar",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="It looked like junk, or came from where many came from: named no time.",
            ),
        ),
        migrations.RunPython(run(FORWARDS), run(BACKWARDS)),
    ]
