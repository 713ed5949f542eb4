"""The databases' own full-text indexes of `content_searchentry`. They keep themselves up to date.

PostgreSQL has an index of title and lead alone as well, so that a word that is everywhere is ranked where it counts
most. An article is published rarely and searched often: no list of pending entries is read before the indexes.

All of this may run where it is there already. SQLite: a later migration that makes the table anew drops the triggers
with it, and has to create them again.
"""

import unicodedata

from django.db import migrations

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
        ALTER TABLE content_searchentry
        ADD COLUMN IF NOT EXISTS vector tsvector GENERATED ALWAYS AS (
            setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', lead), 'B')
            || setweight(to_tsvector('simple', words), 'C')
        ) STORED,
        ADD COLUMN IF NOT EXISTS title_vector tsvector
            GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
        ADD COLUMN IF NOT EXISTS head_vector tsvector
            GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || lead)) STORED
        """,
        *(
            f"""
            CREATE INDEX IF NOT EXISTS content_searchentry_{index}
            ON content_searchentry USING gin ({column}) WITH (fastupdate = off)
            """
            for index, column in (("vector", "vector"), ("title", "title_vector"), ("head", "head_vector"))
        ),
    ],
    "sqlite": [
        """
        CREATE VIRTUAL TABLE IF NOT EXISTS content_searchentry_fts
        USING fts5(title, lead, words, content='content_searchentry', content_rowid='revision_id')
        """,
        *(
            f"CREATE TRIGGER IF NOT EXISTS content_searchentry_{name} AFTER {verb} ON content_searchentry BEGIN {do} END"
            for name, verb, do in (
                ("added", "INSERT", LEARN),
                ("gone", "DELETE", FORGET),
                ("changed", "UPDATE", FORGET + LEARN),
            )
        ),
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


def run(statements):
    def run_on_vendor(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    return run_on_vendor


def is_folded_otherwise(text):
    """Marks of a class of their own were left out before."""
    return not text.isascii() and any(
        unicodedata.category(char) in {"Cf", "Me", "Mn"} and not unicodedata.combining(char) for char in text
    )


def forget_words(apps, schema_editor):
    """Words are folded without signs that only steer how they are set. Where a text has some, its words were cut in two.

    Then the index is emptied, for it counts its words, and `load_starter` makes it anew after each migration.
    """
    entries = apps.get_model("content", "SearchEntry").objects
    texts = entries.values_list("revision__snapshot_json", flat=True)
    if any(is_folded_otherwise(text) for text in texts.iterator(chunk_size=100)):
        entries.all().delete()
        apps.get_model("content", "SearchWord").objects.all().delete()


class Migration(migrations.Migration):
    replaces = [("content", "0030_words_without_format_signs")]

    dependencies = [("content", "0032_change_records_and_pending_invalidations")]  # 0002: see there

    operations = [
        migrations.RunPython(run(CREATE), run(DROP)),
        migrations.RunPython(forget_words, migrations.RunPython.noop),
    ]
