"""What the lead and the privacy officer do with one inquiry: hold it, destroy it, export it, let it be called again.

Each is on record in the transaction that does it, or before a text is opened. Reasons are sealed notes: what somebody
writes about a person is destroyed with the rest.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from admissions.crypto import keys
from admissions.errors import Destroyed, NotAllowed, ReasonMissing
from admissions.models import Attempt, Disclosure, Inquiry
from admissions.services import audit_log, integrity, never_contact, retention, team, threads
from admissions.services.threads import Thread
from admissions.typed_text import is_blank

OFFICER = "privacy_officer"
HOLDERS = (team.LEAD, OFFICER)
# How somebody asked us to destroy what we have of them. Words of our own, since nothing else is left that says why.
REQUESTS = {"phone": "asked by phone", "letter": "asked in writing", "person": "asked in person"}


@dataclass(frozen=True)
class Export:
    """All that we have of one inquiry, opened. `looks`: when, by which role, and what they did."""

    inquiry: Inquiry
    at: datetime
    thread: Thread
    attempts: list[Attempt]
    looks: list[Disclosure]


def may_see(actor: User) -> bool:
    """May `actor` open the page of what is done here?"""
    try:
        team.role_of(actor, HOLDERS)
    except NotAllowed:
        return False
    return True


def set_hold(*, inquiry: Inquiry, actor: User, hold: bool, reason: str) -> None:
    """While it is set nothing of it is destroyed, whoever asks. For the lead and the privacy officer.

    Raises `NotAllowed`, `ReasonMissing`, `DisclosureNotWritten`, `CannotSeal`, or `Destroyed` where nothing is left.
    """
    role = team.role_of(actor, HOLDERS)
    _refuse_without_reason(reason)
    with transaction.atomic(durable=True):
        stored = _locked(inquiry)
        if stored.is_destroyed and not stored.hold:
            raise Destroyed
        if stored.hold == hold:
            return
        stored.change(hold=hold)
        words = "Legal hold set" if hold else "Legal hold ended"
        team.write_note(inquiry=stored, by=actor.get_username(), text=f"{words}: {reason}")
        _record(stored, actor, role, Disclosure.Action.HELD, "set" if hold else "ended")


def destroy(*, inquiry: Inquiry, actor: User, request: str) -> bool:
    """Destroy everything because its visitor asked us to, `request` being how; the code leads nowhere any more.

    Under a legal hold it is locked instead, and True is returned. For the lead.
    Raises `NotAllowed`, `Destroyed` or `DisclosureNotWritten`.
    """
    role = team.role_of(actor, (team.LEAD,))
    with transaction.atomic(durable=True):
        stored = _locked(inquiry)
        if stored.is_destroyed:
            raise Destroyed
        _record(stored, actor, role, Disclosure.Action.DESTROYED, REQUESTS[request])
        retention.destroy_at_request(stored)
    return stored.hold


def export(*, inquiry: Inquiry, actor: User, reason: str) -> Export:
    """Put on record how much is handed out, then open it. The one way in which the privacy officer opens a text.

    Raises `NotAllowed`, `ReasonMissing`, `Destroyed`, `DisclosureNotWritten` or `CannotOpen`.
    """
    role, private = team.role_of(actor, (OFFICER,)), keys.team_private()
    _refuse_without_reason(reason)
    with transaction.atomic(durable=True):
        stored = team.lock_thread(inquiry)
        if stored is None or stored.is_destroyed:
            raise Destroyed
        counts = f"messages: {len(stored.messages.all())}, notes: {len(stored.notes.all())}"
        is_unchanged = integrity.compare(stored).is_unchanged
        team.write_note(inquiry=stored, by=actor.get_username(), text=f"Exported: {reason}")
        _record(inquiry, actor, role, Disclosure.Action.EXPORTED, counts)
    thread = threads.open_as_team(stored, private)
    if not is_unchanged:
        thread.message_problems.append("Something that one of us has read before was changed or taken away since.")
    looks = Disclosure.objects.filter(record=stored.pk)
    return Export(stored, timezone.now(), thread, list(stored.attempts.all()), list(looks))


def allow_contact(*, inquiry: Inquiry, actor: User, reason: str) -> int:
    """Take the number and address of this inquiry off the list of those that are never used. For the lead.

    Returns how many were on it. Raises `NotAllowed`, `ReasonMissing`, and what `team.open_thread` does.
    """
    role = team.role_of(actor, (team.LEAD,))
    _refuse_without_reason(reason)
    thread = team.open_thread(inquiry=inquiry, actor=actor)
    with transaction.atomic(durable=True):
        stored = _locked(inquiry)
        forgotten = never_contact.forget(threads.newest_preferences(thread.messages))
        if forgotten:
            words = f"May be called again: {reason}"
            team.write_note(inquiry=stored, by=actor.get_username(), text=words)
            _record(stored, actor, role, Disclosure.Action.NOTED, "may be called again")
    return forgotten


def _refuse_without_reason(reason: str) -> None:
    if is_blank(reason):
        raise ReasonMissing("Write down why.")


def _locked(inquiry: Inquiry) -> Inquiry:
    """The row for this transaction alone. Raises `Destroyed`."""
    stored = Inquiry.objects.select_for_update().filter(pk=inquiry.pk).first()
    if stored is None:
        raise Destroyed
    return stored


def _record(inquiry: Inquiry, actor: User, role: str, action: str, detail: str) -> None:
    state = integrity.compare(inquiry).state
    audit_log.record(actor=actor, role=role, action=action, record=inquiry.pk, detail=detail, thread_state=state)
