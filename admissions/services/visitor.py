"""What somebody may do who came back with a return code: read, add, change, take back, destroy.

`secret` follows from the code (`return_code.secret_of`); with it everything is found and opened here, and nothing else.
Whatever changes the thread locks its row first: it meets no reply and no second press of a button half-way.
"""

import functools
import hashlib
import hmac
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from django.db import Error, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from admissions.crypto import keys, return_code, sealing
from admissions.crypto.envelope import Content, old_note_place
from admissions.errors import CannotOpen, Gone, NotStored, OutcomeUnknown, ThreadFull
from admissions.models import Alert, Attempt, Disclosure, Inquiry, Message
from admissions.models.disclosure import Accesses
from admissions.scheduling import booking, wording
from admissions.scheduling.hours import is_by_phone, queue_columns
from admissions.services import retention, row_security, threads
from admissions.services.threads import OpenedMessage
from admissions.typed_text import is_blank

log = logging.getLogger(__name__)

MOST_MESSAGES = 200  # in one thread, which is opened whole
# So often other preferences find another time for a call. Each says which places are free at that moment: whoever asked
# again and again would learn when somebody else has written.
MOST_MOVES = 5
UNANSWERED = (Inquiry.Status.NEW, Inquiry.Status.JUNK)  # nobody of us has begun with it
# A line that nobody would look for where it is needs somebody to look. What is new stays new, and junk reads as if it
# were: its sender is not to be told.
SEEN_AGAIN = {
    Inquiry.Status.WAITING: Inquiry.Status.OPEN,
    Inquiry.Status.HANDLED: Inquiry.Status.OPEN,
    Inquiry.Status.JUNK: Inquiry.Status.NEW,
}


@dataclass(frozen=True)
class VisitorThread:
    inquiry: Inquiry
    messages: list[OpenedMessage]

    @property
    def preferences(self) -> dict[str, str]:
        """How the visitor wants to be reached now."""
        return threads.newest_preferences(self.messages)

    @property
    def is_answered(self) -> bool:
        """The last word is ours, and nothing more is promised: no time has to be named for it."""
        return self.inquiry.promised_by is None and self.messages[-1].author == Message.Author.TEAM


@dataclass(frozen=True)
class Certificate:
    """What was destroyed, and when. `is_held`: a legal hold keeps it, locked, until it ends."""

    at: datetime
    messages: int
    replies: int
    is_held: bool

    def as_json(self) -> dict[str, object]:
        return {**vars(self), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, stored: Content) -> "Certificate":
        return cls(**stored | {"at": timezone.localtime(datetime.fromisoformat(stored["at"]))})


def enter(*, code: str) -> bytes | None:
    """The secret that opens the thread of this code, or None.

    A code that is malformed, unknown, purged or destroyed costs the same work: one derivation, one query, one opening.
    Raises `DatabaseError`.
    """
    secret = return_code.secret_of(code)
    visitor = return_code.keys_of(secret)
    with row_security.visible_thread(visitor.return_hash):
        first = _messages_of(visitor).filter(number=1).first()
    if first is None:
        _open_dummy(visitor.private)
        return None
    try:
        threads.open_as_visitor(first, visitor.private)
    except CannotOpen:
        return None
    return secret


def thread_of(*, secret: bytes) -> VisitorThread:
    """The visitor's own thread. Raises `Gone`, `CannotOpen` or `DatabaseError`."""
    visitor = return_code.keys_of(secret)
    with row_security.visible_thread(visitor.return_hash):
        rows = list(_messages_of(visitor))
    if not rows:
        raise Gone
    return VisitorThread(rows[0].inquiry, [threads.open_as_visitor(row, visitor.private) for row in rows])


def thread_for_code(*, code: str) -> VisitorThread | None:
    """Both at once, where no visit begins. Raises `CannotOpen` or `DatabaseError`."""
    secret = enter(code=code)
    return thread_of(secret=secret) if secret else None


class Tried(NamedTuple):
    """All that a visitor may know of an attempt: never who made it, nor what was said. `at` is cut to the hour."""

    way: str
    outcome: str
    at: datetime


def attempts(*, inquiry: Inquiry) -> list[Tried]:
    """What was tried to reach them, in order. Raises `DatabaseError`."""
    with row_security.visible_thread(bytes(inquiry.return_hash or b"")):
        of_it = Attempt.objects.filter(inquiry=inquiry.pk).order_by("number")
        return [Tried(*row) for row in of_it.values_list("way", "outcome", "at")]


