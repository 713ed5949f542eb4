"""What staff typed and did not send yet, sealed like a note: for the one who typed it, until it is sent or too old.

Every form of the staff site is kept here, whatever it is about, so nobody has to decide which of them are secret.
"""

import hashlib
import hmac
import logging
import re
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from admissions.crypto import keys, sealing
from admissions.crypto.envelope import Place
from admissions.errors import CannotOpen, Destroyed, NotAllowed
from admissions.models import Inquiry, KeptForm, KeptFormKey
from admissions.services import retention
from admissions.services.privacy import HOLDERS
from admissions.services.team import LEAD, TEAM, role_of

log = logging.getLogger(__name__)

READERS = {"admissions_inquiry_change": (LEAD, TEAM), "admissions_inquiry_privacy": HOLDERS}  # pages about an inquiry
LONGEST_SENDING = timedelta(seconds=60)  # whoever began to send longer ago was cut off
LONGEST_WAIT = 5.0  # seconds that a second press waits for the first
NAME = re.compile(r"[a-z0-9-]{0,100}")
PAGE = re.compile(r"/[\w/.-]{0,299}", re.ASCII)


class FormOfTab(NamedTuple):
    """Which form, in which tab: what a form of the staff site carries in its field `staff_form`."""

    tab: uuid.UUID
    name: str
    page: str

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None for what no page of ours has written."""
        head, slash, path = value.partition("/")
        tab, _, name = head.partition(".")
        page = slash + path
        try:
            form = cls(uuid.UUID(tab), name, page)
        except ValueError:
            return None
        return form if NAME.fullmatch(name) and PAGE.fullmatch(page) and _match(page) else None

    def __str__(self) -> str:
        return f"{self.tab}.{self.name}{self.page}"

    def key(self, user: User) -> uuid.UUID:
        return uuid.uuid5(self.tab, f"{user.pk}.{self.name}")


@dataclass(frozen=True)
class UnsentForm:
    form: FormOfTab
    pk: uuid.UUID
    at: datetime
    fields: QueryDict  # as the browser sent them


@sensitive_variables()
def keep_form(*, user: User, form: FormOfTab, fields: QueryDict) -> datetime:
    """Keep `fields` in place of what was kept of this form before. Returns the time of it.

    Raises `CannotSeal`, `TooLong` for more than four megabytes, or `Destroyed`: what is typed about an inquiry is
    destroyed with it, and not kept afterwards.
    """
    now, pk = timezone.now(), form.key(user)
    content = {"at": now.isoformat(), "fields": list(fields.lists())}
    sealed = sealing.seal(content, place=_place(pk, user), team=keys.team_public(), is_long=True)
    with transaction.atomic():
        _refuse_if_destroyed(form.page)
        row = _row(user, form)
        KeptFormKey.objects.update_or_create(form=row, defaults={"team_wrap": sealed.team_wrap})
        KeptForm.objects.filter(pk=pk).update(payload=sealed.payload, used_at=now)
    return now


@sensitive_variables()
def unsent_forms(*, user: User, page: str | None) -> list[UnsentForm]:
    """What this person typed on this page and did not send, newest first. None: on any page.

    Nobody else's is ever handed out.
    """
    too_old = timezone.now() - retention.period("unsent_texts")
    rows = KeptForm.objects.filter(user=user, payload__isnull=False, used_at__gte=too_old)
    if page is not None:
        rows = rows.filter(page=page)
    rows = rows.exclude(inquiry__status=Inquiry.Status.DESTROYED).select_related("key")
    texts = []
    for row in rows:
        if row.inquiry_id and not _may_read(user, row.page):
            continue
        try:
            content = sealing.open_sealed(
                bytes(row.payload or b""), row.key.team_wrap, place=_place(row.pk, user), key=keys.team_private()
            ).reveal()
        except (CannotOpen, KeptFormKey.DoesNotExist):
            log.error("a kept form does not open", exc_info=True)
            continue
        form = FormOfTab(row.tab, row.name, row.page)
        fields = QueryDict(mutable=True)
        for name, values in content["fields"]:
            fields.setlist(name, values)
        texts.append(UnsentForm(form, row.pk, datetime.fromisoformat(content["at"]), fields))
    return texts


def begin_to_send(*, user: User, form: FormOfTab, sent: bytes) -> Literal["first", "taken", "under way"]:
    """Whether this is the first time that `sent` is sent, or it was taken already, or is being sent at this moment.

    A second press waits for the end of the first, at most `LONGEST_WAIT` seconds.
    """
    row = _row(user, form)
    until = time.monotonic() + LONGEST_WAIT
    while True:
        if row.sent is not None and hmac.compare_digest(bytes(row.sent), sent):
            return "taken"
        now = timezone.now()
        is_free = Q(sending_since=None) | Q(sending_since__lt=now - LONGEST_SENDING)
        if KeptForm.objects.filter(is_free, pk=row.pk).exclude(sent=sent).update(sending_since=now, used_at=now):
            return "first"
        if time.monotonic() > until:
            return "under way"
        time.sleep(0.1)
        row = _row(user, form)


def mark_taken(*, user: User, form: FormOfTab, sent: bytes) -> None:
    """What was sent is stored: nothing of it is kept here any more, and the same again counts once."""
    with transaction.atomic():
        KeptFormKey.objects.filter(form=form.key(user)).delete()
        KeptForm.objects.filter(pk=form.key(user)).update(sending_since=None, sent=sent, payload=None)


def mark_refused(*, user: User, form: FormOfTab) -> None:
    """What was sent was refused, or broke off."""
    KeptForm.objects.filter(pk=form.key(user)).update(sending_since=None)


def discard(*, user: User, pk: uuid.UUID) -> bool:
    """Whether there was such a text of this person."""
    if not KeptForm.objects.filter(user=user, pk=pk, payload__isnull=False).exists():
        return False
    with transaction.atomic():
        KeptFormKey.objects.filter(form=pk).delete()
        KeptForm.objects.filter(pk=pk).update(payload=None)
    return True


@sensitive_variables()
def digest(words: str) -> bytes:
    """What stands for a form that was sent, so that the same can be told from a changed one."""
    return hmac.digest(hashlib.sha256(f"staff form {settings.SECRET_KEY}".encode()).digest(), words.encode(), "sha256")


def _row(user: User, form: FormOfTab) -> KeptForm:
    words = {"user": user, "tab": form.tab, "name": form.name, "page": form.page, "inquiry_id": _inquiry(form.page)}
    return KeptForm.objects.get_or_create(pk=form.key(user), defaults=words)[0]


def _match(page: str) -> ResolverMatch | None:
    """Where a page of the staff site leads; None for any other path."""
    try:
        match = resolve(page)
    except Resolver404:
        return None
    return match if match.namespace == "admin" and match.url_name else None


def _may_read(user: User, page: str) -> bool:
    match = _match(page)
    try:
        role_of(user, READERS[match.url_name or ""] if match else ())
    except (NotAllowed, KeyError):
        return False
    return True


def _inquiry(page: str) -> uuid.UUID | None:
    """The inquiry that a page is about: what is typed there is destroyed with it."""
    pk = _named(page)
    return pk if pk and Inquiry.objects.filter(pk=pk).exists() else None


def _named(page: str) -> uuid.UUID | None:
    """The inquiry that the path of a page names, whether it is there or not."""
    match = _match(page)
    if match is None or match.url_name not in READERS:
        return None
    try:
        return uuid.UUID(str(match.kwargs["object_id"]))
    except ValueError:
        return None


def _refuse_if_destroyed(page: str) -> None:
    """Raises `Destroyed`. Until the end of the transaction nobody destroys the inquiry of this page."""
    if (pk := _named(page)) is None:
        return
    rows = Inquiry.objects.select_for_update(no_key=True).filter(pk=pk).exclude(status=Inquiry.Status.DESTROYED)
    if rows.first() is None:
        raise Destroyed


def _place(pk: uuid.UUID, user: User) -> Place:
    return Place(pk, f"adm.kept/1|{pk}|{user.pk}".encode())
