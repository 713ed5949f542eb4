"""What the site does with inquiries: a row *and* the outside world (key files, the log, other tables).

What a visitor does who comes back with the code is in `visitor`.
"""

import hashlib
import hmac
import json
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db import DatabaseError, Error, IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from admissions.crypto import keys, sealing
from admissions.crypto import return_code as return_codes
from admissions.errors import (
    AlreadyClaimed,
    CannotOpen,
    CannotSeal,
    ChangedMeanwhile,
    ChangedRepeat,
    Destroyed,
    NotAllowed,
    NotStored,
    OutcomeUnknown,
    ThreadDamaged,
)
from admissions.models import Alert, Disclosure, Inquiry, Message, StaffNote
from admissions.questions import FORM_VERSION
from admissions.scheduling import booking
from admissions.scheduling.hours import queue_columns
from admissions.services import audit_log, integrity, row_security, threads
from admissions.services.threads import Thread
from admissions.typed_text import Needle, is_blank

log = logging.getLogger(__name__)

WAIT_FOR_AN_ANSWER = timedelta(days=7)
ONE_LOOK = timedelta(minutes=15)  # so long one handling of an inquiry is one look on record
MOST_HITS = 50
MOST_SEARCHED = 5000  # the newest of them: opening each takes about two milliseconds
SEARCHED_AT_ONCE = 100
LEAD, TEAM = ("admissions_lead", "admissions")  # the groups that may open threads; no other right counts


@dataclass(frozen=True)
class Receipt:
    inquiry: Inquiry
    return_code: str = field(repr=False)
    repeated: bool


class SearchResult(NamedTuple):
    """`damaged`: what could not be looked through, or only in part, whether it was found or not.

    `is_too_broad`: more than `MOST_HITS` have it, so none is named. `left_out`: older ones were not looked through.
    """

    matches: list[Inquiry]
    damaged: list[Inquiry]
    is_too_broad: bool = False
    looked_through: int = 0
    left_out: bool = False


class Hit(NamedTuple):
    inquiry: Inquiry
    name: str


# What visitors do


def can_take_messages() -> bool:
    """Is there a usable public key at this moment?"""
    try:
        keys.team_public()
    except CannotSeal:
        return False
    return True


def receive(
    *,
    kind: str,
    form_token: bytes,
    body: dict[str, str],
    junk_reasons: Sequence[str] = (),
    crowd_reasons: Sequence[str] = (),
) -> Receipt:
    """Seal and store what a visitor sent, with its alert, in one transaction. Idempotent by `form_token`.

    `junk_reasons`: why it is probably junk. Such a message waits in a tray of its own until somebody has opened it, in
    case it was a person after all. `crowd_reasons`: why it takes no place in the calendar, though it waits in the queue
    like all others. Neither is named a time, and staff read why in a note.

    Raises `CannotSeal`, `NotStored`, `OutcomeUnknown` (the commit broke: send again) or `ChangedRepeat` (this token
    already brought another body). In none of these cases is this body stored, save perhaps at `OutcomeUnknown`.
    """
    if kind not in Inquiry.Kind.values or len(form_token) != 32:
        raise ValueError("An inquiry needs a known kind and a form token of 32 bytes.")
    team, code = keys.team_public(), return_codes.for_form(form_token)
    visitor = return_codes.visitor_keys(code)
    visitor_public = visitor.private.public_key()
    inquiry = Inquiry(
        kind=kind,
        kid=sealing.key_id(team),
        form_version=FORM_VERSION,
        token_hash=hashlib.sha256(form_token).digest(),
        body_hmac=_body_hmac(form_token, kind, body),
        return_hash=visitor.return_hash,
        visitor_public_key=sealing.public_bytes(visitor_public),
        outside_calendar=bool(junk_reasons or crowd_reasons),
        **queue_columns(body, now=timezone.now()),
    )
    rows: list[Model] = [Alert(inquiry=inquiry, to=_alert_recipient(kind, junk_reasons))]
    if junk_reasons:
        inquiry.status, inquiry.handled_on = Inquiry.Status.JUNK, timezone.localdate()
    if junk_reasons or crowd_reasons:
        text = "\n".join(
            [
                "Put here by the website:" if junk_reasons else "Named no time by the website:",
                *junk_reasons,
                *crowd_reasons,
            ]
        )
        rows += threads.new_note(inquiry=inquiry, number=1, by="the website", text=text, team=team)
    message, key = threads.new_message(
        inquiry=inquiry, author=Message.Author.VISITOR, number=1, body=body, team=team, visitor=visitor_public
    )
    committing = False
    try:
        with transaction.atomic(durable=True):
            row_security.make_visible(bytes(inquiry.token_hash))  # rows are added to a thread in sight alone
            if inquiry.status == Inquiry.Status.NEW:
                has_time = kind != Inquiry.Kind.SYNTHETIC_CHECK and not inquiry.outside_calendar
                named = inquiry.promise_named(booking.choose_promise(body) if has_time else None)
                for column, value in named.items():
                    setattr(inquiry, column, value)
            for row in (inquiry, message, key, *rows):
                row.save(force_insert=True)
            committing = True
    except IntegrityError as error:
        if committing:
            raise OutcomeUnknown from error
        return _receipt_of_repeat(inquiry, code)
    except Error as error:
        log.error("receive failed, during commit: %s", committing, exc_info=True)
        raise (OutcomeUnknown if committing else NotStored) from error
    return Receipt(inquiry, code, repeated=False)


