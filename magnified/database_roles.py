"""A database role for each process, on PostgreSQL. `database_roles.sql` says what each may do."""

from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from content.models.blocks import BLOCKS

RIGHTS = Path(__file__).with_suffix(".sql")
# Tables with row security. It hides no row from those who work through all of them.
SEALED = (
    "admissions_inquiry admissions_message admissions_messagekey admissions_staffnote admissions_staffnotekey "
    "admissions_alert admissions_attempt admissions_keptform admissions_keptformkey"
)
SEE_ALL_ROWS = ("staff", "worker")


class Process(NamedTuple):
    """`setting` names its DATABASE_URL at the release."""

    setting: str
    summary: str


PROCESSES = {
    "public": Process("PUBLIC_DATABASE_URL", "read the pages, add messages, open the thread presented to it"),
    "staff": Process("STAFF_DATABASE_URL", "read and write everything, and only add to the log of looks"),
    "worker": Process("WORKER_DATABASE_URL", "send what is due and destroy what is over, and read no text"),
}
POWERS = {  # what makes grants to a role pointless
    "is a superuser": "rolsuper",
    "passes row security by": "rolbypassrls",
    "may make roles": "rolcreaterole",
    "may make or copy databases": "rolcreatedb OR rolreplication",
    "is a member of another role": "EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)",
    "owns tables or a database, and so sees everything in them": "EXISTS (SELECT FROM pg_class WHERE relowner = "
    "pg_roles.oid) OR EXISTS (SELECT FROM pg_database WHERE datdba = pg_roles.oid)",
}


class UnsafeRole(Exception):
    """The role that was named has more power than any grant: the message says which, and what to do."""


@transaction.atomic
def grant(roles: dict[str, str], passwords: dict[str, str] | None = None) -> None:
    """Give the role of each process its rights and no others, and make those that are missing.

    Raises `UnsafeRole` or `DatabaseError`.
    """
    quoted = {process: connection.ops.quote_name(role) for process, role in roles.items()}
    with connection.cursor() as cursor:
        for process, role in roles.items():
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {quoted[process]} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
            if power := power_of(role):
                raise UnsafeRole(f"{role} {power}. Name another role in {PROCESSES[process].setting}.")
            if password := (passwords or {}).get(process):
                # Scrambled here: the server, and whatever it logs, never hears the password itself.
                scrambled = cursor.connection.pgconn.encrypt_password(
                    password.encode(), role.encode(), b"scram-sha-256"
                )
                cursor.execute(f"ALTER ROLE {quoted[process]} PASSWORD '{scrambled.decode()}'")
        cursor.execute("SELECT current_database()")
        [database] = cursor.fetchone()
        tables = [table.name for table in connection.introspection.get_table_list(cursor)]
        cursor.execute(
            RIGHTS.read_text().format(
                database=connection.ops.quote_name(database),
                content_tables=", ".join(name for name in tables if name.startswith("content_")),
                block_tables=", ".join(model._meta.db_table for model in BLOCKS),
                **quoted,
            )
        )
        set_policies(cursor, roles)


def set_policies(cursor: CursorWrapper, roles: dict[str, str]) -> None:
    """Row security shows every row to the roles of `SEE_ALL_ROWS`, and to no other role.

    What is right stays as it is: to change a policy is to wait for everybody who uses the table.
    """
    wanted = {(table, process, roles[process]) for table in SEALED.split() for process in SEE_ALL_ROWS}
    cursor.execute(
        "SELECT tablename, policyname, roles[1] FROM pg_policies WHERE schemaname = 'public' AND policyname = ANY(%s)",
        [list(PROCESSES)],
    )
    existing = set(cursor.fetchall())
    for table, policy, _ in existing - wanted:
        cursor.execute(f"DROP POLICY {policy} ON {table}")
    for table, policy, role in wanted - existing:
        name = connection.ops.quote_name(role)
        cursor.execute(f"CREATE POLICY {policy} ON {table} TO {name} USING (true) WITH CHECK (true)")


def power_of(role: str) -> str:
    """What makes grants to `role` pointless, in words; nothing for a role that is as powerless as it should be."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(POWERS.values())} FROM pg_roles WHERE rolname = %s", [role])  # noqa: S608 reason=our own words
        return next((power for power, has in zip(POWERS, cursor.fetchone(), strict=True) if has), "")
