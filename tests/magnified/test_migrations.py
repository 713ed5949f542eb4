"""A database that was in use is brought up to date: its rows stay, and it comes to what an empty one comes to.

tests/databases has one for each vendor. They were made at 403b4db, the last commit whose databases are carried: by its
`migrate`, and then by its own services an article published twice and renamed, a draft, two forms being typed in, a
record changed by staff, three sources of which two have one DOI, two sealed messages and three looks at them.
"""

import gzip
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db.migrations.exceptions import NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from admissions.models import Inquiry
from content.models import Article, ChangeRecord, OpenForm, SearchEntry, Source
from content.search import engine
from tests.content.test_migrations import database, migrate
from tests.schema import schema

__all__ = ["database"]

FILES = Path(__file__).parent.parent / "databases"
REPLACING = sorted(key for key, migration in MigrationLoader(None).disk_migrations.items() if migration.replaces)
# Tables in which a migration changes, adds or takes away rows on purpose. What becomes of them is tested by itself.
CHANGED = {
    "admissions_inquiry",  # what waits has a clock
    "auth_permission",
    "content_openform",
    "content_searchentry",
    "content_searchword",
    "content_source",
    "django_content_type",
    "django_migrations",
}


def fill(connection):
    """Put the database of 403b4db in the place of an empty one."""
    if connection.vendor == "sqlite":
        data = gzip.decompress((FILES / "403b4db.sqlite3.gz").read_bytes())
        connection.close()
        Path(connection.settings_dict["NAME"]).write_bytes(data)
    else:
        statements = gzip.decompress((FILES / "403b4db.postgresql.sql.gz").read_bytes()).decode()
        with connection.cursor() as cursor:
            cursor.execute(statements)


def rows(connection, columns=None):
    """Of each table the names of its columns, or those of `columns`, and its rows."""
    tables = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith("content_searchentry_fts"):
                named = [column.name for column in connection.introspection.get_table_description(cursor, table)]
                named = sorted(columns[table][0] if columns and table in columns else named)
                quoted = ", ".join(connection.ops.quote_name(name) for name in named)
                cursor.execute(f"SELECT {quoted} FROM {table}")  # noqa: S608 reason=names from the database itself
                tables[table] = named, sorted(map(repr, cursor.fetchall()))
    return tables


def test_a_database_of_before_keeps_its_rows(database, client):
    fill(database)
    before = rows(database)
    dropped = {"content_openform": {"kept_at", "kept_text"}}
    columns = {table: (set(named) - dropped.get(table, set()), None) for table, (named, _) in before.items()}
    call_command("migrate", verbosity=0)
    after = rows(database, columns)
    assert {table for table, content in before.items() if after[table] != content} == CHANGED
    with_rows = {table for table, (_, content) in before.items() if content}
    assert with_rows > CHANGED | {"admissions_messagekey", "admissions_disclosure", "content_revision"}

    assert list(Source.objects.order_by("pk").values_list("key", "doi", "url")) == [
        ("one", "10.1001/jama.x", ""),
        ("two", "", "https://doi.org/10.1001/jama.x"),
        ("other", "10.1136/bmj.j1550x", ""),
    ]
    waiting = Inquiry.objects.filter(status__in=Inquiry.WAITS)
    assert waiting and all(inquiry.next_at for inquiry in waiting), "what waits has a clock"
    assert OpenForm.objects.get().article.slug == "sponsors-renamed", "a form of an article never saved is gone"
    assert not SearchEntry.objects.exists(), "a word with a sign in it was cut in two"
    assert LogEntry.objects.get().get_edited_object() == ChangeRecord.objects.get(), "the model has another name"

    for article in Article.objects.all():  # what `load_starter` does at every release
        engine.index(article)
    assert [result["url"] for result in engine.find("sponsors", language="en").results] == [
        "/articles/sponsors-renamed/"
    ]
    assert client.get("/articles/sponsors-of-test/").url == "/articles/sponsors-renamed/"
    assert "once more" in client.get("/articles/sponsors-renamed/").content.decode()


def test_a_database_of_before_comes_to_what_an_empty_one_comes_to(database):
    migrate(database)
    of_an_empty_one = schema(database)
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    fill(database)
    assert schema(database) != of_an_empty_one
    migrate(database)
    assert schema(database) == of_an_empty_one


def test_a_database_with_all_that_is_replaced_has_nothing_to_do(database):
    migrate(database)
    recorder = MigrationRecorder(database)
    recorder.migration_qs.filter(app__in=["admissions", "content"]).delete()
    for key in REPLACING:
        for replaced in MigrationLoader(None).disk_migrations[key].replaces:
            recorder.record_applied(*replaced)
    executor = MigrationExecutor(database)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    assert not {(migration.app_label, migration.name) for migration, _ in plan} & set(REPLACING)


@pytest.mark.parametrize("key", [key for key in REPLACING if key[1] != "0003_sql_objects"], ids=".".join)
def test_a_database_with_a_part_of_what_is_replaced_is_refused(database, key):
    """And not taken for one that has all of it, or nothing."""
    recorder = MigrationRecorder(database)
    recorder.ensure_schema()
    *some, last = MigrationLoader(None).disk_migrations[key].replaces
    for replaced in some:
        recorder.record_applied(*replaced)
        with pytest.raises(NodeNotFoundError, match="some of the replaced migrations are already applied"):
            MigrationLoader(database)
    recorder.record_applied(*last)
    MigrationLoader(database)
