"""The same rules, every night, over everything that visitors read: texts stay, the world around them changes."""

from collections.abc import Iterator

from django.db import transaction

from content.checklist.finding import Finding
from content.checklist.report import report
from content.models import Article, LiveFinding
from content.rendering.references import shortened


def watch_all() -> Iterator[tuple[Article, int]]:
    """Every published article in turn, with the number of findings; what is no longer published loses its rows."""
    articles = Article.objects.published().select_related("reviewer").order_by("pk")
    LiveFinding.objects.exclude(article__in=Article.objects.published()).delete()
    for article in articles.iterator(chunk_size=100):
        yield article, watch(article)


@transaction.atomic
def watch(article: Article) -> int:
    """Bring the rows of one published article up to date. What was found before keeps its day."""
    revision = article.published_revision
    assert revision
    revision.article = article
    findings = {key_of(finding): finding for finding in report(revision) if finding.waiver is None}
    known = set()
    for row in LiveFinding.objects.filter(article=article):
        key = (row.rule, row.fingerprint, row.place)
        if key in findings:
            known.add(key)
        else:
            row.delete()
    LiveFinding.objects.bulk_create(row_of(article, finding) for key, finding in findings.items() if key not in known)
    return len(findings)


def key_of(finding: Finding) -> tuple[str, str, str]:
    return (finding.rule.id, finding.fingerprint, shortened(finding.place))


def row_of(article: Article, finding: Finding) -> LiveFinding:
    return LiveFinding(
        article=article,
        rule=finding.rule.id,
        blocks=finding.rule.blocks,
        place=shortened(finding.place),
        block=finding.block,
        reason=finding.reason,
        cure=finding.cure,
        fingerprint=finding.fingerprint,
    )
