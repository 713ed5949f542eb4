from django.db import migrations

# A row trigger only: one for TRUNCATE would also stop the test runner, which empties tables that way. The public role
# may not truncate; whoever owns the table may, and the chain shows it by a newest entry that was kept elsewhere.
CREATE = """
CREATE FUNCTION admissions_disclosure_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Disclosures are never changed and never deleted.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER admissions_disclosure_refuse_change BEFORE UPDATE OR DELETE ON admissions_disclosure
    FOR EACH ROW EXECUTE FUNCTION admissions_disclosure_refuse_change();
"""
DROP = """
DROP TRIGGER admissions_disclosure_refuse_change ON admissions_disclosure;
DROP FUNCTION admissions_disclosure_refuse_change();
"""


def run(sql):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    """PostgreSQL refuses to change or delete a disclosure, whoever asks. Can be undone and run again."""

    dependencies = [("admissions", "0001_inquiries_threads_log_and_outbox")]

    operations = [migrations.RunPython(run(CREATE), run(DROP))]
