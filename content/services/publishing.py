"""What visitors read, and from when until when. Dates are kept with the revision, so that no job has to run on time.

An article is on the site during the times of its revisions. They never overlap: whoever changes them holds the
article's lock.
"""

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from content.checklist import Finding, findings
from content.delivery import content_version
from content.models import Article, Comment, Handover, Revision, SignOff
from content.rendering import references
from content.search import engine
from content.services import saving, separation_of_duties


class NotPublishable(Exception):
    """The checklist found something. `findings` says where, why and what to do."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("The checklist found something.")
        self.findings = findings


class NotActive(Exception):
    """The article lies in the archive or in the trash: it has to be restored first."""


class AlreadyActive(Exception):
    """The article is active: there is nothing to restore."""


@transaction.atomic
def publish(*, revision: Revision, actor: User | None = None, at: datetime.datetime | None = None) -> Revision:
    """Let visitors read this text, now or from `at` on, for as long as what it takes the place of.

    Returns the revision they read: a text that has left the site comes back as a new one, so that the history keeps
    both times. Raises `NotPublishable`, `NotActive` and `OwnText`.
    """
    article = locked(revision.article)
    if not article.is_active:
        raise NotActive
    if problems := findings(revision):
        raise NotPublishable(problems)
    now = timezone.now()
    begins = max(at or now, now)
    revision.refresh_from_db(fields=["published_at", "published_until"])
    if revision.is_on_the_site:
        return revision
    by_its_writer = separation_of_duties.is_own(revision, actor, since=Revision.objects.public())
    if revision.is_coming:
        clear_dates(revision)
    elif revision.published_at is not None:
        revision = saving.restore(revision=revision, author=actor, is_new=True)
    for other in article.revisions.coming().filter(published_at=begins):
        clear_dates(other)
    before = article.revisions.covering(begins).first()
    if before:
        ends = before.published_until
        end_at(before, begins)
    else:
        ends = first_start(article, begins)
    revision.published_at, revision.published_until, revision.published_by = begins, ends, actor
    revision.published_by_its_writer = by_its_writer
    revision.save(update_fields=["published_at", "published_until", "published_by", "published_by_its_writer"])
    invalidate(revision.article)
    return revision


@transaction.atomic
def unpublish(*, article: Article, at: datetime.datetime | None = None) -> bool:
    """Take the article from the site, now or at `at`; what was to be published after that is canceled.

    False when nothing is on the site then. Its revisions stay.
    """
    locked(article)
    now = timezone.now()
    moment = max(at or now, now)
    coming = list(article.revisions.coming().filter(published_at__gte=moment).reverse())
    for revision in coming:
        clear_dates(revision)
    last = article.revisions.covering(moment).first()
    if last:
        end_at(last, moment)
    if last or coming:
        invalidate(article, withdrawn=moment == now)
    return last is not None


@transaction.atomic
def unschedule(*, revision: Revision) -> None:
    """Do not publish this revision on its date: what it was to replace stays."""
    locked(revision.article)
    revision.refresh_from_db(fields=["published_at", "published_until"])
    if revision.is_coming:
        clear_dates(revision)
        invalidate(revision.article)


@transaction.atomic
def cancel_unpublishing(*, article: Article) -> None:
    """Cancel every withdrawal that has a date."""
    locked(article)
    ending = list(article.revisions.ending_after(timezone.now()).filter(published_until__isnull=False))
    for revision in ending:
        assert revision.published_until
        end_at(revision, first_start(article, revision.published_until))
    if ending:
        invalidate(article)


@transaction.atomic
def archive(*, article: Article) -> None:
    """Archive the article: gone from the site and from the lists of staff, and kept. Raises `NotActive`."""
    if not locked(article).is_active:
        raise NotActive
    unpublish(article=article)
    article.archived_at = timezone.now()
    article.save(update_fields=["archived_at"])


@transaction.atomic
def move_to_trash(*, article: Article, actor: User | None = None) -> None:
    """Put the article into the trash: gone from the site and from the lists, and back by one click for some days.

    Raises `NotActive`.
    """
    if not locked(article).is_active:
        raise NotActive
    unpublish(article=article)
    article.deleted_at, article.deleted_by = timezone.now(), actor
    article.save(update_fields=["deleted_at", "deleted_by"])


@transaction.atomic
def restore(*, article: Article) -> None:
    """Out of the archive or the trash, as a draft. Raises `AlreadyActive`."""
    if locked(article).is_active:
        raise AlreadyActive
    article.archived_at = article.deleted_at = article.deleted_by = None
    article.save(update_fields=["archived_at", "deleted_at", "deleted_by"])


@transaction.atomic
def empty_trash() -> tuple[int, int]:
    """What has lain in the trash for its time: drafts are destroyed, texts that visitors have read go to the archive.

    Returns how many of each.
    """
    destroyed = archived = 0
    for article in Article.objects.trash_is_over().select_for_update():
        if article.was_public:
            article.archived_at, article.deleted_at, article.deleted_by = article.deleted_at, None, None
            article.save(update_fields=["archived_at", "deleted_at", "deleted_by"])
            archived += 1
        else:
            destroy_drafts(article)
            article.delete()
            destroyed += 1
    return destroyed, archived


def destroy_drafts(article: Article) -> None:
    """What visitors could never read goes away, with what was said about it."""
    drafts = article.revisions.filter(published_at=None)
    SignOff.objects.filter(revision__in=drafts, full__isnull=False).delete()
    SignOff.objects.filter(revision__in=drafts).delete()
    Comment.objects.filter(thread__revision__in=drafts).destroy()
    Comment.objects.filter(revision__in=drafts).destroy()
    Handover.objects.filter(revision__in=drafts).destroy()
    drafts.destroy()


def locked(article: Article) -> Article:
    """The article as it is now. Nobody else changes its dates until the transaction ends."""
    return Article.objects.select_for_update(of=("self",)).get(pk=article.pk)


def end_at(revision: Revision, moment: datetime.datetime | None) -> None:
    revision.published_until = moment
    revision.save(update_fields=["published_until"])


def first_start(article: Article, moment: datetime.datetime) -> datetime.datetime | None:
    """When the first text comes onto the site, from `moment` on."""
    return article.revisions.filter(published_at__gte=moment).aggregate(Min("published_at"))["published_at__min"]


def clear_dates(revision: Revision) -> None:
    """Take a coming publication's dates back. What stood before it stands on for its time."""
    before = revision.article.revisions.filter(published_until=revision.published_at).first()
    ends = revision.published_until
    revision.published_at = revision.published_until = revision.published_by = None
    revision.published_by_its_writer = False
    revision.save(update_fields=["published_at", "published_until", "published_by", "published_by_its_writer"])
    if before:
        end_at(before, ends)


def invalidate(article: Article, *, withdrawn: bool = False) -> None:
    article.forget_publication()
    engine.index(article)
    references.record(article)
    content_version.invalidate_pages(withdrawn=withdrawn)
