"""What each process may do in the database, on PostgreSQL: a role for each, and an owner for the release alone.

- `public` reads what is published and the calendar, and adds what visitors send. Of inquiries it sees only the thread
  that it presents a hash of (`admissions/services/row_security.py`), and of that thread no staff note.
- `staff` reads and writes everything, but for the log of looks: it adds to that, and changes nothing in it.
- `worker` sees which inquiries wait and until when, never a text, a key, an account's password or a session. It
  destroys what is over.

None of them owns a table, so none can cut the log, switch a trigger off or give itself a right (promises P31, P38).
Whatever is not named here is denied.
"""

from typing import NamedTuple

from django.db import connection, transaction

LOG = "admissions_disclosure"
# Tables with row security (`admissions` 0007).
SEALED = (
    "admissions_inquiry admissions_message admissions_messagekey admissions_staffnote admissions_staffnotekey "
    "admissions_alert admissions_keptform admissions_keptformkey"
)
DUTY = "admissions_openinghours admissions_shift admissions_closedday admissions_pause admissions_load"
# Of what editors write: what visitors may read, never what staff say to each other. Drafts are rows of
# `content_revision`, beside what was published: this role could read them, and no page of the public process does.
PAGES = (
    "content_article content_article_topics content_centre content_formeraddress content_formerreviewerslug "
    "content_formertopicslug content_helpline content_notice content_picture content_reviewer content_revision "
    "content_searchentry content_searchword content_signoff content_source content_term content_topic"
)
CLOSED = (  # what a purge writes on an inquiry, and a visitor who destroys one
    "return_hash, visitor_public_key, token_hash, body_hmac"
)
CHANGED = (  # by a visitor who came back; never `kind`, `hold` or whatever else staff decide
    "status, version, promised_by, promise_broken_on, promise_withdrawn_on, handled_on, do_not_contact, next_at, "
    f"claimed_by_id, claimed_until, {CLOSED}"
)
PUBLIC = {
    **dict.fromkeys([*PAGES.split(), *DUTY.split(), "admissions_look"], "SELECT"),
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
# MAINTAIN: to write the tables of keys anew, without those that were destroyed (`retention.wipe_freed_space`).
WORKER = {
    **dict.fromkeys(DUTY.split(), "SELECT"),
    "admissions_inquiry": f"SELECT, DELETE, UPDATE (version, promise_broken_on, promise_withdrawn_on, {CLOSED})",
    "admissions_message": "SELECT (id, inquiry_id, number), DELETE",
    "admissions_messagekey": "SELECT (message_id), DELETE, MAINTAIN",
    "admissions_staffnote": "SELECT (id, inquiry_id, number), DELETE",
    "admissions_staffnotekey": "SELECT (note_id), DELETE, MAINTAIN",
    "admissions_keptform": "SELECT (id, inquiry_id, used_at), DELETE",
    "admissions_keptformkey": "SELECT (form_id), DELETE, MAINTAIN",
    "admissions_alert": "SELECT, INSERT, UPDATE, DELETE",
    "admissions_nightlyrun": "SELECT, INSERT, UPDATE, DELETE",
    LOG: "SELECT (number, digest, record, action, at)",  # has anybody looked? never who
    "django_session": "SELECT (expire_date), DELETE",  # those that are over
    "auth_user": "SELECT (id, email, is_active)",  # of editors who are told that something waits
}
# What goes with an article out of the trash.
BINNED = (
    "content_article_topics content_callpanel content_carecard content_comment content_formeraddress "
    "content_handover content_livefinding content_openform content_pictureblock content_readeranswer "
    "content_relatedarticle content_revision content_searchentry content_section content_sharelink "
    "content_shareopening content_signoff content_step content_usage content_waiver"
)
WORKER_WRITES = {  # among the tables of `content`, all of which it reads for the nightly checks
    **dict.fromkeys(BINNED.split(), "DELETE"),
    "content_article": "DELETE, UPDATE (archived_at, deleted_at, deleted_by_id, translation_of_id)",
    "content_announcement": "DELETE",
    "content_staffmail": "UPDATE (next_try), DELETE",
    "content_link": "INSERT, UPDATE, DELETE",
    "content_livefinding": "INSERT, DELETE",
}


class Process(NamedTuple):
    """`setting` names its DATABASE_URL at the release; `sees_all_rows`: row security hides no inquiry from it."""

    setting: str
    sees_all_rows: bool
    summary: str


PROCESSES = {
    "public": Process("PUBLIC_DATABASE_URL", False, "read the pages, add messages, open the thread presented to it"),
    "staff": Process("STAFF_DATABASE_URL", True, "read and write everything, and only add to the log of looks"),
    "worker": Process("WORKER_DATABASE_URL", True, "send what is due and destroy what is over, and read no text"),
}


class UnsafeRole(Exception):
    """The role that was named has more power than any grant: the message names it."""


@transaction.atomic
def grant(process: str, role: str, *, password: str = "") -> None:
    """Give `role` the rights of `process` and no others, and make it if there is none.

    Raises `UnsafeRole` or `DatabaseError`.
    """
    name = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
        if power := power_of(role):
            raise UnsafeRole(f"{role} {power}.")
        if password:
            # Scrambled here: the server, and whatever it logs, never hears the password itself.
            scrambled = cursor.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            cursor.execute(f"ALTER ROLE {name} PASSWORD '{scrambled.decode()}'")
        close_to_everybody()
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
        cursor.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {name}")
        for table, rights in rights_of(process).items():
            cursor.execute(f"GRANT {rights} ON {connection.ops.quote_name(table)} TO {name}")
        if process != "public":
            cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in SEALED.split():
            set_policy(table, process, role)


def rights_of(process: str) -> dict[str, str]:
    """By table, as GRANT writes them."""
    if process == "public":
        return PUBLIC
    everything = tables()
    if process == "staff":
        return dict.fromkeys(everything, "SELECT, INSERT, UPDATE, DELETE") | {
            LOG: "SELECT, INSERT",
            "django_migrations": "SELECT",
        }
    reads = {table: "SELECT" for table in everything if table.startswith("content_")}
    writes = {table: f"SELECT, {rights}" for table, rights in WORKER_WRITES.items()}
    return WORKER | reads | writes


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return [table.name for table in connection.introspection.get_table_list(cursor)] + ["admissions_load"]


def set_policy(table: str, process: str, role: str) -> None:
    """Row security shows every row to the role of a process that works through all of them, and to no other role.

    What is right stays as it is: to change a policy is to wait for everybody who uses the table.
    """
    wanted = {(process, role)} if PROCESSES[process].sees_all_rows else set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT policyname, roles[1] FROM pg_policies WHERE schemaname = 'public' AND tablename = %s "
            "AND policyname = ANY(%s) AND (policyname = %s OR %s = ANY(roles))",
            [table, list(PROCESSES), process, role],
        )
        there = set(cursor.fetchall())
        for policy, _ in there - wanted:
            cursor.execute(f"DROP POLICY {policy} ON {table}")
        for policy, _ in wanted - there:
            name = connection.ops.quote_name(role)
            cursor.execute(f"CREATE POLICY {policy} ON {table} TO {name} USING (true) WITH CHECK (true)")


def close_to_everybody() -> None:
    """What PostgreSQL lets anybody do who may connect, and no process needs: fill the disk, or leave things behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), rolsuper FROM pg_roles WHERE rolname = current_user")
        database, is_superuser = cursor.fetchone()
        cursor.execute(f"REVOKE TEMPORARY ON DATABASE {connection.ops.quote_name(database)} FROM PUBLIC")
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        if is_superuser:  # large objects; the functions belong to whoever made the cluster
            for function in ("lo_create(oid)", "lo_creat(integer)", "lo_from_bytea(oid, bytea)"):
                cursor.execute(f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC")


def power_of(role: str) -> str:
    """What makes grants to `role` pointless, in words; nothing for a role that is as powerless as it should be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb OR rolreplication, "
            "EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid), "
            "EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) "
            "OR EXISTS (SELECT FROM pg_database WHERE datdba = pg_roles.oid) FROM pg_roles WHERE rolname = %s",
            [role],
        )
        powers = (
            "is a superuser",
            "passes row security by",
            "may make roles",
            "may make or copy databases",
            "is a member of another role",
            "owns tables or a database, and so sees everything in them",
        )
        return next((power for power, has in zip(powers, cursor.fetchone(), strict=True) if has), "")
