import datetime

import pytest
from django.utils import timezone

from admissions.crypto import return_code
from admissions.errors import CannotOpen, Destroyed, DisclosureNotWritten, NotAllowed, ReasonMissing
from admissions.models import Disclosure, Inquiry, Message, MessageKey, NeverContact, StaffNote
from admissions.services import desk, never_contact, privacy, retention, team, visitor
from tests.admissions.factories import BODY, make_inquiry, make_staff, receive

pytestmark = pytest.mark.django_db
A_REASON = "A letter of the court, in the blue folder"


@pytest.fixture
def lead():
    return make_staff("admissions_lead")


@pytest.fixture
def officer():
    return make_staff("privacy_officer")


def note_texts(inquiry, lead):
    inquiry.refresh_from_db()
    return [note.text for note in team.open_thread(inquiry=inquiry, actor=lead).notes]


@pytest.mark.parametrize("role", ["admissions_lead", "privacy_officer"])
def test_a_hold_is_set_and_ended_with_a_reason_and_on_record(role, lead):
    inquiry, actor = make_inquiry(), make_staff(role)
    privacy.set_hold(inquiry=inquiry, actor=actor, hold=True, reason=A_REASON)
    inquiry.refresh_from_db()
    assert inquiry.hold
    privacy.set_hold(inquiry=inquiry, actor=actor, hold=False, reason="The court is done")
    inquiry.refresh_from_db()
    assert not inquiry.hold
    entries = Disclosure.objects.filter(action="held")
    assert [(entry.role, entry.detail) for entry in entries] == [(role, "set"), (role, "ended")]
    assert note_texts(inquiry, lead) == [f"Legal hold set: {A_REASON}", "Legal hold ended: The court is done"]


def test_a_hold_that_is_set_already_is_not_set_twice(lead):
    inquiry = make_inquiry()
    for _ in range(2):
        privacy.set_hold(inquiry=inquiry, actor=lead, hold=True, reason=A_REASON)
    assert (Disclosure.objects.count(), StaffNote.objects.count()) == (1, 1)


def test_what_is_held_is_kept_by_the_purge_and_by_the_visitor_and_goes_when_the_hold_ends(officer):
    receipt, long_ago = receive(), timezone.localdate() - datetime.timedelta(days=1000)
    Inquiry.objects.update(status="handled", handled_on=long_ago, next_at=None)
    privacy.set_hold(inquiry=receipt.inquiry, actor=officer, hold=True, reason=A_REASON)
    retention.purge()
    visitor.destroy(secret=return_code.secret_of(receipt.return_code))
    retention.purge()
    assert MessageKey.objects.count() == 1
    privacy.set_hold(inquiry=receipt.inquiry, actor=officer, hold=False, reason="Over")
    retention.purge()
    assert not MessageKey.objects.exists() and not Message.objects.exists(), "control"


def test_no_hold_is_set_on_what_is_destroyed(officer):
    receipt = receive()
    visitor.destroy(secret=return_code.secret_of(receipt.return_code))
    with pytest.raises(Destroyed):
        privacy.set_hold(inquiry=receipt.inquiry, actor=officer, hold=True, reason=A_REASON)


def test_the_lead_destroys_at_a_request_and_the_code_leads_nowhere(lead):
    receipt = receive()
    team.add_note(inquiry=receipt.inquiry, actor=lead, text="A note")
    assert visitor.thread_for_code(code=receipt.return_code), "control"
    assert privacy.destroy(inquiry=receipt.inquiry, actor=lead, request="phone") is False
    receipt.inquiry.refresh_from_db()
    assert receipt.inquiry.is_destroyed
    assert not Message.objects.exists() and not MessageKey.objects.exists() and not StaffNote.objects.exists()
    assert visitor.thread_for_code(code=receipt.return_code) is None
    last = Disclosure.objects.last()
    assert (last.action, last.detail, last.role) == ("destroyed", "asked by phone", "admissions_lead")
    with pytest.raises(Destroyed):
        privacy.destroy(inquiry=receipt.inquiry, actor=lead, request="phone")


def test_what_is_held_is_locked_instead(lead):
    receipt = receive()
    privacy.set_hold(inquiry=receipt.inquiry, actor=lead, hold=True, reason=A_REASON)
    assert privacy.destroy(inquiry=receipt.inquiry, actor=lead, request="letter") is True
    assert MessageKey.objects.get().visitor_wrap is None
    assert visitor.thread_for_code(code=receipt.return_code) is None
    receipt.inquiry.refresh_from_db()
    with pytest.raises(Destroyed):
        team.open_thread(inquiry=receipt.inquiry, actor=lead)