def disclosures(*, inquiry: Inquiry) -> list[Accesses]:
    """How often it was opened, by which role, when last; never by whom."""
    if connection.vendor != "postgresql":
        return Disclosure.objects.accesses(inquiry.pk)
    # The public process may not read the log, only this view of it: the looks at the thread that is presented.
    with row_security.visible_thread(bytes(inquiry.return_hash or b"")), connection.cursor() as cursor:
        cursor.execute(
            "SELECT role, action, COUNT(*), MAX(at) FROM admissions_look WHERE record = %s AND action = ANY(%s) "
            "GROUP BY role, action ORDER BY MAX(at) DESC",
            [inquiry.pk, list(Disclosure.ACCESSES)],
        )
        return [Accesses(role=role, action=action, times=times, last=last) for role, action, times, last in cursor]


def add_line(*, secret: bytes, form_token: bytes, text: str) -> None:
    """Add a message. Sent twice with the same `form_token` it counts once.

    Raises `Gone`, `ThreadFull`, `CannotSeal`, `NotStored` or `OutcomeUnknown`; nothing is stored then, save perhaps at
    `OutcomeUnknown`.
    """
    if is_blank(text):
        raise ValueError("A message needs a text.")

    def changes(inquiry: Inquiry) -> dict[str, object]:
        """Whoever was answered and writes again is named a time again, so that the line sorts like any other work."""
        if inquiry.promised_by is not None:
            return {"tries": 0} | due_now(inquiry)
        may_name = inquiry.status in SEEN_AGAIN and not inquiry.outside_calendar and not inquiry.do_not_contact
        named = booking.choose_promise(thread_of(secret=secret).preferences, moves=inquiry) if may_name else None
        return {"tries": 0} | (inquiry.promise_named(named) if named else due_now(inquiry))

    _append(secret, form_token, {"message": text}, changes)


def change_contact_preferences(
    *, secret: bytes, form_token: bytes, preferences: dict[str, str], may_contact: bool
) -> None:
    """Say anew how to be reached: these preferences take the place of all before. Raises what `add_line` does.

    `may_contact`: the visitor agrees (again) that we call or write. Another good time moves the call that was promised;
    who was named no time, and had no answer yet, may be named one now. After `MOST_MOVES` other times none is named.
    """

    def changes(inquiry: Inquiry) -> dict[str, object]:
        thread = thread_of(secret=secret)
        before, times = thread.preferences, [good_time(each.body) for each in thread.messages if each.has_preferences]
        moves = sum(one != other for one, other in pairwise(times))
        allowed = queue_columns(preferences, now=timezone.now()) | {"tries": 0} | due_now(inquiry)
        if preferences.get("phone") != before.get("phone"):  # the same one is as wrong as it was
            allowed["is_number_wrong"] = False
        if may_contact:
            allowed["do_not_contact"] = False
        if inquiry.kind == Inquiry.Kind.CALL and preferences.get("reach_by") == "return_code":
            return allowed | inquiry.promise_answered() | {"next_at": timezone.now()}  # no call is wanted any more
        if inquiry.outside_calendar:
            stays = True
        elif inquiry.promised_by is None:
            stays = inquiry.status not in UNANSWERED or (inquiry.do_not_contact and not may_contact)
        else:
            stays = good_time(before) == good_time(preferences) or booking.promise_suits(inquiry, preferences)
        if stays:
            return allowed
        other = booking.choose_promise(preferences, moves=inquiry) if moves < MOST_MOVES else None
        if other is None and booking.is_overdue(inquiry):
            return allowed  # whoever waits longest keeps the first place
        return allowed | inquiry.promise_answered() | inquiry.promise_named(other)

    _append(secret, form_token, threads.preferences_body(preferences), changes)


def due_now(inquiry: Inquiry) -> dict[str, object]:
    """Its visitor wrote, so one of us acts now, or as early as before; a promise that stands keeps its time."""
    if inquiry.promised_by is not None and not inquiry.promise_withdrawn_on:
        return {}
    now = timezone.now()
    return {"next_at": min(inquiry.next_at or now, now)}


def good_time(preferences: dict[str, str]) -> tuple[str, str]:
    """What a promised time is chosen by: the part of the day, and unless any hour is good on whose clocks."""
    if not is_by_phone(preferences):
        return "in writing", ""
    part = preferences.get("call_window", "any")
    return part, "" if part == "any_hour" else wording.zone_of(preferences.get("time_zone")).key


