"""Everything that a database was told to keep, as lines that two databases can be compared by, whatever their past."""

import re

from django.db.backends.base.base import BaseDatabaseWrapper

# Views, functions and rules of this site alone; the order of columns is not compared, for all code names its columns.
POSTGRESQL = """
    SELECT 'column', table_name::text, column_name::text, udt_name::text, character_maximum_length::text,
        is_nullable::text, column_default::text, is_identity::text, is_generated::text, generation_expression::text
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable::text,
        condeferred::text, NULL, NULL, NULL, NULL
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL SELECT 'index', tablename, indexname, indexdef, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text,
        NULL, NULL, NULL, NULL, NULL
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, pg_get_functiondef(oid), NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'policy', tablename, policyname, permissive, roles::text, cmd, qual, with_check, NULL, NULL
    FROM pg_policies WHERE schemaname = 'public'
    UNION ALL SELECT 'relation', relname, relkind::text, relrowsecurity::text, relforcerowsecurity::text,
        reloptions::text, CASE WHEN relkind = 'v' THEN pg_get_viewdef(oid) END, relacl::text, NULL, NULL
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
# `x IN ('a', 'b')` is another expression once it has gone through a dump: each of its texts has a cast of its own.
ADDED_BY_A_DUMP = re.compile(r"::character varying|::text(\[\])?|[()]")


def schema(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables, columns, defaults, constraints, indexes, views, triggers, functions, policies and rights; sorted."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            lines = (" ".join(" ".join(map(str, row)).split()) for row in cursor.fetchall())
            return sorted(ADDED_BY_A_DUMP.sub("", line) for line in lines)
        cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return sorted(
            line
            for kind, name, sql in cursor.fetchall()
            for line in ([f"{kind} {' '.join(sql.split())}"] if kind != "table" else table_lines(name, sql))
        )


def table_lines(name: str, sql: str) -> list[str]:
    """One line for each column and constraint of a table of SQLite, its words in order of the alphabet."""
    parts, depth = [""], 0
    for char in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    kind = " ".join(sql[: sql.index("(")].replace(chr(34), "").split())
    return [f"{kind} {' '.join(sorted(part.replace(chr(34), '').split()))}" for part in parts]
