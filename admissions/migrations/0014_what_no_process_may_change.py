from django.db import migrations

# Sharper row security for the role of the public process (0007 has the rest): a visit to it while somebody else runs
# code there must leave nothing behind that outlives the visit.
PRESENTED = "decode(current_setting('admissions.presented', true), 'hex')"
CLOSING = "nullif(current_setting('admissions.closing', true), '')::uuid"
ROW = f"return_hash = {PRESENTED} OR token_hash = {PRESENTED} OR (return_hash IS NULL AND id = {CLOSING})"
SEEN = "SELECT id FROM admissions_inquiry"
IN_IT = f"inquiry_id IN ({SEEN})"
OF_MESSAGE = "message_id IN (SELECT id FROM admissions_message)"
OF_NOTE = "note_id IN (SELECT id FROM admissions_staffnote)"
# Rows go only with the whole thread, once no code leads to it any more, and never against a legal hold.
CLOSED = f"{SEEN} WHERE return_hash IS NULL AND NOT hold"
IN_CLOSED = f"inquiry_id IN ({CLOSED})"
MESSAGES_CLOSED = f"SELECT id FROM admissions_message WHERE {IN_CLOSED}"  # noqa: S608 reason=all of it is written here
NOTES_CLOSED = f"SELECT id FROM admissions_staffnote WHERE {IN_CLOSED}"  # noqa: S608 reason=all of it is written here
OWN = f"return_hash = {PRESENTED} OR (return_hash IS NULL AND id = {CLOSING})"

POLICIES = [  # table, policy, what it says from here on, what 0007 made it say
    (
        "admissions_inquiry",
        "presented_update",
        f"USING ({OWN}) WITH CHECK (return_hash = {PRESENTED} OR return_hash IS NULL)",
        f"USING ({ROW}) WITH CHECK (true)",
    ),
    ("admissions_message", "new", f"WITH CHECK (author = 'visitor' AND {IN_IT})", "WITH CHECK (true)"),
    ("admissions_messagekey", "new", f"WITH CHECK ({OF_MESSAGE})", "WITH CHECK (true)"),
    ("admissions_staffnote", "new", f"WITH CHECK ({IN_IT})", "WITH CHECK (true)"),
    ("admissions_staffnotekey", "new", f"WITH CHECK ({OF_NOTE})", "WITH CHECK (true)"),
    ("admissions_alert", "new", f"WITH CHECK ({IN_IT})", "WITH CHECK (true)"),
    ("admissions_message", "presented_delete", f"USING ({IN_CLOSED})", f"USING ({IN_IT})"),
    (
        "admissions_messagekey",
        "presented_delete",
        f"USING (message_id IN ({MESSAGES_CLOSED}))",
        f"USING ({OF_MESSAGE})",
    ),
    ("admissions_staffnote", "presented_delete", f"USING ({IN_CLOSED})", f"USING ({IN_IT})"),
    (
        "admissions_staffnotekey",
        "presented_delete",
        f"USING (note_id IN ({NOTES_CLOSED}))",
        f"USING ({OF_NOTE})",
    ),
    (
        "admissions_alert",
        "presented_delete",
        f"USING (inquiry_id IN ({SEEN} WHERE return_hash IS NULL))",
        f"USING ({IN_IT})",
    ),
]
# What a thread is found and answered by can be taken away and never exchanged, by the role of any process: whoever
# exchanged it would read every later reply. The owner of the tables, who migrates, passes by.
TRIGGERS = """
CREATE FUNCTION admissions_inquiry_keeps_its_visitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF row_security_active(TG_RELID) AND (
        (NEW.return_hash IS NOT NULL AND NEW.return_hash IS DISTINCT FROM OLD.return_hash)
        OR (NEW.visitor_public_key IS NOT NULL AND NEW.visitor_public_key IS DISTINCT FROM OLD.visitor_public_key)
        OR (NEW.return_hash IS NOT NULL AND NEW.token_hash <> OLD.token_hash)
        OR NEW.id <> OLD.id
    ) THEN
        RAISE EXCEPTION 'What a visitor comes back with is never exchanged.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER admissions_inquiry_keeps_its_visitor BEFORE UPDATE ON admissions_inquiry
    FOR EACH ROW EXECUTE FUNCTION admissions_inquiry_keeps_its_visitor();
CREATE FUNCTION admissions_messagekey_keeps_its_visitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF row_security_active(TG_RELID) AND NEW.visitor_wrap IS NOT NULL
        AND NEW.visitor_wrap IS DISTINCT FROM OLD.visitor_wrap
    THEN
        RAISE EXCEPTION 'What a visitor opens a message with is never exchanged.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER admissions_messagekey_keeps_its_visitor BEFORE UPDATE ON admissions_messagekey
    FOR EACH ROW EXECUTE FUNCTION admissions_messagekey_keeps_its_visitor();
"""
NO_TRIGGERS = """
DROP TRIGGER admissions_messagekey_keeps_its_visitor ON admissions_messagekey;
DROP FUNCTION admissions_messagekey_keeps_its_visitor();
DROP TRIGGER admissions_inquiry_keeps_its_visitor ON admissions_inquiry;
DROP FUNCTION admissions_inquiry_keeps_its_visitor();
"""


def forwards():
    for table, policy, new, _ in POLICIES:
        yield f"ALTER POLICY {policy} ON {table} {new}"
    yield TRIGGERS


def backwards():
    yield NO_TRIGGERS
    for table, policy, _, former in POLICIES:
        yield f"ALTER POLICY {policy} ON {table} {former}"


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements():
                schema_editor.execute(statement, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    """No message in the team's name and no exchanged key from the public process. Can be undone and run again."""

    dependencies = [("admissions", "0013_pauses_within_reach")]

    operations = [migrations.RunPython(run(forwards), run(backwards))]
