"""From the first look on, whoever can write rows changes nothing of a thread unnoticed."""

import json
import re
import secrets

import pytest
from django.urls import reverse

from admissions.crypto import keys, return_code, sealing
from admissions.errors import AppendOnly, ThreadDamaged
from admissions.models import Disclosure, Inquiry, Message, MessageKey, StaffNote
from admissions.services import audit_log, team, threads
from admissions.services import visitor as visitor_service
from tests.admissions.factories import BODY, make_inquiry, make_staff, receive

pytestmark = pytest.mark.django_db

CHANGED = "was changed or taken away since"


@pytest.fixture
def actor():
    return make_staff()


def look(inquiry, actor):
    return team.open_thread(inquiry=Inquiry.objects.get(pk=inquiry.pk), actor=actor)


def is_noticed(inquiry, actor):
    return any(CHANGED in problem for problem in look(inquiry, actor).message_problems)


def put_in_place(row, body):
    """Another text under the same id, in the same place, sealed with public keys alone: it opens."""
    inquiry = row.inquiry
    visitor = sealing.load_public(bytes(inquiry.visitor_public_key))
    forged, key = threads.new_message(
        inquiry=inquiry,
        author=row.author,
        number=row.number,
        body=body,
        team=keys.team_public(),
        visitor=visitor,
        pk=row.pk,
    )
    Message.objects.filter(pk=row.pk).update(payload=forged.payload)
    MessageKey.objects.filter(pk=row.pk).update(team_wrap=key.team_wrap, visitor_wrap=key.visitor_wrap)


def take_over(inquiry):
    """The attack: a key of one's own, and the first message sealed anew so that it names that key."""
    attacker = sealing.new_private()
    Inquiry.objects.filter(pk=inquiry.pk).update(visitor_public_key=sealing.public_bytes(attacker.public_key()))
    put_in_place(inquiry.messages.select_related("inquiry").get(number=1), BODY)
    return attacker


def answer_opens_with(attacker, inquiry):
    last = inquiry.messages.get(author="team")
    return threads.open_as_visitor(last, attacker).body


def test_before_anybody_looked_a_taken_over_thread_passes(actor):
    """The limit of what can be known, and the control: the attack below is a real one."""
    inquiry = make_inquiry()
    attacker = take_over(inquiry)
    team.reply(inquiry=Inquiry.objects.get(), actor=actor, text="for your eyes only")
    assert answer_opens_with(attacker, inquiry) == {"message": "for your eyes only"}


def test_after_a_look_a_thread_that_is_taken_over_gets_no_answer(actor):
    inquiry = make_inquiry()
    assert look(inquiry, actor).is_complete
    take_over(inquiry)
    with pytest.raises(ThreadDamaged):
        team.reply(inquiry=Inquiry.objects.get(), actor=actor, text="for your eyes only")
    assert Message.objects.count() == 1
    assert is_noticed(inquiry, actor)
    assert is_noticed(inquiry, actor), "a second look does not take the change for granted"
    with pytest.raises(ThreadDamaged):
        team.reply(inquiry=Inquiry.objects.get(), actor=actor, text="for your eyes only")


def test_a_note_on_a_changed_thread_does_not_make_it_good(actor):
    inquiry = make_inquiry()
    look(inquiry, actor)
    take_over(inquiry)
    team.add_note(inquiry=Inquiry.objects.get(), actor=actor, text="Something is odd here.")
    assert is_noticed(inquiry, actor)


def test_our_own_reply_and_note_count_as_looks(actor):
    inquiry = make_inquiry()
    team.reply(inquiry=inquiry, actor=actor, text="We are here.")
    take_over(inquiry)
    assert is_noticed(inquiry, actor)
    noted = make_inquiry()
    team.add_note(inquiry=noted, actor=actor, text="Prefers mornings.")
    take_over(noted)
    assert is_noticed(noted, actor)


def test_the_page_says_so_and_shows_no_number(client, actor):
    inquiry = make_inquiry()
    client.force_login(make_staff(is_staff=True))
    url = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    client.post(url, {"do": "take"})
    assert "tel:" in show_number(client, url), "control"
    take_over(inquiry)
    page = client.get(url)
    assert page.status_code == 200 and CHANGED in page.text and "tel:" not in page.text
    assert "tel:" not in show_number(client, url)


