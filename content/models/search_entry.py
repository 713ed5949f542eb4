"""What lists and the search look through. The database keeps its own full-text index of these rows (migration 0003)."""

from collections.abc import Iterable
from string import ascii_lowercase

from django.db import connection, models
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from content.models.article import Article
from content.models.revision import Revision
from content.models.topic import Topic

# Title before short answer and headings, before text. FTS5's bm25 is the smaller, the better. PostgreSQL reads a row's
# whole vector to rank it, so of a word that is everywhere it ranks some hundred rows, those with it in the title first.
RANKED = {
    "postgresql": """
        SELECT article_id FROM content_searchentry JOIN (
            (SELECT revision_id FROM content_searchentry
             WHERE title_vector @@ to_tsquery('simple', %(asked)s) AND language = %(language)s
             AND shown_from <= %(now)s AND (shown_until IS NULL OR shown_until > %(now)s) LIMIT 150)
            UNION
            (SELECT revision_id FROM content_searchentry
             WHERE head_vector @@ to_tsquery('simple', %(asked)s) AND language = %(language)s
             AND shown_from <= %(now)s AND (shown_until IS NULL OR shown_until > %(now)s) LIMIT 150)
            UNION
            (SELECT revision_id FROM content_searchentry
             WHERE vector @@ to_tsquery('simple', %(asked)s) AND language = %(language)s
             AND shown_from <= %(now)s AND (shown_until IS NULL OR shown_until > %(now)s) LIMIT 150)
        ) AS candidates USING (revision_id)
        ORDER BY ts_rank(vector, to_tsquery('simple', %(asked)s), 1) DESC, title LIMIT %(limit)s
    """,
    "sqlite": """
        SELECT entry.article_id FROM content_searchentry_fts
        JOIN content_searchentry AS entry ON entry.revision_id = content_searchentry_fts.rowid
        WHERE content_searchentry_fts MATCH %(asked)s AND entry.language = %(language)s
        AND entry.shown_from <= %(now)s AND (entry.shown_until IS NULL OR entry.shown_until > %(now)s)
        ORDER BY bm25(content_searchentry_fts, 10, 4, 1), entry.title LIMIT %(limit)s
    """,
}


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def visible(self, language: str) -> "SearchEntryQuerySet":
        """The rule of `ArticleQuerySet.published`, A to Z. One index has all that a list asks of ten thousand rows."""
        now = timezone.now()
        begun = self.filter(language=language, shown_from__lte=now)
        return begun.filter(Q(shown_until=None) | Q(shown_until__gt=now)).order_by("letter", "title", "article_id")

    def about(self, topic: Topic) -> "SearchEntryQuerySet":
        links = Article.topics.through.objects.filter(topic=topic, article=OuterRef("article"))
        return self.filter(Exists(links))

    def firsts(self, topics: Iterable[Topic], number: int) -> dict[int, list[int]]:
        """Keys of the first articles about each topic, at most `number`, in one query."""
        parts: list[QuerySet] = [
            self.filter(pk__in=self.about(topic).values("pk")[:number])
            .annotate(topic=Value(topic.pk))
            .order_by()
            .values_list("topic", "letter", "title", "article_id")
            for topic in topics
        ]
        articles: dict[int, list[int]] = {}
        if parts:
            rows = parts[0].union(*parts[1:], all=True).order_by("topic", "letter", "title", "article_id")
            for topic, _letter, _title, article in rows:
                articles.setdefault(topic, []).append(article)
        return articles

    def best(self, groups: list[list[tuple[str, bool]]], *, every: bool, language: str, limit: int) -> list[int]:
        """Keys of the articles that have a word of `every` group, or of any; the best first.

        A word is letters and digits alone; with True it is the beginning of a word.
        """
        vendor = connection.vendor
        term, either = (pg_term, " | ") if vendor == "postgresql" else (fts5_term, " OR ")
        join = (" & " if vendor == "postgresql" else " AND ") if every else either
        asked = join.join(f"({either.join(term(word, begins) for word, begins in group)})" for group in groups)
        with connection.cursor() as cursor:
            now = connection.ops.adapt_datetimefield_value(timezone.now())
            cursor.execute(RANKED[vendor], {"asked": asked, "language": language, "limit": limit, "now": now})
            return [key for (key,) in cursor.fetchall()]


def pg_term(word: str, begins: bool) -> str:
    return f"'{word}':*" if begins else f"'{word}'"


def fts5_term(word: str, begins: bool) -> str:
    return f'"{word}"*' if begins else f'"{word}"'


class SearchEntry(models.Model):
    """The folded words of one text that is on the site, or has a date to come there; one blank between two.

    Its times are those of the revision, kept here as well: the search reads one table.
    """

    revision = models.OneToOneField(Revision, primary_key=True, on_delete=models.CASCADE, related_name="search_entry")
    article = models.ForeignKey("content.Article", on_delete=models.CASCADE, related_name="search_entries")
    language = models.CharField(max_length=2)
    shown_from = models.DateTimeField()
    shown_until = models.DateTimeField(null=True)
    letter = models.CharField(max_length=1, db_default="")  # A to Z, or empty
    title = models.TextField()
    lead = models.TextField(default="")
    words = models.TextField()

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "search entries"
        ordering = ["revision"]
        indexes = [
            models.Index(
                fields=["language", "letter", "title", "article", "shown_from", "shown_until"],
                name="content_searchentry_a_to_z",
            ),
        ]

    def __str__(self) -> str:
        return f"Words of revision {self.revision_id}"

    @staticmethod
    def letter_of(title: str) -> str:
        """Where a folded title stands in the list from A to Z."""
        return title[:1].upper() if title[:1] in ascii_lowercase else ""

    def vocabulary(self) -> set[str]:
        """The words that a misspelt one may stand for."""
        words = f"{self.title} {self.lead} {self.words}".split()
        return {word for word in words if 3 <= len(word) <= SearchWord.LONGEST and word.isalpha()}


class SearchWord(models.Model):
    """A word of the published articles, and how many of them have it."""

    LONGEST = 40

    language = models.CharField(max_length=2)
    word = models.CharField(max_length=LONGEST)
    articles = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["language", "word"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "word"],
                name="content_searchword_once",
                violation_error_message="This word is already in the vocabulary.",
            ),
        ]

    def __str__(self) -> str:
        return self.word