def test_an_export_is_on_record_with_its_counts_before_it_is_opened(officer, lead):
    inquiry = make_inquiry()
    team.add_note(inquiry=inquiry, actor=lead, text="A note")
    copy = privacy.export(inquiry=inquiry, actor=officer, reason=A_REASON)
    assert [message.body for message in copy.thread.messages] == [BODY]
    assert [note.text for note in copy.thread.notes] == ["A note"]
    assert [look.action for look in copy.looks] == ["noted", "exported"]
    last = Disclosure.objects.last()
    assert (last.detail, last.role, last.record) == ("messages: 1, notes: 1", "privacy_officer", inquiry.pk)
    assert note_texts(inquiry, lead)[-1] == f"Exported: {A_REASON}"


def test_nothing_is_exported_that_cannot_be_put_on_record(officer, settings, tmp_path):
    inquiry = make_inquiry()
    settings.DISCLOSURE_KEY_FILE = tmp_path / "gone"
    with pytest.raises(DisclosureNotWritten):
        privacy.export(inquiry=inquiry, actor=officer, reason=A_REASON)
    assert not StaffNote.objects.exists()


def test_an_export_says_what_is_wrong_with_the_thread(officer, lead):
    inquiry = make_inquiry()
    team.reply(inquiry=inquiry, actor=lead, text="Hello")
    Message.objects.filter(number=2).update(payload=b"changed")
    problems = privacy.export(inquiry=inquiry, actor=officer, reason=A_REASON).thread.message_problems
    assert len(problems) == 2, "it does not open, and was changed since somebody read it"


def test_what_is_destroyed_is_not_exported(officer):
    receipt = receive()
    visitor.destroy(secret=return_code.secret_of(receipt.return_code))
    with pytest.raises(Destroyed):
        privacy.export(inquiry=receipt.inquiry, actor=officer, reason=A_REASON)


def test_without_our_key_nothing_is_exported_and_nothing_is_on_record(officer, settings):
    inquiry = make_inquiry()
    settings.ADMISSIONS_PRIVATE_KEY_FILE = None
    with pytest.raises(CannotOpen):
        privacy.export(inquiry=inquiry, actor=officer, reason=A_REASON)
    assert not Disclosure.objects.exists()


def test_the_number_of_somebody_who_asks_for_a_call_again_may_be_used_again(lead):
    first, other = make_inquiry(), make_inquiry(body=BODY | {"phone": "+12125550147"})
    for body in (BODY, BODY | {"phone": "+12125550147"}):
        never_contact.remember(body)
    again = make_inquiry()
    desk.take(inquiry=again, actor=lead)
    assert privacy.allow_contact(inquiry=again, actor=lead, reason="She asked for it") == 1
    assert not never_contact.is_refused(BODY)
    assert never_contact.is_refused(BODY | {"phone": "+12125550147"}) and NeverContact.objects.count() == 1
    assert note_texts(again, lead) == ["May be called again: She asked for it"]
    assert privacy.allow_contact(inquiry=other, actor=lead, reason="x") == 1
    assert privacy.allow_contact(inquiry=first, actor=lead, reason="x") == 0, "it was on the list no more"


ACTS = {
    "hold": (lambda inquiry, actor, why: privacy.set_hold(inquiry=inquiry, actor=actor, hold=True, reason=why), "LP"),
    "destroy": (lambda inquiry, actor, why: privacy.destroy(inquiry=inquiry, actor=actor, request="phone"), "L"),
    "export": (lambda inquiry, actor, why: privacy.export(inquiry=inquiry, actor=actor, reason=why), "P"),
    "allow": (lambda inquiry, actor, why: privacy.allow_contact(inquiry=inquiry, actor=actor, reason=why), "L"),
}
LETTERS = {"admissions_lead": "L", "privacy_officer": "P", "admissions": "-", "publisher": "-", "": "-"}


@pytest.mark.parametrize("role", LETTERS)
@pytest.mark.parametrize("act", ACTS)
def test_only_whom_the_table_names_may(act, role):
    inquiry, actor = make_inquiry(), make_staff(role, is_superuser=role == "")
    do, who = ACTS[act]
    if LETTERS[role] in who:
        do(inquiry, actor, A_REASON)
        return
    with pytest.raises(NotAllowed):
        do(inquiry, actor, A_REASON)
    assert not Disclosure.objects.exists() and Message.objects.exists()


@pytest.mark.parametrize("act", ["hold", "export", "allow"])
@pytest.mark.parametrize("blank", ["", "  ", "\u2800"])
def test_nothing_is_done_without_a_reason_that_can_be_read(act, blank):
    inquiry, (do, who) = make_inquiry(), ACTS[act]
    actor = make_staff("admissions_lead" if "L" in who else "privacy_officer")
    with pytest.raises(ReasonMissing):
        do(inquiry, actor, blank)
    assert not Disclosure.objects.exists()
