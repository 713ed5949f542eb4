"""What PostgreSQL alone keeps: defaults, two views, row security and three triggers. All may run where it is already.

SQLite has no roles to keep apart, and there a view would stand in the way of altering a table.
"""

from django.db import migrations

# Code of an earlier release does not fill these columns. Django's own db_default would read them back after each
# INSERT, which a role that may only insert cannot do.
DEFAULTS = [
    ("admissions_alert", '"to"', "'team'"),
    ("admissions_inquiry", "do_not_contact", "false"),
    ("admissions_inquiry", "outside_calendar", "false"),
    ("admissions_disclosure", "actor_name", "''"),
]

# The process that serves visitors has a database role of its own (magnified/database_roles.sql says what it may). Of the
# threads it sees the one whose return code it was given, or whose form: the transaction presents a hash of it. For a
# thread that is being destroyed neither leads there any more, so its id is presented while that is done. A visit to
# that process while somebody else runs code there must leave nothing behind that outlives the visit.
#
# The owner of the tables, who migrates, passes all this by; staff and worker have policies of their own there.
PRESENTED = "decode(current_setting('admissions.presented', true), 'hex')"
CLOSING = "nullif(current_setting('admissions.closing', true), '')::uuid"
DESTROYED = f"return_hash IS NULL AND id = {CLOSING}"
INQUIRIES = "SELECT id FROM admissions_inquiry"
OF_INQUIRY = f"inquiry_id IN ({INQUIRIES})"
OF_MESSAGE = "message_id IN (SELECT id FROM admissions_message)"
OF_NOTE = "note_id IN (SELECT id FROM admissions_staffnote)"
OF_FORM = "form_id IN (SELECT id FROM admissions_keptform)"
# Rows go only with the whole thread, once no code leads to it any more, and never against a legal hold.
CLOSED = f"inquiry_id IN ({INQUIRIES} WHERE return_hash IS NULL AND NOT hold)"
MESSAGE_CLOSED = f"message_id IN (SELECT id FROM admissions_message WHERE {CLOSED})"  # noqa: S608 reason=all of it is written here
NOTE_CLOSED = f"note_id IN (SELECT id FROM admissions_staffnote WHERE {CLOSED})"  # noqa: S608 reason=all of it is written here
POLICIES = {
    "admissions_inquiry": {
        "INSERT": "WITH CHECK (true)",
        "SELECT": f"USING (return_hash = {PRESENTED} OR token_hash = {PRESENTED} OR ({DESTROYED}))",
        "UPDATE": f"USING (return_hash = {PRESENTED} OR ({DESTROYED}))"
        f" WITH CHECK (return_hash = {PRESENTED} OR return_hash IS NULL)",
    },
    "admissions_message": {
        "INSERT": f"WITH CHECK (author = 'visitor' AND {OF_INQUIRY})",
        "SELECT": f"USING ({OF_INQUIRY})",
        "DELETE": f"USING ({CLOSED})",
    },
    "admissions_messagekey": {
        "INSERT": f"WITH CHECK ({OF_MESSAGE})",
        "SELECT": f"USING ({OF_MESSAGE})",
        "UPDATE": f"USING ({OF_MESSAGE}) WITH CHECK (true)",
        "DELETE": f"USING ({MESSAGE_CLOSED})",
    },
    "admissions_staffnote": {
        "INSERT": f"WITH CHECK ({OF_INQUIRY})",
        "SELECT": f"USING ({OF_INQUIRY})",
        "DELETE": f"USING ({CLOSED})",
    },
    "admissions_staffnotekey": {
        "INSERT": f"WITH CHECK ({OF_NOTE})",
        "SELECT": f"USING ({OF_NOTE})",
        "DELETE": f"USING ({NOTE_CLOSED})",
    },
    "admissions_alert": {
        "INSERT": f"WITH CHECK ({OF_INQUIRY})",
        "SELECT": f"USING ({OF_INQUIRY})",
        "DELETE": f"USING (inquiry_id IN ({INQUIRIES} WHERE return_hash IS NULL))",
    },
    # Destroyed when a visitor destroys the inquiry, and nothing of them is read.
    "admissions_keptform": {"SELECT": f"USING ({OF_INQUIRY})", "DELETE": f"USING ({OF_INQUIRY})"},
    "admissions_keptformkey": {"SELECT": f"USING ({OF_FORM})", "DELETE": f"USING ({OF_FORM})"},
}

