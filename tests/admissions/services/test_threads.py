"""A thread is what its rows say together: what is missing, moved or of another make is named, and the rest is read."""

import json
import re
import secrets

import pytest
from django.urls import reverse

from admissions.crypto import keys, return_code, sealing
from admissions.crypto.envelope import BUCKETS, message_place, note_place, old_note_place
from admissions.errors import CannotOpen, ThreadDamaged
from admissions.models import Message, MessageKey, StaffNote, StaffNoteKey
from admissions.services import team, threads
from admissions.services import visitor as visitor_service
from tests.admissions.factories import BODY, make_inquiry, make_staff, receive

pytestmark = pytest.mark.django_db

AT = "2026-12-01T10:00:00+00:00"
OLD_VID = "0123456789abcdef"


@pytest.fixture
def actor():
    return make_staff()


def make_thread(actor, *, replies=2, notes=3):
    inquiry = make_inquiry()
    for number in range(replies):
        team.reply(inquiry=inquiry, actor=actor, text=f"reply {number}")
    for number in range(notes):
        team.add_note(inquiry=inquiry, actor=actor, text=f"note {number}")
    return inquiry


def opened(inquiry):
    """By what its rows say alone; what the log remembers of it is tested in `test_integrity`."""
    return threads.open_as_team(inquiry, keys.team_private())


def move(row, **columns):
    """As somebody does who can write rows."""
    type(row)._base_manager.filter(pk=row.pk).update(**columns)


def put_note(inquiry, number, place_of, content=None):
    """A note sealed for the place that `place_of` makes of its row."""
    note = StaffNote(inquiry=inquiry, number=number)
    content = content or {"at": AT, "by": "staff", "text": "An old note."}
    sealed = sealing.seal(content, place=place_of(note), team=keys.team_public())
    note.payload = sealed.payload
    note.save(force_insert=True)
    StaffNoteKey.objects.create(note=note, team_wrap=sealed.team_wrap)
    return note


