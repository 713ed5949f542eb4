"""What stands on every page: notices, and the readers' answers to it."""

from django.db import transaction
from django.utils import timezone

from content import house, pages
from content.models import Article, Notice, ReaderAnswer
from content.models.reader_answer import A_DAY


@transaction.atomic
def publish_notice(*, kind: str, language: str, title: str, text: str) -> Notice:
    """A new version of a notice. The old versions stay as they are."""
    newest = Notice.objects.filter(kind=kind, language=language).first()
    notice = Notice.objects.create(
        kind=kind,
        language=language,
        title=title,
        text=text,
        version=newest.version + 1 if newest else 1,
    )
    house_changed()
    return notice


@transaction.atomic
def keep_answer(*, article: Article, was_helpful: bool, text: str) -> bool:
    """Keep a reader's answer for the editors; False when this article has had as many today as it takes."""
    if ReaderAnswer.objects.filter(article=article, answered_on=timezone.localdate()).count() >= A_DAY:
        return False
    ReaderAnswer.objects.create(article=article, was_helpful=was_helpful, text=text)
    return True


def house_changed() -> None:
    """Say that the centre, a help line or a notice has changed: the lifeboat follows once that is committed."""
    transaction.on_commit(house.keep_lifeboat, robust=True)
    pages.content_changed()
