"""The reviewer's word for a text."""

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from content import pages
from content.models import Handover, Revision, SignOff
from content.services import people, workflow


class NotTheReviewer(Exception):
    """Only the account that is linked with the article's reviewer signs for that reviewer."""


class LicenceExpired(Exception):
    """The reviewer's licence has run out: nothing can be signed until its new date is on record."""


@transaction.atomic
def sign_off(*, revision: Revision, actor: Any, next_due: datetime.date) -> SignOff:
    """Bind the reviewer's word to exactly this text. Raises `NotTheReviewer`, `LicenceExpired` and `OwnText`."""
    reviewer = revision.article.reviewer
    if reviewer is None or reviewer.user_id is None or reviewer.user_id != actor.pk:
        raise NotTheReviewer
    if reviewer.licence_has_expired(timezone.localdate()):
        raise LicenceExpired
    by_its_writer = people.is_own(revision, actor, since=Revision.objects.signed())
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
        next_due=next_due,
    )
    signed.full_clean()
    signed.save()
    pages.content_changed()
    if Handover.objects.signed().filter(revision__article=revision.article_id).exists():
        workflow.tell(workflow.publishers(), besides=actor)
    return signed