def show_number(client, url):
    version = re.search(r'name="version" value="(\d+)"', client.get(url).text)[1]
    posted = {"do": "reveal", "version": version, "reveal-reason": "It is a test."}
    return client.post(url, posted, follow=True).text


def back(receipt, text):
    token = secrets.token_bytes(32)
    visitor_service.add_line(secret=return_code.secret_of(receipt.return_code), form_token=token, text=text)


def test_consent_that_was_taken_back_is_not_given_again_by_a_changed_record(client, actor):
    receipt = receive(body={"reach_by": "phone", "phone": "+17145550142", "consent": "notice version 1"})
    secret = return_code.secret_of(receipt.return_code)
    client.force_login(make_staff(is_staff=True))
    url = reverse("admin:admissions_inquiry_change", args=[receipt.inquiry.pk])
    client.post(url, {"do": "take"})
    assert "tel:" in show_number(client, url), "control"
    visitor_service.take_back_consent(secret=secret, form_token=secrets.token_bytes(32))
    page = client.get(url).text
    assert "tel:" not in page and "the record does not say so" not in page
    Inquiry.objects.update(do_not_contact=False)
    page = client.get(url).text
    assert "tel:" not in page and "the record does not say so" in page
    assert "tel:" not in show_number(client, url)
    preferences = {"reach_by": "phone", "phone": "+17145550142", "consent": "notice version 1"}
    visitor_service.change_contact_preferences(
        secret=secret, form_token=secrets.token_bytes(32), preferences=preferences, may_contact=True
    )
    assert "tel:" in show_number(client, url), "a new yes counts"


def test_what_people_do_is_no_change(actor):
    receipt = receive()
    other = receive()
    for number in range(3):
        back(receipt, f"line {number}")
        assert look(receipt.inquiry, actor).is_complete
        team.reply(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=actor, text=f"answer {number}")
        team.add_note(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=actor, text=f"note {number}")
    secret, token = return_code.secret_of(receipt.return_code), secrets.token_bytes(32)
    preferences = {"reach_by": "email", "email": "robin@example.com"}
    visitor_service.change_contact_preferences(
        secret=secret, form_token=token, preferences=preferences, may_contact=True
    )
    visitor_service.take_back_consent(secret=secret, form_token=secrets.token_bytes(32))
    team.move(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=actor, to="junk")
    thread = look(receipt.inquiry, actor)
    assert thread.is_complete and len(thread.messages) == 9
    assert look(other.inquiry, actor).is_complete
    assert audit_log.verify().number > 10


def test_keys_wrapped_anew_are_no_change(actor):
    inquiry = make_inquiry()
    look(inquiry, actor)
    key = MessageKey.objects.get()
    dek = sealing._hpke.decrypt(
        bytes(key.team_wrap)[9:],
        keys.team_private(),
        info=sealing.TEAM + bytes(key.team_wrap)[1:9] + b"|" + str(key.pk).encode(),
    )
    MessageKey.objects.update(team_wrap=sealing.wrap(dek, keys.team_public(), sealing.TEAM, key.pk))
    assert look(inquiry, actor).is_complete


def thread_of_five(actor):
    receipt = receive()
    back(receipt, "one more line")
    for text in ("first answer", "second answer", "third answer"):
        team.reply(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=actor, text=text)
    for text in ("first note", "second note"):
        team.add_note(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=actor, text=text)
    return receipt.inquiry


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_any_message_that_was_read_and_is_replaced_is_noticed(actor, number):
    inquiry = thread_of_five(actor)
    assert look(inquiry, actor).is_complete, "control"
    put_in_place(inquiry.messages.select_related("inquiry").get(number=number), {"message": "Never call me again."})
    thread = look(inquiry, actor)
    assert len(thread.messages) == 5, "it opens: nothing but the log tells"
    assert [CHANGED in problem for problem in thread.message_problems] == [True]


