"""What is kept how long, and how it is destroyed: keys first, so that no copy of the rest can be opened.

How many days is in `RETENTION_DAYS` (settings). Handled inquiries go that long after the day they were handled; junk,
after one of us opened it, or put it there. What nobody dealt with stays, what the website alone took for junk too, and
so does whatever is under a legal hold. What a visitor destroys is gone at once, but for the clear columns, which follow
after their days; under a legal hold it is locked for everybody, and destroyed when the hold ends. What staff typed and
did not send goes with the inquiry, or after its own days.
"""

import logging
import re
import secrets
import time
from datetime import date, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from psycopg.errors import Diagnostic

from admissions.models import (
    Disclosure,
    Inquiry,
    KeptForm,
    KeptFormKey,
    Message,
    MessageKey,
    StaffNote,
    StaffNoteKey,
)

log = logging.getLogger(__name__)

NAMES = {
    Inquiry.Status.HANDLED: "handled_messages",
    Inquiry.Status.JUNK: "opened_junk",
    Inquiry.Status.DESTROYED: "destroyed_messages",
}

# Seconds between tries. What holds old rows for a moment is the server's own analysis of a table.
PAUSES = (0.2, 0.5, 1, 2, 4)


def period(name: str) -> timedelta:
    """How long what has this name in the settings is kept."""
    return timedelta(days=settings.RETENTION_DAYS[name])


def due(today: date) -> QuerySet[Inquiry]:
    over = Q()
    for status, name in NAMES.items():
        day = today - period(name)
        done = Q(status=status, handled_on__lte=day)
        if status == Inquiry.Status.JUNK:
            done &= Q(Exists(_opened_by(day)))
        over |= done
    return Inquiry.objects.filter(over, hold=False)


def _opened_by(day: date) -> QuerySet[Disclosure]:
    """That one of us had opened it on that day."""
    return Disclosure.objects.readings().filter(record=OuterRef("pk"), at__date__lte=day)


def destruction_day(inquiry: Inquiry, *, today: date) -> date:
    """The day on which it would be destroyed by itself; for what is not handled yet, if it were handled today."""
    return (inquiry.handled_on or today) + period(NAMES.get(Inquiry.Status(inquiry.status), "handled_messages"))


def released_from_hold() -> QuerySet[Inquiry]:
    """Destroyed by the visitor, kept by a legal hold, and now let go by it."""
    messages, notes = (rows.objects.filter(inquiry=OuterRef("pk")) for rows in (Message, StaffNote))
    return Inquiry.objects.filter(Exists(messages) | Exists(notes), status=Inquiry.Status.DESTROYED, hold=False)


def purge(*, today: date | None = None) -> int:
    """Destroy everything that is due, each inquiry in a transaction of its own. Returns how many."""
    today = today or timezone.localdate()
    destroyed = 0
    for over, end in ((due(today), destroy), (released_from_hold(), destroy_contents)):
        for pk in over.values_list("pk", flat=True):
            with transaction.atomic():
                # Asked again under a lock: somebody may have opened it again, or put it on hold.
                inquiry = over.select_for_update().filter(pk=pk).first()
                if inquiry:
                    end(inquiry)
                    destroyed += 1
    purge_kept_forms()
    wipe_freed_space()
    log.info("purged %s inquiries", destroyed)
    return destroyed


def purge_kept_forms() -> None:
    """Destroy what nobody came back for, keys first."""
    over = timezone.now() - period("unsent_texts")
    with transaction.atomic():
        KeptFormKey.objects.filter(form__used_at__lt=over).delete()
        KeptForm.objects.only("id").filter(used_at__lt=over, key=None).delete()


def destroy(inquiry: Inquiry) -> None:
    """Delete the keys, what finds the thread, the sealed texts, then the row. Call it inside a transaction."""
    destroy_contents(inquiry)
    inquiry.delete()


def destroy_contents(inquiry: Inquiry) -> None:
    """Delete everything but the clear columns, keys before texts. Call it inside a transaction."""
    forget_visitor(inquiry)  # first: the public process may delete only where no code leads any more
    MessageKey.objects.filter(message__inquiry=inquiry).delete()
    StaffNoteKey.objects.filter(note__inquiry=inquiry).delete()
    KeptFormKey.objects.filter(form__inquiry=inquiry).delete()
    KeptForm.objects.only("id").filter(inquiry=inquiry).delete()
    Message.objects.only("id").filter(inquiry=inquiry).delete()  # the worker may destroy it, and not read it
    StaffNote.objects.only("id").filter(inquiry=inquiry).delete()  # the public process may destroy it, and not read it


def destroy_at_request(inquiry: Inquiry) -> None:
    """What the visitor asked for: the contents go at once, and so does all that waits for it. Under a legal hold they
    are locked. Call it inside a transaction that has the row for itself; raises `ChangedMeanwhile` otherwise."""
    (lock_contents if inquiry.hold else destroy_contents)(inquiry)
    inquiry.alerts.all().delete()
    closed = {"status": Inquiry.Status.DESTROYED, "handled_on": timezone.localdate(), "next_at": None}
    inquiry.change(**closed, claimed_by=None, claimed_until=None, **inquiry.promise_answered())


def lock_contents(inquiry: Inquiry) -> None:
    """Take away what the return code opens; what a legal hold keeps stays. Call it inside a transaction."""
    MessageKey.objects.filter(message__inquiry=inquiry).update(visitor_wrap=None)
    forget_visitor(inquiry)


def forget_visitor(inquiry: Inquiry) -> None:
    """No code leads here any more, and no form: one that is sent again counts as a new one."""
    gone = {"return_hash": None, "visitor_public_key": None, "body_hmac": b""}
    Inquiry.objects.filter(pk=inquiry.pk).update(**gone, token_hash=secrets.token_bytes(32))


def wipe_freed_space() -> None:
    """Take deleted keys off the disk: databases only mark the space as free.

    On PostgreSQL the worker's role has MAINTAIN on the three key tables for it; without, the server only warns.
    What an older transaction may still see cannot be wiped: it is tried again for some seconds, then named in the log,
    and wiped by the next purge. SQLite overwrites deleted rows itself (secure_delete) once its log is written back.
    """
    if connection.in_atomic_block:
        return
    try:
        if connection.vendor == "postgresql":
            for model in (MessageKey, StaffNoteKey, KeptFormKey):
                wipe_postgres_table(model._meta.db_table)
        elif connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except DatabaseError:
        log.error("freed space was not wiped", exc_info=True)


def wipe_postgres_table(table: str) -> None:
    """Write the table anew without its dead rows. VACUUM says in a notice how many of them it had to leave.

    The plain VACUUM goes first because FULL, by its own snapshot, also keeps what any writer in another database of
    the server may hold back; rows that are gone by then are not copied.
    """
    left: list[int] = []

    def read(notice: Diagnostic) -> None:
        # "%.0f dead row versions cannot be removed yet." The server may say it in another language.
        number = re.search(r"\d+", notice.message_detail or "")
        left.append(int(number[0]) if number else 0)

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET lock_timeout = '2s'")  # whoever waits for the whole table makes every sender wait behind it
        cursor.connection.add_notice_handler(read)
        try:
            for pause in (*PAUSES, None):
                cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")
                left.clear()
                cursor.execute(f"VACUUM (FULL, VERBOSE) {connection.ops.quote_name(table)}")
                if not any(left):
                    return
                if pause is not None:
                    time.sleep(pause)
        finally:
            cursor.connection.remove_notice_handler(read)
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
    log.error("freed space was not wiped: an older transaction still sees it")