# What the admissions team does


def open_thread(*, inquiry: Inquiry, actor: User) -> Thread:
    """Record the look, then open. Raises `NotAllowed`, `Destroyed`, `DisclosureNotWritten` or `CannotOpen`.

    Whoever looks again within 15 minutes, and would see nothing that is not theirs or on record, looks once.
    """
    role = role_of(actor)
    with transaction.atomic(durable=True):
        stored = lock_thread(inquiry)
        if stored is None or stored.is_destroyed:
            raise Destroyed
        is_unchanged, state = integrity.compare(stored)
        if not is_unchanged or not _is_same_look(stored, actor, role, state):
            opened = Disclosure.Action.OPENED
            audit_log.record(actor=actor, role=role, action=opened, record=inquiry.pk, thread_state=state)
    thread = threads.open_as_team(stored, keys.team_private())
    if not is_unchanged:
        thread.message_problems.append("Something that one of us has read before was changed or taken away since.")
    if threads.refuses_contact(thread.messages) and not stored.do_not_contact:
        thread.message_problems.append("The visitor took back consent, and the record does not say so: do not call.")
    for problem in (*thread.message_problems, *thread.note_problems):
        log.error("%s: %s", inquiry, problem)
    return thread


def reply(*, inquiry: Inquiry, actor: User, text: str) -> Message:
    """Seal a reply for team and visitor. A new inquiry is open from then on.

    It keeps the promise to whoever comes back with the code alone. Who asked to be called or written to is still to be:
    nothing here is mailed, and nobody told them to look behind the code.

    Raises `NotAllowed`, `AlreadyClaimed`, `Destroyed`, `ChangedMeanwhile`, `CannotOpen`, `ThreadDamaged`, `TooLong` or
    `WrongVisitorKey`; read `inquiry` again after any of them.
    """
    role = role_of(actor)
    _refuse_if_destroyed(inquiry)
    _refuse_if_held_by_other(inquiry, actor)
    if is_blank(text):
        raise ValueError("A reply needs a text.")
    private = keys.team_private()
    with transaction.atomic(durable=True):
        stored = lock_thread(inquiry)
        if stored is None or stored.version != inquiry.version:
            raise ChangedMeanwhile(f"{inquiry} was changed by somebody else.")
        thread = threads.open_as_team(stored, private)
        preferences = threads.newest_preferences(thread.messages)
        changes: dict[str, object] = {"status": Inquiry.Status.OPEN} if inquiry.status == Inquiry.Status.NEW else {}
        if threads.waits_behind_code(inquiry, preferences) and inquiry.status in Inquiry.WAITS:
            changes = inquiry.status_changed(Inquiry.Status.WAITING, next_at=timezone.now() + WAIT_FOR_AN_ANSWER)
        inquiry.change(**changes)
        if thread.message_problems or not integrity.compare(stored).is_unchanged:
            raise ThreadDamaged
        message = write_reply(inquiry=stored, thread=thread, text=text)
        inquiry.renew(actor)
        state = integrity.compare(inquiry).state
        audit_log.record(
            actor=actor,
            role=role,
            action=Disclosure.Action.REPLIED,
            record=inquiry.pk,
            detail=f"message {message.number}",  # so that colleagues see who wrote it
            thread_state=state,
        )
    return message


