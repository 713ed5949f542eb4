from django.db import migrations

# The process that serves visitors has a database role of its own (magnified/database_roles.py says what it may). Of the
# threads it sees the one whose return code it was given, or whose form: the transaction presents a hash of it. For a
# thread that is being destroyed neither leads there any more, so its id is presented while that is done.
#
# The owner of the tables, who migrates, passes all this by; staff and worker have policies of their own there.
PRESENTED = "decode(current_setting('admissions.presented', true), 'hex')"
CLOSING = "nullif(current_setting('admissions.closing', true), '')::uuid"
ROW = f"return_hash = {PRESENTED} OR token_hash = {PRESENTED} OR (return_hash IS NULL AND id = {CLOSING})"
OF_INQUIRY = "inquiry_id IN (SELECT id FROM admissions_inquiry)"
TABLES = {  # rows that are seen, and what may be done with them beside adding new ones
    "admissions_inquiry": (ROW, ("SELECT", "UPDATE")),
    "admissions_message": (OF_INQUIRY, ("SELECT", "DELETE")),
    "admissions_messagekey": (
        "message_id IN (SELECT id FROM admissions_message)",
        ("SELECT", "UPDATE", "DELETE"),
    ),
    "admissions_staffnote": (OF_INQUIRY, ("SELECT", "DELETE")),
    "admissions_staffnotekey": ("note_id IN (SELECT id FROM admissions_staffnote)", ("SELECT", "DELETE")),
    "admissions_alert": (OF_INQUIRY, ("SELECT", "DELETE")),
}
VIEW = f"""
CREATE VIEW admissions_look WITH (security_barrier) AS
SELECT record, role, action, at FROM admissions_disclosure
WHERE record IN (SELECT id FROM admissions_inquiry WHERE return_hash = {PRESENTED})
"""  # noqa: S608 reason=all of it is written here
# Code of an earlier release does not fill these columns. Django's own db_default would read them back after each
# INSERT, which a role that may only insert cannot do.
DEFAULTS = {("admissions_alert", '"to"'): "'team'", ("admissions_inquiry", "do_not_contact"): "false"}


def forwards():
    for table, (rows, verbs) in TABLES.items():
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"CREATE POLICY new ON {table} FOR INSERT WITH CHECK (true)"
        for verb in verbs:
            check = " WITH CHECK (true)" if verb == "UPDATE" else ""
            yield f"CREATE POLICY presented_{verb.lower()} ON {table} FOR {verb} USING ({rows}){check}"
    yield VIEW
    for (table, column), value in DEFAULTS.items():
        yield f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value}"


def backwards():
    for table, column in DEFAULTS:
        yield f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT"
    yield "DROP VIEW admissions_look"
    for table, (_, verbs) in reversed(TABLES.items()):
        for policy in ("new", *(f"presented_{verb.lower()}" for verb in verbs)):
            yield f"DROP POLICY {policy} ON {table}"
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements():
                schema_editor.execute(statement, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    """Row security for the role of the public process, on PostgreSQL. Can be undone and run again."""

    dependencies = [("admissions", "0006_what_visitors_take_back")]

    operations = [migrations.RunPython(run(forwards), run(backwards))]
