"""Links that let somebody without an account read one draft."""

import datetime
import uuid

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.utils import timezone

from content.models import Revision, ShareLink, ShareOpening

DAYS = 7
_signer = signing.Signer(salt="content.sharing")


class NoSuchLink(Exception):
    """The link is wrong, expired or taken back. Nobody is told which."""


def share(*, revision: Revision, actor: User) -> ShareLink:
    """A new link to this revision, for a week."""
    now = timezone.now()
    return ShareLink.objects.create(
        revision=revision, made_by=actor, made_at=now, expires_at=now + datetime.timedelta(days=DAYS)
    )


def revoke(*, link: ShareLink) -> None:
    """Take the link back. It answers as if there had never been one."""
    ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())


def token(link: ShareLink) -> str:
    """The secret of the link's address. It cannot be made from the database alone."""
    return _signer.sign(link.key.hex)


@transaction.atomic
def open_shared(*, secret: str) -> Revision:
    """The revision behind the link, with the opening noted first. Raises `NoSuchLink`."""
    try:
        key = uuid.UUID(_signer.unsign(secret))
    except (signing.BadSignature, ValueError) as error:
        raise NoSuchLink from error
    link = ShareLink.objects.valid().select_related("revision__article__reviewer__picture").filter(key=key).first()
    if link is None:
        raise NoSuchLink
    ShareOpening.objects.create(link=link)
    return link.revision
