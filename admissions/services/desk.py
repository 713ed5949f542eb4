"""What the admissions team does with what waits: take it, see the number, say what happened, hand it over.

Each step is on record in the transaction that stores it, and keeps the lease of whoever does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from admissions.crypto import keys, sealing
from admissions.errors import (
    AlreadyClaimed,
    AttemptNotRecorded,
    CannotOpen,
    ChangedMeanwhile,
    Destroyed,
    IllegalMove,
    NotRevealed,
    ThreadDamaged,
)
from admissions.models import Attempt, CannedReply, Disclosure, Inquiry, Message
from admissions.models.duty import ClosedDay, DutyCalendar, Shift
from admissions.models.inquiry import LEASE, MOST_TRIES
from admissions.scheduling.hours import next_fitting, their_hours
from admissions.scheduling.slots import people_on_duty
from admissions.scheduling.wording import zone_of
from admissions.services import audit_log, integrity, never_contact, team, threads
from admissions.services.threads import Thread
from admissions.typed_text import is_blank

Outcome = Attempt.Outcome
COMPARED = 500  # newest open inquiries, in which the same number is looked for
AGAIN_IN = timedelta(hours=2)
HANDED_FOR = timedelta(hours=1)
WAIT_FOR_A_LETTER, WAIT_WHEN_LOST = timedelta(days=7), timedelta(days=14)


@dataclass(frozen=True)
class Revealed:
    """`same`: other inquiries that wait and have the same number or address."""

    phone: str = field(repr=False)
    email: str = field(repr=False)
    same: list[Inquiry] = field(default_factory=list)


class Step(NamedTuple):
    """What follows from an outcome: the status, how it ended, whether words are needed."""

    status: Inquiry.Status
    closed_as: str = ""
    needs_note: bool = False


STEPS: dict[str, Step] = {
    Outcome.REACHED: Step(Inquiry.Status.HANDLED, Inquiry.ClosedAs.REACHED),
    Outcome.NO_ANSWER: Step(Inquiry.Status.OPEN),
    Outcome.VOICEMAIL: Step(Inquiry.Status.OPEN),
    Outcome.SOMEBODY_ELSE: Step(Inquiry.Status.OPEN, needs_note=True),
    Outcome.WRONG_NUMBER: Step(Inquiry.Status.WAITING),
    Outcome.ASKED_NOT: Step(Inquiry.Status.HANDLED, Inquiry.ClosedAs.ASKED_NOT),
    Outcome.WRITTEN: Step(Inquiry.Status.WAITING),
    Outcome.REFERRED: Step(Inquiry.Status.HANDLED, Inquiry.ClosedAs.REFERRED),
}


def take(*, inquiry: Inquiry, actor: User) -> None:
    """Claim it for 15 minutes, with what waits of the same person; what is new or waits is open from then on.

    Raises `NotAllowed`, `Destroyed` or `AlreadyClaimed`.
    """
    role = team.role_of(actor)
    if inquiry.is_destroyed:
        raise Destroyed
    with transaction.atomic(durable=True):
        inquiry.claim(actor)
        before = inquiry.status
        if before in (Inquiry.Status.NEW, Inquiry.Status.WAITING):
            inquiry.change(status=Inquiry.Status.OPEN)
            _record(inquiry, actor, role, Disclosure.Action.MOVED, f"{before} to open")


def take_next(*, actor: User) -> Inquiry | None:
    """Take whatever is due first, at an hour that its visitor named, and that nobody has. None: there is nothing.

    Raises `NotAllowed`.
    """
    team.role_of(actor)
    now = timezone.now()
    callable_now = Inquiry.objects.due(now).in_their_hours(now).filter(do_not_contact=False, is_number_wrong=False)
    for inquiry in callable_now.free()[:20]:
        try:
            take(inquiry=inquiry, actor=actor)
        except (AlreadyClaimed, Destroyed, ChangedMeanwhile):
            continue  # a colleague was faster
        return inquiry
    return None


def put_on_top(*, inquiry: Inquiry, actor: User) -> None:
    """Let it come first of all that is due: somebody read it, and it cannot wait. Nothing that was promised changes.

    Raises `NotAllowed`, `IllegalMove` when it does not wait any more, or `ChangedMeanwhile`.
    """
    team.role_of(actor)
    now = timezone.now()
    if inquiry.status not in Inquiry.WAITS:
        raise IllegalMove(f"{inquiry} does not wait any more.")
    # No entry in the log: it would count as a reading, and end the alarm of what nobody has opened.
    first = Inquiry.objects.due(now).exclude(pk=inquiry.pk).values_list("next_at", flat=True).first()
    inquiry.change(next_at=min(now, first - timedelta(seconds=1)) if first else now)


def renew(*, inquiry: Inquiry, actor: User) -> bool:
    """Keep it for 15 minutes more; False when `actor` no longer has it."""
    return inquiry.renew(actor)


def reveal(*, inquiry: Inquiry, actor: User, version: int, reason: str = "") -> Revealed:
    """The number and the address, at the moment when one of us is about to use them.

    Raises `NotRevealed` with a sentence for staff: without a claim, when nobody may call, at the fourth try, for a
    number that was wrong, and outside their hours without a written reason. Raises `ChangedMeanwhile` for a version
    that is not the newest, and what `team.open_thread` does.
    """
    role, private = team.role_of(actor), keys.team_private()
    now = timezone.now()
    with transaction.atomic(durable=True):
        stored, thread = _open_for_change(inquiry, private, version)
        preferences = threads.newest_preferences(thread.messages)
        _refuse_to_reveal(stored, thread, preferences, actor, now=now, reason=reason)
        if not is_blank(reason):
            team.write_note(inquiry=stored, by=actor.get_username(), text=f"Outside their hours: {reason}")
        stored.renew(actor)
        same = _same_address(stored, preferences, private)
        for other in same:
            audit_log.record(actor=actor, role=role, action=Disclosure.Action.FOUND, record=other.pk)
        _record(stored, actor, role, Disclosure.Action.DIALED)
    inquiry.refresh_from_db()
    return Revealed(preferences.get("phone", ""), preferences.get("email", ""), same)


def why_never(inquiry: Inquiry, thread: Thread) -> str:
    """Why nobody may call or write at any hour, as a sentence for staff; empty where somebody may."""
    if inquiry.do_not_contact or threads.refuses_contact(thread.messages):
        return "They took back their consent: nobody calls or writes. Answer in the thread."
    if never_contact.is_refused(threads.newest_preferences(thread.messages)):
        return "Whoever has this number asked us never to call again. Answer in the thread."
    if inquiry.is_number_wrong:
        return "This number was wrong. Answer in the thread, and wait for another one."
    if inquiry.tries >= MOST_TRIES:
        return "We have tried three times. Write in the thread, and wait for them."
    return ""


def still_revealed(*, inquiry: Inquiry, thread: Thread, actor: User) -> Revealed | None:
    """What `reveal` gave to `actor` in the last 15 minutes, while they still have it and may still use it.

    None as soon as anybody said how it went, was given it or was shown the number after them, or the visitor wrote.
    """
    ends = (Disclosure.Action.DIALED, Disclosure.Action.ATTEMPTED, Disclosure.Action.HANDED)
    last = Disclosure.objects.filter(record=inquiry.pk, action__in=ends).last()
    now = timezone.now()
    if last is None or last.actor_id != actor.pk or last.action != Disclosure.Action.DIALED or last.at <= now - LEASE:
        return None
    seen = integrity.messages_in(bytes(last.thread_state or b""))
    if any(message.author == Message.Author.VISITOR for message in thread.messages[seen:]):
        return None
    preferences = threads.newest_preferences(thread.messages)
    try:
        _refuse_to_reveal(inquiry, thread, preferences, actor, now=now, reason="It was given a moment ago.")
    except (NotRevealed, ThreadDamaged):
        return None
    return Revealed(preferences.get("phone", ""), preferences.get("email", ""))


def record_attempt(
    *,
    inquiry: Inquiry,
    actor: User,
    version: int,
    outcome: str,
    way: str = Attempt.Way.CALL,
    again_at: datetime | None = None,
    note: str = "",
) -> Attempt:
    """Say how it went, in one transaction with what follows: status, next step, the words the visitor reads.

    `again_at`: when one of us acts next; `preset_next_step` if it is not given. It answers the promise.
    Raises `AttemptNotRecorded` with a sentence for staff, `AlreadyClaimed`, `ChangedMeanwhile`, and what `team.reply`
    does.
    """
    role, private, now = team.role_of(actor), keys.team_private(), timezone.now()
    step = STEPS[outcome]
    if step.needs_note and is_blank(note):
        raise AttemptNotRecorded("Write in the note who answered and what was said.")
    if outcome == Outcome.REACHED and again_at:
        step = Step(Inquiry.Status.OPEN)  # an appointment
    if again_at and again_at <= now:
        raise AttemptNotRecorded("Choose a time that lies ahead.")
    with transaction.atomic(durable=True):
        stored, thread = _open_for_change(inquiry, private, version)
        if stored.status not in Inquiry.WAITS:
            raise IllegalMove(f"{stored} does not wait any more.")
        stored.claim(actor)
        preferences = threads.newest_preferences(thread.messages)
        if outcome == Outcome.VOICEMAIL and preferences.get("voicemail_ok") != "yes":
            raise AttemptNotRecorded("They asked us to leave no voicemail: choose another outcome, and write a note.")
        tries = stored.tries + 1 if outcome in Attempt.WITHOUT_SUCCESS else 0
        is_last = tries >= MOST_TRIES
        if is_last:
            step = Step(Inquiry.Status.WAITING)
        next_at = again_at or preset_next_step(
            outcome=outcome, preferences=preferences, tries=tries, calendar=DutyCalendar.read(), now=now
        )
        kept = None
        if stored.promised_by and not stored.promise_withdrawn_on:
            kept = stored.promise_broken_on is None
        changes = stored.status_changed(step.status, closed_as=step.closed_as, next_at=next_at)
        changes |= stored.promise_answered() | {"tries": tries}
        if outcome == Outcome.WRONG_NUMBER:
            changes["is_number_wrong"] = True
        if outcome == Outcome.ASKED_NOT:
            never_contact.remember(preferences)
            changes["do_not_contact"] = True
        stored.change(**changes)
        attempt = Attempt(
            inquiry=stored,
            number=threads.next_number(stored.attempts),
            by=actor,
            way=way,
            outcome=outcome,
            at=now,
            kept_promise=kept,
        )
        attempt.save(force_insert=True)
        words = f"{attempt.get_outcome_display()}."
        team.write_note(inquiry=stored, by=actor.get_username(), text=f"{words} {note}".strip())
        key = "unreachable" if is_last else "wrong-number" if outcome == Outcome.WRONG_NUMBER else ""
        if key and not thread.message_problems:
            team.write_reply(inquiry=stored, thread=thread, text=canned_text(key, preferences.get("language", "en")))
        _record(stored, actor, role, Disclosure.Action.ATTEMPTED, outcome)
    inquiry.refresh_from_db()
    return attempt


def preset_next_step(
    *, outcome: str, preferences: Mapping[str, str], tries: int, calendar: DutyCalendar, now: datetime
) -> datetime:
    """When one of us acts next, unless whoever records the attempt says another time."""
    match outcome:
        case Outcome.WRONG_NUMBER:
            return now + WAIT_WHEN_LOST
        case Outcome.WRITTEN:
            return now + WAIT_FOR_A_LETTER
    if tries >= MOST_TRIES:
        return now + WAIT_WHEN_LOST
    is_first_no_answer = outcome == Outcome.NO_ANSWER and tries <= 1
    after = now + AGAIN_IN if is_first_no_answer else now
    return next_fitting(preferences, calendar, after=after, next_day=not is_first_no_answer)


CANNED = {
    "unreachable": _(
        "We tried to call you three times and did not reach you. We will not call again by ourselves. You can answer "
        "here whenever you like, or give us another number or time."
    ),
    "wrong-number": _(
        "We called the number you gave us, and it was not yours. We will not call it again. You can give us another "
        "one here, or just write."
    ),
}


def canned_text(key: str, language: str) -> str:
    """What a visitor reads by itself: the text of the lead, else our own."""
    own = CannedReply.objects.filter(key=key, language=language).first()
    if own:
        return own.text
    with override("es" if language == "es" else "en"):
        return str(CANNED[key])


def colleagues(actor: User, *, now: datetime) -> tuple[list[User], list[User]]:
    """To whom `actor` can hand over: who is on duty now, and the others."""
    people = User.objects.filter(is_active=True, groups__name__in=(team.LEAD, team.TEAM)).exclude(pk=actor.pk)
    special_days = ClosedDay.objects.special(since=timezone.localdate(now))
    there = people_on_duty(Shift.objects.filter(person__isnull=False), special_days, zone_of(None), now)
    everybody = list(people.distinct().order_by("username"))
    return [each for each in everybody if each.pk in there], [each for each in everybody if each.pk not in there]


def hand_over(*, inquiry: Inquiry, actor: User, to: User, note: str) -> None:
    """Give it to a colleague for an hour, with a note. Raises `AlreadyClaimed`, `NotAllowed`: also if `to` may not."""
    role = team.role_of(actor)
    team.role_of(to)
    if inquiry.status not in Inquiry.WAITS:
        raise IllegalMove(f"{inquiry} does not wait any more.")
    with transaction.atomic(durable=True):
        inquiry.claim(actor)
        text = f"Handed over to {to.get_username()}. {note}".strip()
        team.write_note(inquiry=inquiry, by=actor.get_username(), text=text)
        inquiry.hand_to(to, HANDED_FOR)
        _record(inquiry, actor, role, Disclosure.Action.HANDED, to.get_username())


def set_aside_as_junk(*, inquiry: Inquiry, actor: User, version: int, reason: str) -> None:
    """Into the junk tray, with a reason. Raises `AttemptNotRecorded` once anybody tried or answered."""
    role = team.role_of(actor)
    if is_blank(reason):
        raise AttemptNotRecorded("Say in a few words why this is junk.")
    with transaction.atomic(durable=True):
        _refuse_old_version(inquiry, version)
        inquiry.claim(actor)
        if inquiry.attempts.exists() or inquiry.messages.filter(author=Message.Author.TEAM).exists():
            raise AttemptNotRecorded("One of us has called or answered already, so this is no junk. Close it instead.")
        before = inquiry.status
        inquiry.move_to(Inquiry.Status.JUNK)
        team.write_note(inquiry=inquiry, by=actor.get_username(), text=f"Junk: {reason}")
        _record(inquiry, actor, role, Disclosure.Action.MOVED, f"{before} to junk")


def link(*, inquiry: Inquiry, other: Inquiry, actor: User) -> None:
    """Say that both are of one person: they are taken together from now on, and never merged."""
    role = team.role_of(actor)
    root = other.same_as_id or other.pk
    if root == inquiry.pk:
        root, inquiry = inquiry.pk, other
    with transaction.atomic(durable=True):
        Inquiry.objects.filter(same_as=inquiry.pk).update(same_as=root)
        inquiry.change(same_as_id=root)
        _record(inquiry, actor, role, Disclosure.Action.MOVED, f"linked with {other.public_id}")


# How


def _record(inquiry: Inquiry, actor: User, role: str, action: str, detail: str = "") -> None:
    state = integrity.compare(inquiry).state
    audit_log.record(actor=actor, role=role, action=action, record=inquiry.pk, detail=detail[:200], thread_state=state)


def _refuse_old_version(inquiry: Inquiry, version: int) -> None:
    if inquiry.version != version:
        raise ChangedMeanwhile(f"{inquiry} was changed by somebody else.")


def _open_for_change(inquiry: Inquiry, private: sealing.PrivateKey, version: int) -> tuple[Inquiry, Thread]:
    """The row and its thread for this transaction alone. Raises `Destroyed`, `ChangedMeanwhile` or `CannotOpen`."""
    stored = team.lock_thread(inquiry)
    if stored is None or stored.is_destroyed:
        raise Destroyed
    _refuse_old_version(stored, version)
    return stored, threads.open_as_team(stored, private)


def _refuse_to_reveal(
    inquiry: Inquiry, thread: Thread, preferences: dict[str, str], actor: User, *, now: datetime, reason: str
) -> None:
    if not inquiry.is_held_by(actor):
        raise NotRevealed("Take it first, so that nobody else calls at the same time.")
    if thread.message_problems or not integrity.compare(inquiry).is_unchanged:
        raise ThreadDamaged
    if why := why_never(inquiry, thread):
        raise NotRevealed(why)
    hours = their_hours(preferences)
    if hours and not hours.covers(now) and is_blank(reason):
        raise NotRevealed("It is outside their hours. Write down why it cannot wait.")


def _same_address(inquiry: Inquiry, preferences: dict[str, str], private: sealing.PrivateKey) -> list[Inquiry]:
    """Others that wait with the same number or address, among the newest."""
    wanted = {preferences[name] for name in never_contact.ADDRESSES if preferences.get(name)}
    if not wanted:
        return []
    linked = Inquiry.objects.with_same_person(inquiry).values("pk")
    others = Inquiry.objects.queue().exclude(pk__in=linked).order_by("-created", "id").prefetch_related("messages__key")
    same = []
    for other in others[:COMPARED]:
        try:
            theirs = threads.newest_preferences(threads.open_as_team(other, private).messages)
        except CannotOpen:
            continue
        if wanted & {theirs.get(name) for name in never_contact.ADDRESSES}:
            same.append(other)
    return same
