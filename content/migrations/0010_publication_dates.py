"""What visitors read follows from the dates of revisions, and no longer from a pointer of the article.

The search keeps one row for each text that is on the site or has a date to come there. Its rows go away here:
`manage.py load_starter`, which every release runs, makes them anew, and so does `manage.py index_articles`.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

FORGET = """
    INSERT INTO content_searchentry_fts (content_searchentry_fts, rowid, title, lead, words)
    VALUES ('delete', old.revision_id, old.title, old.lead, old.words);
"""
LEARN = """
    INSERT INTO content_searchentry_fts (rowid, title, lead, words)
    VALUES (new.revision_id, new.title, new.lead, new.words);
"""
CREATE = {
    "postgresql": [
        """
        ALTER TABLE content_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS (
            setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', lead), 'B')
            || setweight(to_tsvector('simple', words), 'C')
        ) STORED,
        ADD COLUMN title_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
        ADD COLUMN head_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || lead)) STORED
        """,
        "CREATE INDEX content_searchentry_vector ON content_searchentry USING gin (vector) WITH (fastupdate = off)",
        "CREATE INDEX content_searchentry_title ON content_searchentry USING gin (title_vector) WITH (fastupdate = off)",
        "CREATE INDEX content_searchentry_head ON content_searchentry USING gin (head_vector) WITH (fastupdate = off)",
    ],
    "sqlite": [
        """
        CREATE VIRTUAL TABLE content_searchentry_fts
        USING fts5(title, lead, words, content='content_searchentry', content_rowid='revision_id')
        """,
        f"CREATE TRIGGER content_searchentry_added AFTER INSERT ON content_searchentry BEGIN {LEARN} END",
        f"CREATE TRIGGER content_searchentry_gone AFTER DELETE ON content_searchentry BEGIN {FORGET} END",
        f"CREATE TRIGGER content_searchentry_changed AFTER UPDATE ON content_searchentry BEGIN {FORGET} {LEARN} END",
    ],
}
DROP = {
    "postgresql": [
        "ALTER TABLE content_searchentry DROP COLUMN vector, DROP COLUMN title_vector, DROP COLUMN head_vector"
    ],
    "sqlite": [
        "DROP TRIGGER content_searchentry_added",
        "DROP TRIGGER content_searchentry_gone",
        "DROP TRIGGER content_searchentry_changed",
        "DROP TABLE content_searchentry_fts",
    ],
}
CREATE_BEFORE = {
    vendor: [statement.replace("revision_id", "article_id") for statement in statements]
    for vendor, statements in CREATE.items()
}


def run(statements):
    def statements_of(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    return statements_of


def forget_rows(apps, schema_editor):
    apps.get_model("content", "SearchEntry").objects.all().delete()
    apps.get_model("content", "SearchWord").objects.all().delete()


def date_publications(apps, schema_editor):
    """Each text that visitors could read stood until the next one; the last one stands, or left when nobody noted."""
    Article, Revision = apps.get_model("content", "Article"), apps.get_model("content", "Revision")
    for article in Article.objects.filter(revisions__published_at__isnull=False).distinct():
        published = Revision.objects.filter(article=article, published_at__isnull=False)
        rows = list(published.order_by("published_at", "number"))
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            row.published_until = following.published_at if following else timezone.now()
            if row.pk == article.published_revision_id:
                row.published_until = None
            row.save(update_fields=["published_until"])


def point_at_publication(apps, schema_editor):
    Article, Revision = apps.get_model("content", "Article"), apps.get_model("content", "Revision")
    for revision in Revision.objects.filter(published_at__lte=timezone.now(), published_until=None):
        Article.objects.filter(pk=revision.article_id).update(published_revision=revision)


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0009_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(forget_rows, forget_rows),
        migrations.RunPython(run(DROP), run(CREATE_BEFORE)),
        migrations.DeleteModel(name="SearchEntry"),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="content.revision",
                    ),
                ),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="search_entries", to="content.article"
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                ("shown_from", models.DateTimeField()),
                ("shown_until", models.DateTimeField(null=True)),
                ("title", models.TextField()),
                ("lead", models.TextField(default="")),
                ("words", models.TextField()),
            ],
            options={"verbose_name_plural": "search entries", "ordering": ["revision"]},
        ),
        migrations.RunPython(run(CREATE), run(DROP)),
        migrations.AddField(
            model_name="revision",
            name="published_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(date_publications, point_at_publication),
        migrations.RemoveField(model_name="article", name="published_revision"),
        migrations.AddField(
            model_name="article",
            name="archived_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="article",
            name="deleted_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="article",
            name="deleted_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["title"], name="content_article_title"),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                condition=models.Q(("published_at__isnull", False)),
                fields=["article", "published_at"],
                name="content_revision_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("archived_at", None), ("deleted_at", None), _connector="OR"),
                name="content_article_in_one_place",
                violation_error_message="An article lies in the archive or in the trash, not in both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_until", None),
                    models.Q(("published_at__isnull", False), ("published_until__gte", models.F("published_at"))),
                    _connector="OR",
                ),
                name="content_revision_ends_after_it_begins",
                violation_error_message="A text leaves the site after it came onto it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("published_at__isnull", False), ("published_until", None)),
                fields=("article",),
                name="content_revision_one_without_end",
                violation_error_message="Another text of this article is on the site. It has to leave first.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="article",
            name="content_article_one_address",
            constraint=models.UniqueConstraint(
                fields=("language", "slug"),
                name="content_article_one_address",
                violation_error_message=(
                    "Another article has this address, maybe one in the archive or the trash. Choose another one."
                ),
            ),
        ),
    ]
