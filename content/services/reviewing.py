"""The reviewer's word for a text."""

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from content.delivery import content_version
from content.models import Handover, Revision, SignOff
from content.services import separation_of_duties, workflow
from content.text import typo_only


class NotTheReviewer(Exception):
    """Only the account that is linked with the article's reviewer signs for that reviewer."""


class LicenceExpired(Exception):
    """The reviewer's licence has run out: nothing can be signed until its new date is on record."""


class NotTypoOnly(Exception):
    """More than a typo, or there is no review in force that it could rest on: the text has to be read."""


@transaction.atomic
def sign_off(*, revision: Revision, actor: User, next_due: datetime.date, full: SignOff | None = None) -> SignOff:
    """Bind the reviewer's word to exactly this text; `full` is the one that a typo rests on.

    Raises `NotTheReviewer`, `LicenceExpired` and `OwnText`.
    """
    reviewer = revision.article.reviewer
    if reviewer is None or reviewer.user_id is None or reviewer.user_id != actor.pk:
        raise NotTheReviewer
    if reviewer.licence_has_expired(timezone.localdate()):
        raise LicenceExpired
    by_its_writer = separation_of_duties.is_own(revision, actor, since=Revision.objects.signed())
    signed = SignOff(
        revision=revision,
        sha256=revision.sha256,
        reviewer=reviewer,
        reviewer_name=reviewer.name,
        licence_kind=reviewer.licence_kind,
        licence_line=reviewer.licence_line,
        licence_line_es=reviewer.licence_line_es,
        licence_number=reviewer.licence_number,
        licence_expires=reviewer.licence_expires,
        signed_by=actor,
        signed_by_its_writer=by_its_writer,
        full=full,
        next_due=next_due,
    )
    signed.full_clean()
    signed.save()
    if revision.article.revisions.public().filter(sha256=revision.sha256).exists():
        content_version.invalidate_pages()
    if Handover.objects.signed().filter(revision__article=revision.article_id).exists():
        workflow.notify(workflow.publishers(), besides=actor)
    return signed


@transaction.atomic
def confirm_typo_only(*, revision: Revision, actor: User) -> SignOff:
    """The reviewer's word that this text is the one they read, but for a typo. Its next review stays.

    Raises what `sign_off` does, and `NotTypoOnly`.
    """
    read = last_read(revision)
    if read is None or not is_typo_only(revision, read):
        raise NotTypoOnly
    return sign_off(revision=revision, actor=actor, next_due=read.next_due, full=read)


def last_read(revision: Revision) -> SignOff | None:
    """The newest sign-off by the article's reviewer of a text that was read as a whole."""
    read = SignOff.objects.filter(revision__article=revision.article_id, full=None)
    return read.filter(reviewer=revision.article.reviewer_id).select_related("revision").first()


def is_typo_only(revision: Revision, read: SignOff) -> bool:
    """Always measured from the text that was read as a whole, so that small changes never add up to a large one."""
    in_time = read.next_due >= timezone.localdate()
    return in_time and typo_only.is_typo_only(read.revision.snapshot, revision.snapshot)
