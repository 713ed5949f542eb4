"""What changes more than one row, or a row and the world: saving a revision, publishing, signing."""

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from content import house, pages, rendering, search, usage
from content.checklist import Finding, findings
from content.models import Article, Notice, ReaderAnswer, Revision, SignOff
from content.models.reader_answer import A_DAY


class NotPublishable(Exception):
    """The checklist found something. `findings` says where, why and what to do."""

    def __init__(self, found: list[Finding]) -> None:
        super().__init__("The checklist found something.")
        self.findings = found


class NotTheReviewer(Exception):
    """Only the account that is linked with the article's reviewer signs for that reviewer."""


class LicenceExpired(Exception):
    """The reviewer's licence has run out: nothing can be signed until its new date is on record."""


@transaction.atomic
def save_revision(*, article: Article, author: Any = None, note: str = "") -> Revision:
    """Keep the working copy as a new immutable revision. A text equal to the newest one makes none."""
    Article.objects.select_for_update().get(pk=article.pk)
    newest = article.revisions.first()
    revision = Revision.of(article)
    if newest is not None and newest.sha256 == revision.sha256:
        return newest
    revision.number = newest.number + 1 if newest else 1
    revision.author, revision.note = author, note
    revision.save()
    usage.record(article)
    return revision


@transaction.atomic
def publish(*, revision: Revision, actor: Any = None) -> None:
    """Let visitors read this revision. Raises `NotPublishable`."""
    found = findings(revision)
    if found:
        raise NotPublishable(found)
    if revision.published_at is None:
        revision.published_at, revision.published_by = timezone.now(), actor
        revision.save(update_fields=["published_at", "published_by"])
    article = revision.article
    article.published_revision = revision
    article.save(update_fields=["published_revision"])
    search.index(article)
    usage.record(article)
    pages.content_changed()


@transaction.atomic
def withdraw(*, article: Article) -> None:
    """Take the article from the site. Its revisions stay."""
    article.published_revision = None
    article.save(update_fields=["published_revision"])
    search.index(article)
    usage.record(article)
    pages.content_changed(withdrawn=True)


def sign_off(*, revision: Revision, actor: Any, next_due: datetime.date) -> SignOff:
    """Bind the reviewer's word to exactly this text. Raises `NotTheReviewer` and `LicenceExpired`."""
    reviewer = revision.article.reviewer
    if reviewer is None or reviewer.user_id is None or reviewer.user_id != actor.pk:
        raise NotTheReviewer
    if reviewer.licence_has_expired(timezone.localdate()):
        raise LicenceExpired
    signed = SignOff(
        revision=revision,
        sha256=revision.sha256,
        reviewer=reviewer,
        reviewer_name=reviewer.name,
        licence_kind=reviewer.licence_kind,
        licence_line=reviewer.licence_line,
        licence_line_es=reviewer.licence_line_es,
        signed_by=actor,
        next_due=next_due,
    )
    signed.full_clean()
    signed.save()
    pages.content_changed()
    return signed


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


def preview(*, revision: Revision) -> dict[str, Any]:
    """The page exactly as visitors would see this revision today."""
    return rendering.render(revision, today=timezone.localdate(), is_preview=True)
