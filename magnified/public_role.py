"""What the database role of the public process may do, on PostgreSQL: read the pages, add messages, open one thread.

It reads what is published and the calendar, and adds what visitors send. Of inquiries it sees only the thread that it
presents a hash of (`admissions/presenting.py`), and of that thread no staff note. Whatever is not named here is denied.
"""

from django.db import connection, transaction

DUTY = "admissions_openinghours admissions_shift admissions_closedday admissions_pause admissions_load admissions_look"
# Of what editors write: what visitors may read, never what staff say to each other. Drafts are rows of
# `content_revision`, beside what was published: this role could read them, and no page of the public process does.
PAGES = (
    "content_article content_article_topics content_centre content_formeraddress content_formerreviewerslug "
    "content_formertopicslug content_helpline content_notice content_picture content_reviewer content_revision "
    "content_searchentry content_searchword content_signoff content_source content_term content_topic"
)
CHANGED = (  # by a visitor who came back; never `kind`, `hold` or whatever else staff decide
    "status, version, promised_by, promise_broken_on, promise_withdrawn_on, handled_on, do_not_contact, next_at, "
    "claimed_by_id, claimed_until, return_hash, visitor_public_key, token_hash, body_hmac"
)
RIGHTS = {
    "admissions_inquiry": f"SELECT, INSERT, UPDATE ({CHANGED})",
    "admissions_message": "SELECT, INSERT, DELETE",
    "admissions_messagekey": "SELECT, INSERT, UPDATE (visitor_wrap), DELETE",
    "admissions_alert": "SELECT (id, inquiry_id), INSERT, DELETE",
    "admissions_staffnote": "SELECT (id, inquiry_id), INSERT, DELETE",  # to destroy them, never to read them
    "admissions_staffnotekey": "SELECT (note_id), INSERT, DELETE",
    "admissions_keptform": "SELECT (id, inquiry_id), DELETE",
    "admissions_keptformkey": "SELECT (form_id), DELETE",
    "content_readeranswer": "SELECT (article_id, answered_on), INSERT",  # to count them
}


@transaction.atomic
def grant(role: str, *, password: str = "") -> None:
    """Give `role` these rights and no others, and make it if there is none. Raises `DatabaseError`."""
    name = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
        if password:
            # Scrambled here: the server, and whatever it logs, never hears the password itself.
            scrambled = cursor.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            cursor.execute(f"ALTER ROLE {name} PASSWORD '{scrambled.decode()}'")
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
        for table in (*PAGES.split(), *DUTY.split()):
            cursor.execute(f"GRANT SELECT ON {connection.ops.quote_name(table)} TO {name}")
        for table, rights in RIGHTS.items():
            cursor.execute(f"GRANT {rights} ON {table} TO {name}")


def owner() -> str:
    """Who is signed in to the database now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])
