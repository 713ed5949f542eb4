from django.db import migrations

# How many are promised a call by when, and under NULL how many wait without a time: all that the public process may
# know of the queue. SQLite has no roles to keep apart, and there a view would stand in the way of altering the table.
CREATE = """
CREATE VIEW admissions_load AS
SELECT CASE WHEN promise_withdrawn_on IS NULL THEN promised_by END AS promised_by, COUNT(*) AS inquiries
FROM admissions_inquiry
WHERE kind <> 'probe' AND status NOT IN ('handled', 'junk') AND (promised_by IS NOT NULL OR status = 'new')
GROUP BY 1;
"""
DROP = "DROP VIEW admissions_load;"


def run(sql):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    """The view of load, on PostgreSQL. Can be undone and run again."""

    dependencies = [("admissions", "0004_duty_calendar_and_promises")]

    operations = [migrations.RunPython(run(CREATE), run(DROP))]
