"""Rows that a migration has to change are changed as it says, on SQLite and on PostgreSQL."""

import datetime

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from content.models import Source

BEFORE = [("content", "0001_initial")]


@pytest.fixture
def database(transactional_db, tmp_path):
    """Another database, empty, which everything in this test takes for the only one."""
    ours = connections["default"]
    fresh = ours.copy()
    if ours.vendor == "sqlite":
        fresh.settings_dict["NAME"] = str(tmp_path / "before.sqlite3")
    else:
        fresh.settings_dict["NAME"] = f"{ours.settings_dict['NAME']}_before"
        with ours.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{fresh.settings_dict["NAME"]}"')
    connections["default"] = fresh
    yield fresh
    fresh.close()
    connections["default"] = ours
    if ours.vendor != "sqlite":
        with ours.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{fresh.settings_dict["NAME"]}"')


def migrate(connection, targets=None):
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())
    return MigrationExecutor(connection).loader.project_state(targets).apps if targets else None


def test_sources_with_one_doi_in_two_cases_keep_their_keys_and_addresses(database):
    apps = migrate(database, BEFORE)
    sources = apps.get_model("content", "Source").objects
    opened = datetime.date(2026, 11, 23)
    for key, doi in (
        ("one", "10.1001/JAMA.X"),
        ("two", "10.1001/jama.x."),
        ("three", "10.1001/jama.x"),
        ("other", "10.1136/bmj.j1550"),
        ("none", ""),
    ):
        sources.create(key=key, title="T", doi=doi, opened_on=opened)
    migrate(database)
    assert list(Source.objects.order_by("pk").values_list("key", "doi", "url")) == [
        ("one", "10.1001/jama.x", ""),
        ("two", "", "https://doi.org/10.1001/jama.x"),
        ("three", "", "https://doi.org/10.1001/jama.x"),
        ("other", "10.1136/bmj.j1550", ""),
        ("none", "", ""),
    ]