def write_reply(*, inquiry: Inquiry, thread: Thread, text: str) -> Message:
    """Store a reply in the caller's transaction, which has the thread locked. Raises what `reply` does."""
    message, key = threads.new_message(
        inquiry=inquiry,
        author=Message.Author.TEAM,
        number=threads.next_number(inquiry.messages),
        body={"message": text},
        team=keys.team_public(),
        visitor=threads.visitor_key(inquiry, thread),
    )
    message.save(force_insert=True)
    key.save(force_insert=True)
    return message


def write_note(*, inquiry: Inquiry, by: str, text: str) -> StaffNote:
    """Store a note in the caller's transaction. Raises `CannotSeal`."""
    number = threads.next_number(inquiry.notes)
    note, key = threads.new_note(inquiry=inquiry, number=number, by=by, text=text, team=keys.team_public())
    note.save(force_insert=True)
    key.save(force_insert=True)
    return note


def add_note(*, inquiry: Inquiry, actor: User, text: str) -> StaffNote:
    """Seal a note for the team only. Raises `NotAllowed`, `Destroyed`, `ChangedMeanwhile` or `TooLong`."""
    role = role_of(actor)
    _refuse_if_destroyed(inquiry)
    if is_blank(text):
        raise ValueError("A note needs a text.")
    with transaction.atomic(durable=True):
        inquiry.change()  # whoever writes a second note at the same moment is told so
        note = write_note(inquiry=inquiry, by=actor.get_username(), text=text)
        inquiry.renew(actor)
        state = integrity.compare(inquiry).state
        audit_log.record(actor=actor, role=role, action=Disclosure.Action.NOTED, record=inquiry.pk, thread_state=state)
    return note


def move(*, inquiry: Inquiry, actor: User, to: str, closed_as: str = Inquiry.ClosedAs.ANSWERED) -> None:
    """Change the status; `closed_as` counts for what is handled.

    Raises `NotAllowed`, `AlreadyClaimed`, `IllegalMove` or `ChangedMeanwhile`.
    """
    role = role_of(actor)
    _refuse_if_held_by_other(inquiry, actor)
    before = inquiry.status
    next_at = timezone.now() + WAIT_FOR_AN_ANSWER if to == Inquiry.Status.WAITING else None
    with transaction.atomic(durable=True):
        inquiry.move_to(to, closed_as=closed_as if to == Inquiry.Status.HANDLED else "", next_at=next_at)
        audit_log.record(
            actor=actor, role=role, action=Disclosure.Action.MOVED, record=inquiry.pk, detail=f"{before} to {to}"
        )


def may_open(actor: User | AnonymousUser) -> bool:
    """Does `actor` belong to a group that opens threads?"""
    try:
        role_of(actor)
    except NotAllowed:
        return False
    return True


def may_release(*, inquiry: Inquiry, actor: User) -> bool:
    """Somebody holds it, and `actor` is that person or a lead."""
    if inquiry.claimed_by_id is None:
        return False
    return inquiry.claimed_by_id == actor.pk or role_of(actor) == LEAD


def claim(*, inquiry: Inquiry, actor: User) -> None:
    """Take an inquiry for 15 minutes, or for 15 more. Raises `NotAllowed`, `Destroyed` or `AlreadyClaimed`."""
    role_of(actor)
    _refuse_if_destroyed(inquiry)
    inquiry.claim(actor)


