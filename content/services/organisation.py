"""What stands on every page: the centre, help lines and notices; and the readers' answers to pages."""

import datetime
import logging

from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from content.delivery import content_version, organisation
from content.models import Article, ChangeRecord, Notice, ReaderAnswer
from content.models.reader_answer import A_DAY, A_DAY_FROM_ONE_PLACE
from content.text import retention

log = logging.getLogger(__name__)


def publish_notice(*, kind: str, language: str, title: str, text: str) -> Notice:
    """A new version of a notice, whatever the one before it is. The old versions stay as they are."""
    newest = Notice.objects.filter(kind=kind, language=language).first()
    version = newest.version + 1 if newest else 1
    return store_notice(notice=Notice(kind=kind, language=language, title=title, text=text, version=version))


@transaction.atomic
def store_notice(*, notice: Notice) -> Notice:
    """Store a new version, with the periods of retention that hold now (`text/retention.py`).

    Raises `IntegrityError` when somebody else has stored that version meanwhile, `KeyError` for a period of no name.
    """
    notice.text = retention.stated(notice.text, notice.language)  # type: ignore[assignment] # reason=a field of no stubs
    notice.save(force_insert=True)
    invalidate()
    return notice


def restate_retention() -> list[Notice]:
    """A new version of each notice in force that states other periods than the settings. Returns them."""
    return [
        publish_notice(kind=notice.kind, language=notice.language, title=notice.title, text=notice.text)
        for notice in Notice.objects.in_force()
        if retention.stated(notice.text, notice.language) != notice.text
    ]


@transaction.atomic
def change(*, row: Model, actor: User | None) -> None:
    """Store the centre's record or a help line, with what it was before and who changed it."""
    stored = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
    before = ChangeRecord.values_of(stored) if stored else None
    row.save()
    row.refresh_from_db()
    after = ChangeRecord.values_of(row)
    if before != after:
        record_change(row, before=before, after=after, actor=actor)
    invalidate()


@transaction.atomic
def remove(*, row: Model, actor: User) -> None:
    """Take a help line away. What it was stays in the history."""
    record_change(row, before=ChangeRecord.values_of(row), after=None, actor=actor)
    row.delete()
    invalidate()


def record_change(
    row: Model, *, before: dict[str, object] | None, after: dict[str, object] | None, actor: User | None
) -> None:
    ChangeRecord.objects.create(
        kind=ChangeRecord.kind_of(row), target=row.pk, name=str(row), before=before, after=after, changed_by=actor
    )


@transaction.atomic
def store_answer(*, article: Article, was_helpful: bool, text: str, place: str) -> bool:
    """Keep a reader's answer for the editors; False when this article has had as many today as it takes.

    `place` is a keyed hash of where the reader is. It is counted in memory and never stored with the answer.
    """
    today = timezone.localdate()
    if ReaderAnswer.objects.filter(article=article, answered_on=today).count() >= A_DAY:
        return False
    if answers_from(place, article=article, day=today) > A_DAY_FROM_ONE_PLACE:
        return False
    ReaderAnswer.objects.create(article=article, was_helpful=was_helpful, text=text)
    return True


def answers_from(place: str, *, article: Article, day: datetime.date) -> int:
    """Count one more answer from there about this article. 0 while the counters are away."""
    key = f"reader-answers-{article.pk}-{day}-{place}"
    try:
        counters = caches["counters"]
        counters.add(key, 0, timeout=24 * 60 * 60)
        return counters.incr(key)
    except Exception:
        log.warning("counters are away", exc_info=True)
        return 0


def invalidate() -> None:
    """The centre, a help line or a notice has changed: write the fallback snapshot once that is committed."""
    transaction.on_commit(organisation.write_fallback_snapshot, robust=True)
    content_version.invalidate_pages()
