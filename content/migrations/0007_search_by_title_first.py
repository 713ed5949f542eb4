"""PostgreSQL's indexes of title and lead alone, so that a word that is everywhere is ranked where it counts most.

An article is published rarely and searched often: no list of pending entries is read before the indexes.
"""

from django.db import migrations

CREATE = [
    """
    ALTER TABLE content_searchentry
    ADD COLUMN title_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
    ADD COLUMN head_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || lead)) STORED
    """,
    "CREATE INDEX content_searchentry_title ON content_searchentry USING gin (title_vector) WITH (fastupdate = off)",
    "CREATE INDEX content_searchentry_head ON content_searchentry USING gin (head_vector) WITH (fastupdate = off)",
    "ALTER INDEX content_searchentry_vector SET (fastupdate = off)",
]
DROP = [
    "ALTER INDEX content_searchentry_vector RESET (fastupdate)",
    "ALTER TABLE content_searchentry DROP COLUMN title_vector, DROP COLUMN head_vector",
]


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("content", "0006_usage_and_sources")]

    operations = [migrations.RunPython(run(CREATE), run(DROP))]