def release(*, inquiry: Inquiry, actor: User) -> None:
    """Give it back; a lead may give back anybody's. Raises `NotAllowed` or `AlreadyClaimed`."""
    inquiry.release(actor, even_of_others=role_of(actor) == LEAD)


def search(*, actor: User, needle: str, finished: bool = False) -> SearchResult:
    """Inquiries whose thread or notes hold `needle`, however it is spelled (`typed_text`), or that have this number.

    Those that wait; with `finished` the others too. The newest `MOST_SEARCHED` are opened in memory, a few at a time
    and in no transaction: nobody who writes has to wait. It ends with the hit after `MOST_HITS`: then nothing is named,
    and nothing goes on record. Otherwise one entry in the log for each inquiry found, before it is returned.

    A thread that does not open, in whole or in part, is named in the result; one destroyed meanwhile is not.
    Raises `NotAllowed`, `DisclosureNotWritten` or `CannotOpen`: there is no key.
    """
    role, private = role_of(actor), keys.team_private()
    if not needle.strip():
        return SearchResult([], [])
    wanted, matches, damaged = Needle(needle), list[Inquiry](), list[Inquiry]()
    rows = Inquiry.objects.from_people()
    rows = rows.exclude(status=Inquiry.Status.DESTROYED) if finished else rows.queue()
    found_by_id = set(rows.with_public_id(needle).values_list("pk", flat=True))
    newest = list(rows.order_by("-created", "id").values_list("pk", flat=True)[: MOST_SEARCHED + 1])
    todo = [*found_by_id, *(pk for pk in newest[:MOST_SEARCHED] if pk not in found_by_id)]
    for start in range(0, len(todo), SEARCHED_AT_ONCE):
        batch = rows.prefetch_related("messages__key", "notes__key").in_bulk(todo[start : start + SEARCHED_AT_ONCE])
        for inquiry in batch.values():
            opened = _open_thread(inquiry, private)
            thread = opened if opened.is_complete else _open_thread_again(inquiry, private)
            if thread is None:
                continue
            if inquiry.pk in found_by_id or thread.mentions(wanted):
                matches.append(inquiry)
                if len(matches) > MOST_HITS:
                    return SearchResult([], [], is_too_broad=True)
            if not thread.is_complete:
                damaged.append(inquiry)
                log.error("%s does not open, or only in part", inquiry)
    with transaction.atomic(durable=True):
        records: list[uuid.UUID | None] = [inquiry.pk for inquiry in matches]
        for record in records or [None]:
            audit_log.record(actor=actor, role=role, action=Disclosure.Action.FOUND, record=record)
    return SearchResult(matches, damaged, looked_through=len(todo), left_out=len(newest) > MOST_SEARCHED)


def hits(*, actor: User, found: Sequence[str]) -> list[Hit]:
    """What a search of `actor` found within the last 15 minutes, by its ids, the newest first, with names.

    The log says what they found: nothing else is opened, and looking at the list again is the same look.
    Raises `NotAllowed` or `CannotOpen`: there is no key.
    """
    role_of(actor)
    private = keys.team_private()
    looks = Disclosure.objects.filter(actor=actor, action=Disclosure.Action.FOUND, at__gt=timezone.now() - ONE_LOOK)
    on_record = set(looks.filter(record__in=found).values_list("record", flat=True))
    there = Inquiry.objects.filter(pk__in=on_record).exclude(status=Inquiry.Status.DESTROYED)
    rows = there.order_by("-created", "id").prefetch_related("messages__key", "notes__key")
    return [Hit(row, _name_in(_open_thread(row, private))) for row in rows]


def _name_in(thread: Thread) -> str:
    """What the visitor is called, in the newest message that says it."""
    names = [message.body["name"] for message in thread.messages if message.body.get("name")]
    return names[-1] if names else ""


# How


