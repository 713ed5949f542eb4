"""A site that was in use is brought up to date: what visitors read stays, on SQLite and on PostgreSQL."""

import datetime
import hashlib
import json

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from content.models import Article, FormerAddress, Notice, Picture, Revision, Source
from content.rendering import references
from content.search import engine

BEFORE_DATES = [("content", "0009_links"), ("admin", "0003_logentry_add_action_flag_choices")]
NOW = timezone.now()


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


def snapshot(title):
    block = {"type": "section", "heading": "A part", "anchor": "a-part", "text": "<p>Words about sponsors.</p>"}
    return {
        "format": 1,
        "kind": "standard",
        "language": "en",
        "title": title,
        "short_answer": "A short answer.",
        "meta_description": "",
        "blocks": [block],
        "related": [],
        "citations": [],
    }


class Before:
    """Rows as they were before publications had dates."""

    def __init__(self, apps):
        self.apps = apps
        self.user = apps.get_model("auth", "User").objects.create(username="kim", is_staff=True)
        self.reviewer = self.add(
            "Reviewer",
            slug="test",
            name="Dr. Test",
            credentials="a degree",
            licence_line="certified",
            biography="<p>A.</p>",
        )

    def add(self, model, **fields):
        return self.apps.get_model("content", model).objects.create(**fields)

    def article(self, slug, *days, on_site=None, drafts=0):
        """Published so many days ago, each time with another text; `on_site` is the number that stands there now."""
        article = self.add("Article", slug=slug, title=slug, reviewer=self.reviewer, language="en")
        for number, ago in enumerate([*days, *[None] * drafts], start=1):
            text = json.dumps(snapshot(f"{slug} {number}"), sort_keys=True, separators=(",", ":"))
            revision = self.add(
                "Revision",
                article=article,
                number=number,
                snapshot_json=text,
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                author=self.user,
                published_at=None if ago is None else NOW - datetime.timedelta(days=ago),
            )
            if number == on_site:
                article.published_revision = revision
                article.save()
                self.add("SearchEntry", article=article, language="en", title=slug, lead="a", words="sponsors")
        return article


def test_a_database_with_rows_comes_from_before_dates_to_now(database):
    before = Before(migrate(database, BEFORE_DATES))
    before.article("one-text", 9, on_site=1)
    before.article("three-texts", 9, 6, 3, on_site=3, drafts=1)
    before.article("an-older-one-again", 9, 6, on_site=1)
    before.article("withdrawn", 9, 6)
    before.article("draft", drafts=2)
    before.add("SearchWord", language="en", word="sponsors", articles=3)
    for alt in ("A room", ""):
        before.add("Picture", file=f"{len(alt):032d}.webp", alt=alt, width=800, height=600)
    for version in (1, 2):
        before.add("Notice", kind="privacy", language="en", version=version, title="Privacy", text=f"<p>{version}</p>")

    migrate(database)

    published = {article.slug: article.published_revision.number for article in Article.objects.published()}
    assert published == {"one-text": 1, "three-texts": 3, "an-older-one-again": 1}
    assert Article.objects.count() == 5 and Revision.objects.count() == 1 + 4 + 2 + 2 + 2
    for article in Article.objects.all():
        times = [
            (revision.published_at, revision.published_until)
            for revision in article.revisions.filter(published_at__isnull=False).order_by("number")
        ]
        ends = [until for _, until in times if until]
        assert all(begun <= until for begun, until in times if until)
        assert len(times) - len(ends) <= 1
    three = Article.objects.get(slug="three-texts").revisions.order_by("number")
    assert [revision.published_until for revision in three[:2]] == [revision.published_at for revision in three[1:3]]
    assert not Article.objects.get(slug="draft").revisions.exclude(published_at=None).exists()

    assert list(Picture.objects.values_list("alt", "decorative")) == [("A room", False), ("", True)]
    assert Picture.objects.first().rendition("square")["srcset"] == ""
    assert [notice.version for notice in Notice.objects.filter(kind="privacy")] == [2, 1]

    for article in Article.objects.all():  # what `load_starter` does at every release
        engine.index(article)
    references.record_all()
    assert {result["url"] for result in engine.find("sponsors", language="en").results} == {
        f"/articles/{slug}/" for slug in published
    }
    renamed = Article.objects.get(slug="withdrawn")
    renamed.slug = "renamed"
    renamed.save()
    assert FormerAddress.objects.get().slug == "withdrawn", "its visitors of before find it when it comes back"


def test_going_back_behind_the_dates_keeps_what_visitors_read(database):
    """The way back, should a release have to be undone."""
    before = Before(migrate(database, BEFORE_DATES))
    before.article("three-texts", 9, 6, 3, on_site=3)
    migrate(database)
    apps = migrate(database, BEFORE_DATES)
    article = apps.get_model("content", "Article").objects.get()
    assert article.published_revision.number == 3
    migrate(database)
    assert Article.objects.published().get().published_revision.number == 3


def test_two_sources_with_one_doi_in_two_cases_keep_their_keys_and_addresses(database):
    apps = migrate(database, [("content", "0028_open_forms_hold_no_text")])
    sources = apps.get_model("content", "Source").objects
    opened = datetime.date(2026, 11, 23)
    for key, doi in (
        ("one", "10.1001/JAMA.X"),
        ("two", "10.1001/jama.x."),
        ("other", "10.1136/bmj.j1550"),
        ("none", ""),
    ):
        sources.create(key=key, title="T", doi=doi, opened_on=opened)
    migrate(database)
    assert list(Source.objects.order_by("pk").values_list("key", "doi", "url")) == [
        ("one", "10.1001/jama.x", ""),
        ("two", "", "https://doi.org/10.1001/jama.x"),
        ("other", "10.1136/bmj.j1550", ""),
        ("none", "", ""),
    ]
