from django.db import migrations

PRESENTED = "inquiry_id IN (SELECT id FROM admissions_inquiry)"
# Written messages take no place of a call.
VIEW = """
CREATE OR REPLACE VIEW admissions_load AS
SELECT CASE WHEN promise_withdrawn_on IS NULL THEN promised_by END AS promised_by, COUNT(*) AS inquiries
FROM admissions_inquiry
WHERE kind <> 'probe' AND status NOT IN ('handled', 'junk', 'destroyed') AND NOT outside_calendar
    AND (promised_by IS NOT NULL OR status = 'new') {and_by_phone}
GROUP BY 1
"""
# Code of an earlier release, which may still run while this one comes, fills none of these columns.
DEFAULTS = {"closed_as": "''", "by_phone": "true", "tries": "0", "is_number_wrong": "false"}
CLOCK = """
CREATE FUNCTION admissions_inquiry_has_its_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status NOT IN ('new', 'open', 'waiting') THEN
        NEW.next_at := NULL;
    ELSIF NEW.next_at IS NULL THEN
        NEW.next_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER admissions_inquiry_has_its_clock BEFORE INSERT OR UPDATE ON admissions_inquiry
    FOR EACH ROW EXECUTE FUNCTION admissions_inquiry_has_its_clock();
"""
NO_CLOCK = """
DROP TRIGGER admissions_inquiry_has_its_clock ON admissions_inquiry;
DROP FUNCTION admissions_inquiry_has_its_clock();
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for column, value in DEFAULTS.items():
        schema_editor.execute(f"ALTER TABLE admissions_inquiry ALTER COLUMN {column} SET DEFAULT {value}")
    schema_editor.execute(VIEW.format(and_by_phone="AND by_phone"), params=None)
    schema_editor.execute(CLOCK, params=None)
    schema_editor.execute("ALTER TABLE admissions_attempt ENABLE ROW LEVEL SECURITY")
    schema_editor.execute(f"CREATE POLICY presented_select ON admissions_attempt FOR SELECT USING ({PRESENTED})")


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("DROP POLICY presented_select ON admissions_attempt")
    schema_editor.execute("ALTER TABLE admissions_attempt DISABLE ROW LEVEL SECURITY")
    schema_editor.execute(NO_CLOCK, params=None)
    schema_editor.execute(VIEW.format(and_by_phone=""), params=None)
    for column in DEFAULTS:
        schema_editor.execute(f"ALTER TABLE admissions_inquiry ALTER COLUMN {column} DROP DEFAULT")


class Migration(migrations.Migration):
    """On PostgreSQL: a clock for rows of the release before, and row security of what was tried."""

    dependencies = [("admissions", "0004_desk")]

    operations = [migrations.RunPython(forwards, backwards)]
