"""Two people see every text before visitors do: whoever wrote it neither signs nor publishes it."""

from django.conf import settings
from django.contrib.auth.models import User

from content.models import Revision
from content.models.revision import RevisionQuerySet


class OwnText(Exception):
    """This account wrote the text. Somebody else has to sign or publish it."""


def is_own(revision: Revision, actor: User | None, *, since: RevisionQuerySet) -> bool:
    """Whether `actor` wrote what is new in this text, compared with `since`: what others have vouched for already.

    True only in a team so small that SMALL_TEAM allows it; otherwise raises `OwnText`.
    """
    if actor is None or actor.pk not in revision.writers(since=since):
        return False
    if not settings.SMALL_TEAM:
        raise OwnText
    return True
