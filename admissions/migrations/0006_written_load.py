from django.db import migrations

# As `admissions_load`, of those who want no call: written answers have places of their own.
VIEW = """
CREATE OR REPLACE VIEW admissions_written_load AS
SELECT CASE WHEN promise_withdrawn_on IS NULL THEN promised_by END AS promised_by, COUNT(*) AS inquiries
FROM admissions_inquiry
WHERE kind <> 'probe' AND status NOT IN ('handled', 'junk', 'destroyed') AND NOT outside_calendar
    AND (promised_by IS NOT NULL OR status = 'new') AND NOT by_phone
GROUP BY 1
"""


def run(statement):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("admissions", "0005_desk_sql")]

    operations = [migrations.RunPython(run(VIEW), run("DROP VIEW admissions_written_load"))]