def take_back_consent(*, secret: bytes, form_token: bytes) -> None:
    """From now on nobody may call or write; answers wait behind the code. Raises what `add_line` does.

    It asks for no answer: what was finished stays finished, and is destroyed no later.
    """

    def changes(inquiry: Inquiry) -> dict[str, object]:
        return inquiry.promise_answered() | {"do_not_contact": True}

    _append(secret, form_token, threads.CONSENT_TAKEN_BACK, changes, stays_done=True)


def destroy(*, secret: bytes) -> Certificate | None:
    """Destroy everything behind the code at once, keys first; under a legal hold lock it for everybody instead.

    None when there was nothing any more, as after a second press of the button. Raises `NotStored`: nothing was
    destroyed; or `OutcomeUnknown`.
    """
    with _one_transaction():
        try:
            inquiry = _locked(return_code.keys_of(secret))
        except Gone:
            return None
        row_security.keep_visible(inquiry.pk)
        authors = list(inquiry.messages.values_list("author", flat=True))
        replies = authors.count(Message.Author.TEAM)
        certificate = Certificate(timezone.now(), len(authors) - replies, replies, inquiry.hold)
        retention.destroy_at_request(inquiry)
    return certificate


def _messages_of(visitor: return_code.VisitorKeys) -> QuerySet[Message]:
    return (
        Message.objects.filter(inquiry__return_hash=visitor.return_hash)
        .select_related("inquiry", "key")
        .order_by("number")
    )


def _locked(visitor: return_code.VisitorKeys) -> Inquiry:
    """The inquiry behind the code, for this transaction alone. Raises `Gone`."""
    row_security.make_visible(visitor.return_hash)
    inquiry = Inquiry.objects.select_for_update().filter(return_hash=visitor.return_hash).first()
    if inquiry is None:
        raise Gone
    return inquiry


def _append(
    secret: bytes,
    form_token: bytes,
    body: dict[str, str],
    changes: Callable[[Inquiry], dict[str, object]],
    *,
    stays_done: bool = False,
) -> None:
    """Seal one more message, tell the team, and see that somebody looks. `changes` gives columns of the locked row.

    `stays_done`: what is done with stays so, and the team is not told.
    """
    visitor, team = return_code.keys_of(secret), keys.team_public()
    with _one_transaction():
        inquiry = _locked(visitor)
        pk = _id_of(inquiry, form_token, body)
        if Message.objects.filter(pk=pk).exists():
            return
        changed = changes(inquiry)
        number = threads.next_number(inquiry.messages)
        if number > MOST_MESSAGES:
            raise ThreadFull
        message, key = threads.new_message(
            inquiry=inquiry,
            author=Message.Author.VISITOR,
            number=number,
            body=body,
            team=team,
            visitor=visitor.private.public_key(),
            pk=pk,
        )
        message.save(force_insert=True)
        key.save(force_insert=True)
        status = Inquiry.Status(inquiry.status)
        if stays_done and status in Inquiry.DONE:
            inquiry.change(**changed)
            return
        seen_again: dict[str, object] = {}
        if status in SEEN_AGAIN:
            seen_again = {"status": SEEN_AGAIN[status], "handled_on": None, "closed_as": "", "next_at": timezone.now()}
        inquiry.change(**seen_again | changed)  # a colleague who replies at this moment reads the thread again first
        Alert(inquiry=inquiry).save(force_insert=True)


def _id_of(inquiry: Inquiry, form_token: bytes, body: dict[str, str]) -> uuid.UUID:
    """The same for the same form and words, so that a second press finds the first; nobody else can work it out."""
    words = json.dumps([str(inquiry.pk), body], sort_keys=True).encode("ascii")
    return uuid.UUID(bytes=hmac.digest(form_token, words, hashlib.sha256)[:16], version=4)


@contextmanager
def _one_transaction() -> Iterator[None]:
    """All or nothing. Raises `NotStored`, or `OutcomeUnknown` when the commit itself broke."""
    committing = False
    try:
        with transaction.atomic(durable=True):
            yield
            committing = True
    except Error as error:
        log.error("a visitor's change failed, during commit: %s", committing, exc_info=True)
        raise (OutcomeUnknown if committing else NotStored) from error


@functools.cache
def _dummy() -> tuple[sealing.Place, sealing.Sealed]:
    nobody, place = sealing.new_private().public_key(), old_note_place(note=uuid.uuid4())
    return place, sealing.seal({}, place=place, team=nobody)


def _open_dummy(private: sealing.PrivateKey) -> None:
    """As much work as opening a message; it never opens."""
    place, sealed = _dummy()
    try:
        sealing.open_sealed(sealed.payload, sealed.team_wrap, place=place, key=private)
    except CannotOpen:
        return