def role_of(actor: User | AnonymousUser, roles: Sequence[str] = (LEAD, TEAM)) -> str:
    """The group by which `actor` may, asked of the database each time. `is_superuser` counts for nothing.

    Raises `NotAllowed` for whoever is in none of `roles`.
    """
    groups = set(actor.groups.values_list("name", flat=True)) if actor.is_active and actor.is_authenticated else set()
    for role in roles:
        if role in groups:
            return role
    raise NotAllowed(f"Only {' and '.join(roles)} may do this.")


def lock_thread(inquiry: Inquiry) -> Inquiry | None:
    """The inquiry and its whole thread for this transaction alone, read once: what is compared is what is opened.

    Several queries read a thread. Without the lock, what is destroyed or added in between looks like damage.
    """
    rows = Inquiry.objects.select_for_update(no_key=True)  # who adds a row that refers to it need not wait
    return rows.prefetch_related("messages__key", "notes__key").filter(pk=inquiry.pk).first()


def _is_same_look(inquiry: Inquiry, actor: User, role: str, state: bytes) -> bool:
    """Since `actor` opened it a moment ago nobody else did anything, and every text is one of then or their own."""
    recent = Disclosure.objects.filter(record=inquiry.pk, at__gt=timezone.now() - ONE_LOOK)
    since: list[Disclosure] = []
    for entry in recent.order_by("-number"):
        since.insert(0, entry)
        if entry.actor_id != actor.pk or entry.role != role:
            return False
        if entry.action == Disclosure.Action.OPENED:
            break
    if not since or since[0].action != Disclosure.Action.OPENED:
        return False
    states = [bytes(entry.thread_state) for entry in since if entry.thread_state is not None]
    seen = integrity.messages_in(states[0])
    theirs = [message for message in list(inquiry.messages.all())[seen:] if message.author == Message.Author.VISITOR]
    return states[-1] == state and not theirs


def _open_thread(inquiry: Inquiry, private: sealing.PrivateKey) -> Thread:
    try:
        return threads.open_as_team(inquiry, private)
    except CannotOpen:
        return Thread([], [], ["It does not open."], [])


def _open_thread_again(inquiry: Inquiry, private: sealing.PrivateKey) -> Thread | None:
    """The thread as it is now, None when it was destroyed: nobody changes it while it is read."""
    with transaction.atomic(durable=True):
        stored = lock_thread(inquiry)
    return None if stored is None or stored.is_destroyed else _open_thread(stored, private)


def _refuse_if_held_by_other(inquiry: Inquiry, actor: User) -> None:
    if inquiry.is_held_by_other(actor):
        raise AlreadyClaimed(f"{inquiry} is with a colleague.")


def _refuse_if_destroyed(inquiry: Inquiry) -> None:
    if inquiry.is_destroyed:
        raise Destroyed


def _alert_recipient(kind: str, junk_reasons: Sequence[str]) -> Alert.To:
    if kind == Inquiry.Kind.SYNTHETIC_CHECK:
        return Alert.To.SYNTHETIC_CHECK
    return Alert.To.TRAY if junk_reasons else Alert.To.TEAM


def _body_hmac(form_token: bytes, kind: str, body: dict[str, str]) -> bytes:
    canonical = json.dumps([kind, body], sort_keys=True, separators=(",", ":"))  # in ASCII: takes any text there is
    return hmac.digest(form_token, canonical.encode("ascii"), hashlib.sha256)


def _receipt_of_repeat(inquiry: Inquiry, code: str) -> Receipt:
    """What to say when the token was there already: the same again is a success, another body is not stored."""
    try:
        with row_security.visible_thread(bytes(inquiry.token_hash)):
            first = Inquiry.objects.filter(token_hash=inquiry.token_hash).first()
    except DatabaseError as error:
        raise OutcomeUnknown from error
    if first is None:
        raise NotStored
    receipt = Receipt(first, code, repeated=True)
    if not hmac.compare_digest(bytes(first.body_hmac), inquiry.body_hmac):
        raise ChangedRepeat(receipt)
    return receipt