@pytest.mark.parametrize(("model", "number"), [(Message, 5), (Message, 2), (StaffNote, 2), (StaffNote, 1)])
def test_what_was_read_and_is_taken_away_is_noticed_at_the_end_too(actor, model, number):
    inquiry = thread_of_five(actor)
    look(inquiry, actor)
    model.objects.filter(number=number).delete()
    assert is_noticed(inquiry, actor)


def test_a_note_in_the_place_of_one_that_was_taken_away_is_noticed(actor):
    inquiry = thread_of_five(actor)
    StaffNote.objects.get(number=2).delete()
    team.add_note(inquiry=Inquiry.objects.get(), actor=actor, text="another second note")
    assert inquiry.notes.count() == 2 and is_noticed(inquiry, actor)


def test_two_threads_that_change_places_are_noticed(actor):
    """Messages, keys and codes of one person in the other's row."""
    one, two = make_inquiry(), make_inquiry()
    look(one, actor), look(two, actor)
    firsts = one.messages.get(), two.messages.get()
    for message, there in zip(firsts, (two, one), strict=True):
        Message.objects.filter(pk=message.pk).update(number=8, inquiry=there)
    Message.objects.update(number=1)
    Inquiry.objects.filter(pk=one.pk).update(return_hash=None)
    Inquiry.objects.filter(pk=two.pk).update(visitor_public_key=one.visitor_public_key, return_hash=one.return_hash)
    Inquiry.objects.filter(pk=one.pk).update(visitor_public_key=two.visitor_public_key, return_hash=two.return_hash)
    for inquiry in (one, two):
        with pytest.raises(threads.CannotOpen):
            look(inquiry, actor)
        put_in_place(inquiry.messages.select_related("inquiry").get(), BODY)
        assert is_noticed(inquiry, actor), "sealed anew in the other place as well"


def test_visitors_keys_that_change_places_are_noticed(actor):
    one, two = make_inquiry(), make_inquiry()
    look(one, actor), look(two, actor)
    Inquiry.objects.filter(pk=one.pk).update(visitor_public_key=two.visitor_public_key)
    with pytest.raises(ThreadDamaged):
        team.reply(inquiry=Inquiry.objects.get(pk=one.pk), actor=actor, text="hello")
    assert is_noticed(one, actor) and not is_noticed(two, actor)


@pytest.mark.parametrize("change", ["blank", "state of another thread", "state of an earlier look", "made up"])
def test_what_the_log_says_of_a_thread_is_not_written_anew(rows, actor, change):
    inquiry, other = thread_of_five(actor), make_inquiry()
    look(inquiry, actor)
    foreign = look(other, actor) and Disclosure.objects.get(record=other.pk).thread_state
    early = Disclosure.objects.filter(record=inquiry.pk).first().thread_state
    with pytest.raises(AppendOnly):
        Disclosure.objects.update(thread_state=None)
    take_over(inquiry)
    values = {"blank": None, "state of another thread": foreign, "state of an earlier look": early}
    rows.filter(record=inquiry.pk).update(thread_state=values.get(change, bytes(36)))
    with pytest.raises(audit_log.ChainBroken):
        audit_log.verify()
    assert is_noticed(inquiry, actor) and is_noticed(inquiry, actor)


def test_without_the_key_of_the_log_no_state_can_be_worked_out(rows, actor, settings, tmp_path):
    """What somebody writes who has the database and no key of ours does not pass."""
    inquiry = make_inquiry()
    look(inquiry, actor)
    take_over(inquiry)
    honest, settings.DISCLOSURE_KEY_FILE = settings.DISCLOSURE_KEY_FILE, tmp_path / "forged.key"
    settings.DISCLOSURE_KEY_FILE.write_text("ab" * 32)
    rows.all().delete()
    assert look(inquiry, actor).is_complete
    settings.DISCLOSURE_KEY_FILE = honest
    assert is_noticed(inquiry, actor)


def test_an_entry_holds_nothing_that_was_typed(actor):
    inquiry = thread_of_five(actor)
    look(inquiry, actor)
    for entry in Disclosure.objects.filter(record=inquiry.pk):
        assert len(bytes(entry.thread_state)) == 36
        assert json.dumps(BODY).encode() not in bytes(entry.thread_state)