def put_raw(inquiry, number, data, *, author="visitor"):
    """A message whose envelope holds exactly these bytes, sealed with public keys alone."""
    message = Message(inquiry=inquiry, author=author, number=number)
    place = message_place(inquiry=inquiry.pk, message=message.pk, author=author, number=number)
    size = next(size for size in BUCKETS if len(data) + 4 <= size)
    padded = (len(data).to_bytes(4, "big") + data).ljust(size, b"\0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "pad", lambda content, *, is_long: padded)
        visitor = sealing.load_public(bytes(inquiry.visitor_public_key))
        sealed = sealing.seal({}, place=place, team=keys.team_public(), visitor=visitor)
    message.payload = sealed.payload
    message.save(force_insert=True)
    MessageKey.objects.create(message=message, team_wrap=sealed.team_wrap, visitor_wrap=sealed.visitor_wrap)


def make_old(inquiry):
    """As if its first message had been sealed before the whole fingerprint stood inside."""
    key = sealing.load_public(bytes(inquiry.visitor_public_key))
    inquiry.messages.filter(number=1).delete()
    content = {"at": AT, "body": BODY, "vid": sealing.key_id(key).hex()}
    put_raw(inquiry, 1, json.dumps(content).encode())


# Numbers and places


def test_an_untouched_thread_is_whole(actor):
    thread = opened(make_thread(actor))
    assert thread.is_complete and (len(thread.messages), len(thread.notes)) == (3, 3)


def test_a_note_opens_at_its_own_inquiry_and_number_alone(actor):
    mine, other = make_thread(actor), make_thread(actor, notes=0)
    note = mine.notes.get(number=3)
    for columns, here in (({"inquiry": other}, other), ({"number": 4}, mine), ({"inquiry": other, "number": 1}, other)):
        move(note, **columns)
        thread = opened(here)
        assert "note 2" not in [kept.text for kept in thread.notes]
        assert re.search(r"Note \d does not open", " ".join(thread.note_problems))
        move(note, inquiry=mine, number=3)
    assert opened(mine).is_complete and opened(other).is_complete, "control: back in its place it opens"


def test_two_notes_that_change_places_are_named(actor):
    inquiry = make_thread(actor)
    first, second = inquiry.notes.get(number=1), inquiry.notes.get(number=2)
    for row, number in ((first, 99), (second, 1), (first, 2)):
        move(row, number=number)
    thread = opened(inquiry)
    assert [note.text for note in thread.notes] == ["note 2"]
    assert len(thread.note_problems) == 2


def test_a_copy_of_a_note_or_message_is_named(actor):
    inquiry = make_thread(actor)
    for row in (inquiry.notes.get(number=1), inquiry.messages.get(number=2)):
        key = row.key
        row.pk, row.number = None, 4
        row._state.adding = True
        row.pk = type(row)().pk
        row.save(force_insert=True)
        type(key)(row.pk, *[getattr(key, field.attname) for field in key._meta.fields[1:]]).save(force_insert=True)
    thread = opened(inquiry)
    assert thread.message_problems == ["Message 4 does not open: it was changed, or belongs somewhere else."]
    assert thread.note_problems == ["Note 4 does not open: it was changed, or belongs somewhere else."]


@pytest.mark.parametrize(
    ("gone", "named"),
    [([2], "Message 2 is missing."), ([1], "Message 1 is missing."), ([2, 3], "Messages 2 to 3 are missing.")],
)
def test_a_message_taken_out_is_named_and_the_rest_is_read(actor, gone, named):
    inquiry = make_thread(actor, replies=3)
    inquiry.messages.filter(number__in=gone).delete()
    thread = opened(inquiry)
    assert thread.message_problems == [named]
    assert [message.number for message in thread.messages] == [n for n in (1, 2, 3, 4) if n not in gone]


def test_a_note_taken_out_is_named_and_the_rest_is_read(actor):
    inquiry = make_thread(actor)
    inquiry.notes.filter(number=1).delete()
    thread = opened(inquiry)
    assert (thread.note_problems, [note.number for note in thread.notes]) == (["Note 1 is missing."], [2, 3])
    assert not thread.message_problems


def test_a_key_taken_away_is_named(actor):
    inquiry = make_thread(actor)
    MessageKey.objects.filter(message__inquiry=inquiry, message__number=2).delete()
    assert "Message 2 does not open" in opened(inquiry).message_problems[0]
    MessageKey.objects.all().delete()
    with pytest.raises(CannotOpen):
        opened(inquiry)


def test_nobody_is_answered_or_dialed_by_the_rest_of_a_damaged_thread(client, actor):
    receipt = receive()
    back = {"secret": return_code.secret_of(receipt.return_code), "form_token": secrets.token_bytes(32)}
    visitor_service.add_line(**back, text="Never call me again.")
    receipt.inquiry.refresh_from_db()
    team.reply(inquiry=receipt.inquiry, actor=actor, text="We hear you.")
    staff = make_staff(is_staff=True)
    client.force_login(staff)
    url = reverse("admin:admissions_inquiry_change", args=[receipt.inquiry.pk])
    assert 'value="reply"' in client.get(url).text, "control: a whole thread can be answered"
    client.post(url, {"do": "take"})
    assert 'value="reveal"' in client.get(url).text, "control: its number can be shown"
    receipt.inquiry.messages.filter(number=2).delete()
    page = client.get(url)
    assert page.status_code == 200 and "Message 2 is missing." in page.text
    assert BODY["message"] in page.text and "We hear you." in page.text
    assert (
        'value="reveal"' not in page.text
        and "tel:" not in page.text
        and "reply-text" not in page.text
        and "Nothing to dial" not in page.text
    )
    page = client.post(url, {"do": "reply", "reply-text": "Typed at length."})
    assert "so nothing was sent" in page.text and "Typed at length.</textarea>" in page.text
    assert receipt.inquiry.messages.count() == 2
    with pytest.raises(ThreadDamaged):
        team.reply(inquiry=type(receipt.inquiry).objects.get(), actor=staff, text="hello")


def test_a_damaged_note_is_named_on_the_page_and_a_note_may_be_added(client, actor):
    inquiry = make_thread(actor)
    inquiry.notes.filter(number=2).delete()
    client.force_login(make_staff(is_staff=True))
    url = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    assert "Note 2 is missing." in client.get(url).text
    client.post(url, {"do": "note", "note-text": "One is gone."})
    assert inquiry.notes.count() == 3


# Notes of earlier releases


def test_an_old_note_opens_in_an_old_thread(actor):
    inquiry = make_inquiry()
    put_note(inquiry, 1, lambda note: old_note_place(note=note.pk))
    make_old(inquiry)
    team.add_note(inquiry=inquiry, actor=actor, text="A new note.")
    thread = opened(inquiry)
    assert thread.is_complete and [note.text for note in thread.notes] == ["An old note.", "A new note."]


def test_an_old_note_does_not_open_in_a_new_thread(actor):
    """It cannot belong there, and nothing in it says where it does."""
    inquiry = make_inquiry()
    put_note(inquiry, 1, lambda note: old_note_place(note=note.pk))
    assert "Note 1 does not open" in opened(inquiry).note_problems[0]


def test_a_reply_is_sealed_for_an_old_thread(actor):
    receipt = receive()
    make_old(receipt.inquiry)
    team.reply(inquiry=receipt.inquiry, actor=actor, text="We are here.")
    assert visitor_service.thread_for_code(code=receipt.return_code).messages[1].body == {"message": "We are here."}


def test_the_whole_fingerprint_of_the_visitors_key_stands_in_the_first_message():
    inquiry = make_inquiry()
    thread = threads.open_as_team(inquiry, keys.team_private())
    key = sealing.load_public(bytes(inquiry.visitor_public_key))
    assert thread.messages[0].vid == sealing.fingerprint(key).hex() and len(thread.messages[0].vid) == 64


def test_every_digit_of_the_fingerprint_counts():
    """Another key with the same first 8 bytes can be made at a price; one with all 32 cannot."""
    inquiry = make_inquiry()
    vid = sealing.fingerprint(sealing.load_public(bytes(inquiry.visitor_public_key))).hex()
    for at in (0, 15, 16, 40, 63):
        other = vid[:at] + ("0" if vid[at] != "0" else "1") + vid[at + 1 :]
        inquiry.messages.all().delete()
        put_raw(inquiry, 1, json.dumps({"at": AT, "body": BODY, "vid": other}).encode())
        thread = threads.open_as_team(inquiry, keys.team_private())
        with pytest.raises(threads.WrongVisitorKey):
            threads.visitor_key(inquiry, thread)


# What is sealed, and no text of ours


def sealed_as(**parts):
    return json.dumps({"at": AT, "body": BODY} | parts).encode()


STRANGE = {
    "a number": b"7",
    "a list": b"[]",
    "text": b'"hello"',
    "nothing": b"",
    "null": b"null",
    "no fields": b"{}",
    "no body": b'{"at": "%s"}' % AT.encode(),
    "no time": json.dumps({"body": BODY}).encode(),
    "body a list": sealed_as(body=["hello"]),
    "body a text": sealed_as(body="hello"),
    "body null": sealed_as(body=None),
    "number in the body": sealed_as(body=BODY | {"message": 7}),
    "list in the body": sealed_as(body={"message": ["hello"]}),
    "object in the body": sealed_as(body={"message": {"a": "b"}}),
    "null in the body": sealed_as(body={"phone": None}),
    "true in the body": sealed_as(body={"consent": True}),
    "not a number": b'{"at": "%s", "body": {"message": NaN}}' % AT.encode(),
    "half a character": sealed_as(body={"message": "\ud83d"}),
    "half a character in a name": sealed_as(body={"\udc00": "hello"}),
    "half a character in bytes": b'{"at": "%s", "body": {"message": "\xed\xa0\x80"}}' % AT.encode(),
    "deep lists": b"[" * 8000 + b"]" * 8000,
    "deep objects": b'{"a":' * 2500 + b"1" + b"}" * 2500,
    "deep in the body": b'{"at": "%s", "body": {"message": %s}}' % (AT.encode(), b"[" * 5000 + b"]" * 5000),
    "a huge number": b'{"at": %s}' % (b"9" * 16000),
    "time a number": sealed_as(at=1764583200),
    "time in words": sealed_as(at="yesterday"),
    "time without a zone": sealed_as(at="2026-12-01T10:00:00"),
    "the first time": sealed_as(at="0001-01-01T00:00:00+00:00"),
    "the last time": sealed_as(at="9999-12-31T23:59:59-12:00"),
    "UTF-16": json.dumps({"at": AT, "body": 7}).encode("utf-16"),
    "no UTF-8": b'{"at": "\xff"}',
}


@pytest.mark.once
@pytest.mark.parametrize("data", STRANGE.values(), ids=STRANGE.keys())
def test_strange_contents_stop_no_search_no_list_and_no_thread(client, actor, data):
    strange, good = receive(body=BODY | {"name": "Kim Sample"}), make_inquiry()
    put_raw(strange.inquiry, 2, data)
    result = team.search(actor=actor, needle="Robin")
    assert (result.matches, result.damaged) == ([good], [strange.inquiry])
    assert team.search(actor=actor, needle="Kim Sample").matches == [strange.inquiry], "what opens is looked through"
    client.force_login(make_staff(is_staff=True))
    page = client.post("/admin/admissions/inquiry/search/", {"needle": "Robin"}, follow=True)
    assert page.status_code == 200 and good.public_id in page.text
    assert "could not be looked through" in page.text and strange.inquiry.public_id in page.text
    assert client.get("/admin/admissions/inquiry/").status_code == 200
    page = client.get(reverse("admin:admissions_inquiry_change", args=[strange.inquiry.pk]))
    assert page.status_code == 200 and "Message 2 does not open" in page.text and "Kim Sample" in page.text
    with pytest.raises(CannotOpen):
        visitor_service.thread_for_code(code=strange.return_code)


@pytest.mark.parametrize("vid", [None, 7, "", "0", "g" * 64, "A" * 64, "0" * 63, ["0"] * 64, OLD_VID + "\n"])
def test_a_first_message_that_names_no_key_does_not_open(actor, vid):
    inquiry, good = make_inquiry(), make_inquiry()
    inquiry.messages.all().delete()
    put_raw(inquiry, 1, sealed_as(vid=vid))
    assert team.search(actor=actor, needle="Robin")[:2] == ([good], [inquiry])
    with pytest.raises(CannotOpen):
        team.reply(inquiry=inquiry, actor=actor, text="hello")


@pytest.mark.parametrize(
    "content",
    [{}, {"text": "x"}, {"at": AT, "by": "s", "text": 7}, {"at": AT, "by": None, "text": "x"}, {"at": 1, "text": "x"}],
)
def test_a_strange_note_is_named_and_stops_nothing(client, actor, content):
    inquiry = make_inquiry()
    put_note(inquiry, 1, lambda note: note_place(inquiry=inquiry.pk, note=note.pk, number=1), content or {"a": "b"})
    assert team.search(actor=actor, needle="Robin")[:2] == ([inquiry], [inquiry])
    client.force_login(make_staff(is_staff=True))
    page = client.get(reverse("admin:admissions_inquiry_change", args=[inquiry.pk]))
    assert page.status_code == 200 and "Note 1 does not open" in page.text


def test_a_long_but_honest_text_is_no_strange_content(actor):
    inquiry = make_inquiry(body={"message": "x" * 16_000})
    assert opened(inquiry).is_complete
