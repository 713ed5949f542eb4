"""The databases' own full-text indexes of `content_searchentry`. They keep themselves up to date.

SQLite: a later migration that makes the table anew drops the triggers with it. Call `drop` before and `create` after.
Rows from before are dropped, since their words were folded in another way: `manage.py index_articles` makes them anew.
"""

from django.db import migrations, models

FORGET = """
    INSERT INTO content_searchentry_fts (content_searchentry_fts, rowid, title, lead, words)
    VALUES ('delete', old.article_id, old.title, old.lead, old.words);
"""
LEARN = """
    INSERT INTO content_searchentry_fts (rowid, title, lead, words)
    VALUES (new.article_id, new.title, new.lead, new.words);
"""
CREATE = {
    "postgresql": [
        """
        ALTER TABLE content_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS (
            setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', lead), 'B')
            || setweight(to_tsvector('simple', words), 'C')
        ) STORED
        """,
        "CREATE INDEX content_searchentry_vector ON content_searchentry USING gin (vector)",
    ],
    "sqlite": [
        """
        CREATE VIRTUAL TABLE content_searchentry_fts
        USING fts5(title, lead, words, content='content_searchentry', content_rowid='article_id')
        """,
        f"CREATE TRIGGER content_searchentry_added AFTER INSERT ON content_searchentry BEGIN {LEARN} END",
        f"CREATE TRIGGER content_searchentry_gone AFTER DELETE ON content_searchentry BEGIN {FORGET} END",
        f"CREATE TRIGGER content_searchentry_changed AFTER UPDATE ON content_searchentry BEGIN {FORGET} {LEARN} END",
    ],
}
DROP = {
    "postgresql": ["ALTER TABLE content_searchentry DROP COLUMN vector"],
    "sqlite": [
        "DROP TRIGGER content_searchentry_added",
        "DROP TRIGGER content_searchentry_gone",
        "DROP TRIGGER content_searchentry_changed",
        "DROP TABLE content_searchentry_fts",
    ],
}


def create(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def forget_rows(apps, schema_editor):
    apps.get_model("content", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0001_content"),
    ]

    operations = [
        migrations.RunPython(forget_rows, migrations.RunPython.noop),
        migrations.AddField(
            model_name="searchentry",
            name="lead",
            field=models.TextField(default=""),
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=2)),
                ("word", models.CharField(max_length=40)),
                ("articles", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["language", "word"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("language", "word"),
                        name="content_searchword_once",
                        violation_error_message="This word is already in the vocabulary.",
                    )
                ],
            },
        ),
        migrations.RunPython(create, drop),
    ]