VIEWS = {
    # How many are promised a call by when, and under NULL how many wait without a time: all that the public process may
    # know of the queue.
    "admissions_load": """
        CREATE OR REPLACE VIEW admissions_load AS
        SELECT CASE WHEN promise_withdrawn_on IS NULL THEN promised_by END AS promised_by, COUNT(*) AS inquiries
        FROM admissions_inquiry
        WHERE kind <> 'probe' AND status NOT IN ('handled', 'junk', 'destroyed') AND NOT outside_calendar
            AND (promised_by IS NOT NULL OR status = 'new')
        GROUP BY 1
    """,
    "admissions_look": f"""
        CREATE OR REPLACE VIEW admissions_look WITH (security_barrier) AS
        SELECT record, role, action, at FROM admissions_disclosure
        WHERE record IN (SELECT id FROM admissions_inquiry WHERE return_hash = {PRESENTED})
    """,  # noqa: S608 reason=all of it is written here
}

TRIGGERS = {  # name, and function of it: table, events, body
    # A row trigger only: one for TRUNCATE would also stop the test runner, which empties tables that way. The public
    # role may not truncate; whoever owns the table may, and the chain shows it by a newest entry that was kept elsewhere.
    "admissions_disclosure_refuse_change": (
        "admissions_disclosure",
        "UPDATE OR DELETE",
        """
        BEGIN
            RAISE EXCEPTION 'Disclosures are never changed and never deleted.' USING ERRCODE = 'restrict_violation';
        END
        """,
    ),
    # What a thread is found and answered by can be taken away and never exchanged, by the role of any process: whoever
    # exchanged it would read every later reply. The owner of the tables, who migrates, passes by.
    "admissions_inquiry_keeps_its_visitor": (
        "admissions_inquiry",
        "UPDATE",
        """
        BEGIN
            IF row_security_active(TG_RELID) AND (
                (NEW.return_hash IS NOT NULL AND NEW.return_hash IS DISTINCT FROM OLD.return_hash)
                OR (NEW.visitor_public_key IS NOT NULL
                    AND NEW.visitor_public_key IS DISTINCT FROM OLD.visitor_public_key)
                OR (NEW.return_hash IS NOT NULL AND NEW.token_hash <> OLD.token_hash)
                OR NEW.id <> OLD.id
            ) THEN
                RAISE EXCEPTION 'What a visitor comes back with is never exchanged.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END
        """,
    ),
    "admissions_messagekey_keeps_its_visitor": (
        "admissions_messagekey",
        "UPDATE",
        """
        BEGIN
            IF row_security_active(TG_RELID) AND NEW.visitor_wrap IS NOT NULL
                AND NEW.visitor_wrap IS DISTINCT FROM OLD.visitor_wrap
            THEN
                RAISE EXCEPTION 'What a visitor opens a message with is never exchanged.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END
        """,
    ),
}


def policies():
    for table, rules in POLICIES.items():
        for verb, rule in rules.items():
            yield table, "new" if verb == "INSERT" else f"presented_{verb.lower()}", verb, rule


def create():
    for table, column, value in DEFAULTS:
        yield f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value}"
    yield from VIEWS.values()
    for table in POLICIES:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    for table, name, verb, rule in policies():
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
        yield f"CREATE POLICY {name} ON {table} FOR {verb} {rule}"
    for name, (table, events, body) in TRIGGERS.items():
        yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        yield f"CREATE OR REPLACE TRIGGER {name} BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"


def drop():
    """Row security stays on, and without a policy the public role sees and changes no row."""
    for name, (table, _events, _body) in TRIGGERS.items():
        yield f"DROP TRIGGER {name} ON {table}"
        yield f"DROP FUNCTION {name}()"
    for table, name, _verb, _rule in policies():
        yield f"DROP POLICY {name} ON {table}"
    for view in VIEWS:
        yield f"DROP VIEW {view}"
    for table, column, _value in DEFAULTS:
        yield f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT"


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements():
                schema_editor.execute(statement, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    """Can be undone and run again."""

    replaces = [("admissions", "0014_what_no_process_may_change")]

    dependencies = [("admissions", "0015_nightly_runs")]  # 0002: see there

    operations = [migrations.RunPython(run(create), run(drop))]
