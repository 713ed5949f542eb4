import contextlib
import datetime
import hashlib
import logging
import secrets
import threading
import time

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from admissions.crypto import keys, return_code, sealing
from admissions.errors import (
    AdmissionsError,
    AlreadyClaimed,
    CannotOpen,
    CannotSeal,
    ChangedMeanwhile,
    ChangedRepeat,
    Destroyed,
    DisclosureNotWritten,
    IllegalMove,
    NotAllowed,
    NotStored,
    OutcomeUnknown,
    TooLong,
    WrongVisitorKey,
)
from admissions.models import Alert, Disclosure, Inquiry, Message, MessageKey, StaffNote, StaffNoteKey
from admissions.services import audit_log, retention, team, threads, visitor
from tests.admissions.factories import BODY, break_the_commit, make_inquiry, make_staff, receive, times

pytestmark = pytest.mark.django_db
on_real_commits = pytest.mark.django_db(transaction=True)


def everything_stored():
    """Every byte of every column of every table of this app, as one searchable piece."""
    pieces = []
    for model in (Alert, Disclosure, Inquiry, Message, MessageKey, StaffNote, StaffNoteKey):
        for row in model.objects.values_list():
            pieces += [bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row]
    return b"\n".join(pieces)


def counts():
    return [model.objects.count() for model in (Inquiry, Message, MessageKey, Alert)]


# Receiving


def test_a_message_is_stored_sealed_with_its_alert_and_opens_for_both_readers():
    receipt = receive()
    assert counts() == [1, 1, 1, 1]
    assert not receipt.repeated
    inquiry = receipt.inquiry
    assert (inquiry.kind, inquiry.status, inquiry.version, inquiry.promised_by) == ("contact", "new", 1, None)
    assert bytes(inquiry.kid) == sealing.key_id(keys.team_public())
    assert Alert.objects.get().inquiry == inquiry
    assert team.open_thread(inquiry=inquiry, actor=make_staff()).messages[0].body == BODY
    assert visitor.thread_for_code(code=receipt.return_code).messages[0].body == BODY


def test_nothing_that_was_typed_and_no_code_or_token_is_stored_readable():
    token = secrets.token_bytes(32)
    body = {"name": "Zaphira Quill", "phone": "+17145550199", "message": "canary of the night"}
    code = receive(form_token=token, body=body).return_code
    stored = everything_stored()
    assert hashlib.sha256(token).digest() in stored  # the control: this is how a find looks
    for text in (*body.values(), code, code.replace("-", "")):
        assert text.encode() not in stored
        assert text.encode("utf-16-le") not in stored
    assert token not in stored
    assert token.hex().encode() not in stored


def test_a_receipt_prints_without_its_code():
    receipt = receive()
    assert receipt.return_code not in f"{receipt} {receipt!r}"


@pytest.mark.parametrize("words", [{"kind": "letter"}, {"form_token": b"short"}, {"form_token": b""}])
def test_an_unknown_kind_or_a_wrong_token_is_a_mistake_of_ours(words):
    with pytest.raises(ValueError, match="token"):
        receive(**words)
    assert counts() == [0, 0, 0, 0]


def test_the_same_form_sent_twenty_times_is_one_inquiry_with_one_code():
    token = secrets.token_bytes(32)
    receipts = [receive(form_token=token) for _ in range(20)]
    assert counts() == [1, 1, 1, 1]
    assert len({receipt.return_code for receipt in receipts}) == 1
    assert {receipt.inquiry for receipt in receipts} == {receipts[0].inquiry}
    assert [receipt.repeated for receipt in receipts] == [False] + [True] * 19


def test_the_name_of_an_inquiry_does_not_follow_from_what_its_code_is_made_of():
    """Who knows the one learns nothing of the other: the same form gives its code again, and never the same name."""
    token = secrets.token_bytes(32)
    first = receive(form_token=token)
    Inquiry.objects.all().delete()
    again = receive(form_token=token)
    assert again.return_code == first.return_code, "control"
    assert again.inquiry.public_id != first.inquiry.public_id


def test_without_the_token_every_repeat_would_count():
    """The control of the test above."""
    codes = {receive(form_token=secrets.token_bytes(32)).return_code for _ in range(20)}
    assert counts() == [20, 20, 20, 20]
    assert len(codes) == 20


def test_the_order_of_the_fields_does_not_make_another_message():
    token = secrets.token_bytes(32)
    receive(form_token=token)
    assert receive(form_token=token, body=dict(reversed(BODY.items()))).repeated


@pytest.mark.parametrize("other", [{"body": BODY | {"message": "Changed."}}, {"kind": "call"}])
def test_a_changed_repeat_is_told_apart_and_not_stored(other):
    token = secrets.token_bytes(32)
    first = receive(form_token=token)
    with pytest.raises(ChangedRepeat) as caught:
        receive(form_token=token, **other)
    assert counts() == [1, 1, 1, 1]
    assert caught.value.first.return_code == first.return_code
    assert visitor.thread_for_code(code=first.return_code).messages[0].body == BODY


@on_real_commits
def test_twenty_at_once_with_one_token_are_one_inquiry():
    token, receipts, failures = secrets.token_bytes(32), [], []
    start = threading.Barrier(times(short=8, full=20))

    def send():
        try:
            start.wait()
            receipts.append(receive(form_token=token))
        except Exception as error:  # noqa: BLE001 reason=the test counts every kind
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(start.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert counts() == [1, 1, 1, 1]
    assert len({receipt.return_code for receipt in receipts}) == 1
    assert [receipt.repeated for receipt in receipts].count(False) == 1


# Failing honestly


@pytest.mark.parametrize("model", [Inquiry, Message, MessageKey, Alert])
@pytest.mark.parametrize("error", [OperationalError, DatabaseError])
def test_a_failure_before_the_commit_stores_nothing_and_says_so(monkeypatch, model, error):
    def fail(*args, **kwargs):
        raise error("disk full")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(NotStored):
        receive()
    assert counts() == [0, 0, 0, 0]


@on_real_commits
@pytest.mark.parametrize("stored", [True, False])
def test_a_broken_commit_is_unknown_and_sending_again_settles_it(monkeypatch, stored):
    token = secrets.token_bytes(32)
    break_the_commit(monkeypatch, stored=stored)
    with pytest.raises(OutcomeUnknown):
        receive(form_token=token)
    assert counts() == [int(stored)] * 4
    assert receive(form_token=token).repeated is stored
    assert counts() == [1, 1, 1, 1]


def test_a_repeat_that_cannot_be_looked_up_is_unknown(monkeypatch):
    token = secrets.token_bytes(32)
    receive(form_token=token)

    def fail(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(QuerySet, "first", fail)
    with pytest.raises(OutcomeUnknown):
        receive(form_token=token)


@pytest.mark.parametrize("content", [None, b"", b"noise"])
def test_without_a_usable_public_key_nothing_is_taken(settings, tmp_path, content):
    assert team.can_take_messages()
    settings.ADMISSIONS_PUBLIC_KEY_FILE = tmp_path / "public.pem"
    if content is not None:
        settings.ADMISSIONS_PUBLIC_KEY_FILE.write_bytes(content)
    assert not team.can_take_messages()
    with pytest.raises(CannotSeal):
        receive()
    assert counts() == [0, 0, 0, 0]


def test_when_sealing_fails_nothing_is_stored(monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("no entropy")

    monkeypatch.setattr(sealing.secrets, "token_bytes", fail)
    with pytest.raises(CannotSeal):
        team.receive(kind="contact", form_token=b"t" * 32, body=BODY)
    assert counts() == [0, 0, 0, 0]


def test_a_text_that_fits_no_envelope_is_refused_and_forms_can_ask_first():
    for message, fits in (("x" * 3000, True), ("👩" * 3000, True), ("\x01" * 3000, False), ("\ud800", False)):
        assert threads.fits(BODY | {"message": message}) is fits
        if not fits:
            with pytest.raises(CannotSeal):
                receive(body=BODY | {"message": message})
    assert counts() == [0, 0, 0, 0]


# Opening


@pytest.mark.parametrize("role", ["admissions", "admissions_lead"])
def test_who_is_in_the_group_opens_a_thread(role):
    actor, inquiry = make_staff(role), make_inquiry()
    assert team.open_thread(inquiry=inquiry, actor=actor).messages[0].body == BODY
    entry = Disclosure.objects.get()
    assert (entry.actor, entry.role, entry.action, entry.record) == (actor, role, "opened", inquiry.pk)


def looks():
    return Disclosure.objects.filter(action="opened").count()


def test_one_handling_of_an_inquiry_is_one_look_on_record(time_machine):
    time_machine.move_to("2026-12-02T20:00Z", tick=False)
    actor, inquiry = make_staff(), make_inquiry()
    for _ in range(3):
        team.open_thread(inquiry=inquiry, actor=actor)
    team.claim(inquiry=inquiry, actor=actor)
    team.add_note(inquiry=inquiry, actor=actor, text="Calm.")
    team.reply(inquiry=inquiry, actor=actor, text="At ten.")
    assert len(team.open_thread(inquiry=inquiry, actor=actor).notes) == 1
    assert looks() == 1
    time_machine.shift(team.ONE_LOOK)
    team.open_thread(inquiry=inquiry, actor=actor)
    assert looks() == 2


def by_a_colleague(receipt, actor):
    team.open_thread(inquiry=receipt.inquiry, actor=make_staff())


def by_a_note_of_a_colleague(receipt, actor):
    team.add_note(inquiry=receipt.inquiry, actor=make_staff(), text="Call her brother first.")


def by_a_note_of_a_colleague_and_one_of_their_own(receipt, actor):
    by_a_note_of_a_colleague(receipt, actor)
    team.add_note(inquiry=receipt.inquiry, actor=actor, text="Mine.")


def by_the_visitor(receipt, actor):
    secret = return_code.secret_of(receipt.return_code)
    visitor.add_line(secret=secret, form_token=secrets.token_bytes(32), text="One more thing.")


def by_the_visitor_and_then_by_themselves(receipt, actor):
    by_the_visitor(receipt, actor)
    receipt.inquiry.refresh_from_db()
    team.add_note(inquiry=receipt.inquiry, actor=actor, text="Mine.")


def by_a_forged_entry(receipt, actor):
    last = Disclosure.objects.last()
    Disclosure.objects.bulk_create(
        [
            Disclosure(
                number=last.number + 1,
                actor=actor,
                role="admissions",
                action="opened",
                record=receipt.inquiry.pk,
                thread_state=last.thread_state,
                previous=last.digest,
                digest=b"\1" * 32,
            )
        ]
    )


def by_another_role(receipt, actor):
    actor.groups.set([Group.objects.get_or_create(name="admissions_lead")[0]])


@pytest.mark.parametrize(
    "changed",
    [
        by_a_colleague,
        by_a_note_of_a_colleague,
        by_a_note_of_a_colleague_and_one_of_their_own,
        by_the_visitor,
        by_the_visitor_and_then_by_themselves,
        by_a_forged_entry,
        by_another_role,
    ],
)
def test_whatever_is_new_to_them_is_a_look_of_its_own(changed):
    actor, receipt = make_staff(), receive()
    team.open_thread(inquiry=receipt.inquiry, actor=actor)
    changed(receipt, actor)
    before = looks()
    team.open_thread(inquiry=receipt.inquiry, actor=actor)
    assert looks() == before + 1


def outsiders():
    yield make_staff("writer")
    yield make_staff("reviewer")
    yield make_staff("publisher")
    yield make_staff("privacy_officer")
    yield make_staff(None)
    yield make_staff(None, is_superuser=True, is_staff=True)
    yield make_staff("admissions", is_active=False)
    yield AnonymousUser()


def test_nobody_else_does_anything_with_an_inquiry_a_superuser_included():
    inquiry = make_inquiry(status="open")
    before = Inquiry.objects.values().get()
    for actor in outsiders():
        for attempt in (
            lambda who: team.open_thread(inquiry=inquiry, actor=who),
            lambda who: team.reply(inquiry=inquiry, actor=who, text="hello"),
            lambda who: team.add_note(inquiry=inquiry, actor=who, text="hello"),
            lambda who: team.move(inquiry=inquiry, actor=who, to="handled"),
            lambda who: team.claim(inquiry=inquiry, actor=who),
            lambda who: team.release(inquiry=inquiry, actor=who),
            lambda who: team.search(actor=who, needle="twelve"),
        ):
            with pytest.raises(NotAllowed):
                attempt(actor)
    assert Inquiry.objects.values().get() == before
    assert not Disclosure.objects.exists()


def test_a_membership_taken_away_counts_at_once():
    actor, inquiry = make_staff(), make_inquiry()
    team.open_thread(inquiry=inquiry, actor=actor)
    Group.objects.get(name="admissions").user_set.clear()
    with pytest.raises(NotAllowed):
        team.open_thread(inquiry=inquiry, actor=actor)


def test_when_the_look_cannot_be_recorded_nothing_is_opened(monkeypatch):
    inquiry, opened = make_inquiry(), []
    monkeypatch.setattr(sealing, "open_sealed", lambda *args, **words: opened.append(1))

    def fail(*args, **kwargs):
        raise OperationalError("log full")

    monkeypatch.setattr(Disclosure, "save", fail)
    with pytest.raises(DisclosureNotWritten):
        team.open_thread(inquiry=inquiry, actor=make_staff())
    assert not opened


@on_real_commits
def test_the_look_is_committed_before_the_text_is_opened(monkeypatch):
    inquiry, actor, seen = make_inquiry(), make_staff(), []

    def look(*args, **kwargs):
        """Asks on another connection, which sees only what is committed."""

        def ask():
            seen.append(Disclosure.objects.count())
            connection.close()

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        raise CannotOpen

    monkeypatch.setattr(sealing, "open_sealed", look)
    with pytest.raises(CannotOpen):
        team.open_thread(inquiry=inquiry, actor=actor)
    assert seen == [1]


def test_every_look_is_one_entry():
    actors, inquiries = [make_staff() for _ in range(5)], [make_inquiry() for _ in range(4)]
    for actor in actors:
        for inquiry in inquiries:
            team.open_thread(inquiry=inquiry, actor=actor)
    assert Disclosure.objects.count() == 20
    assert audit_log.verify().number == 20


def test_an_opened_thread_prints_nothing(caplog):
    thread = team.open_thread(inquiry=make_inquiry(), actor=make_staff())
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("admissions").info("%s %r", thread, thread.messages[0])
    for word in BODY.values():
        assert word not in caplog.text or word == "no"


def swap(one, two, column):
    a, b = (bytes(getattr(row, column)) for row in (one, two))
    type(one).objects.filter(pk=one.pk).update(**{column: b})
    type(two).objects.filter(pk=two.pk).update(**{column: a})


@pytest.mark.parametrize(("model", "column"), [(Message, "payload"), (MessageKey, "team_wrap")])
def test_rows_with_swapped_envelopes_do_not_open(model, column):
    inquiries, actor = [make_inquiry(), make_inquiry()], make_staff()
    swap(*model.objects.all(), column)
    for inquiry in inquiries:
        with pytest.raises(CannotOpen):
            team.open_thread(inquiry=inquiry, actor=actor)
    swap(*model.objects.all(), column)
    for inquiry in inquiries:
        team.open_thread(inquiry=Inquiry.objects.get(pk=inquiry.pk), actor=actor)


def test_a_message_moved_to_another_thread_or_place_or_author_does_not_open():
    actor, inquiry, other = make_staff(), make_inquiry(), make_inquiry()
    team.reply(inquiry=inquiry, actor=actor, text="answer")
    answer = inquiry.messages.get(number=2)
    for change in ({"inquiry": other}, {"number": 3}, {"author": "visitor"}):
        Message.objects.filter(pk=answer.pk).update(**change)
        thread = team.open_thread(inquiry=Message.objects.get(pk=answer.pk).inquiry, actor=actor)
        assert [message.number for message in thread.messages] == [1]
        assert any("does not open" in problem for problem in thread.message_problems)
        Message.objects.filter(pk=answer.pk).update(inquiry=inquiry, number=2, author="team")
    assert team.open_thread(inquiry=inquiry, actor=actor).is_complete


# Answering


def test_a_reply_and_a_note_join_the_thread_and_are_on_record():
    actor, inquiry = make_staff(), make_inquiry()
    team.reply(inquiry=inquiry, actor=actor, text="We will call at ten.")
    team.add_note(inquiry=inquiry, actor=actor, text="Prefers mornings.")
    team.add_note(inquiry=inquiry, actor=actor, text="Second note.")
    thread = team.open_thread(inquiry=inquiry, actor=actor)
    assert [(message.author, message.number) for message in thread.messages] == [("visitor", 1), ("team", 2)]
    assert thread.messages[1].body == {"message": "We will call at ten."}
    assert [(note.number, note.by, note.text) for note in thread.notes] == [
        (1, actor.username, "Prefers mornings."),
        (2, actor.username, "Second note."),
    ]
    assert thread.messages[0].at <= thread.messages[1].at <= thread.notes[0].at
    assert inquiry.status == "open"
    assert [entry.action for entry in Disclosure.objects.all()] == ["replied", "noted", "noted", "opened"]


def test_no_reply_or_note_is_stored_readable():
    actor, inquiry = make_staff(), make_inquiry()
    team.reply(inquiry=inquiry, actor=actor, text="canary reply")
    team.add_note(inquiry=inquiry, actor=actor, text="canary note")
    assert b"canary" not in everything_stored()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_reply_or_note_is_a_mistake_of_the_page(text):
    for write in (team.reply, team.add_note):
        with pytest.raises(ValueError, match="text"):
            write(inquiry=make_inquiry(), actor=make_staff(), text=text)


def test_a_reply_that_fits_no_envelope_changes_nothing():
    inquiry = make_inquiry()
    with pytest.raises(TooLong):
        team.reply(inquiry=inquiry, actor=make_staff(), text="x" * 17_000)
    assert Inquiry.objects.get().version == 1
    assert not Disclosure.objects.exists()


def test_a_reply_is_refused_when_the_visitors_key_was_replaced():
    actor, refused = make_staff(), 0
    for _ in range(times(short=3, full=100)):
        inquiry = make_inquiry(visitor_public_key=sealing.public_bytes(sealing.new_private().public_key()))
        with contextlib.suppress(WrongVisitorKey):
            team.reply(inquiry=inquiry, actor=actor, text="for your eyes only")
            pytest.fail("sealed to the wrong key")
        refused += 1
    assert refused == times(short=3, full=100)
    assert not Message.objects.filter(author="team").exists()
    team.reply(inquiry=make_inquiry(), actor=actor, text="the control: an untouched one takes a reply")


@pytest.mark.parametrize("key", [None, b"", b"noise"])
def test_a_reply_is_refused_without_a_key_of_the_visitor(key):
    with pytest.raises(CannotSeal):
        team.reply(inquiry=make_inquiry(visitor_public_key=key), actor=make_staff(), text="hello")
    assert Message.objects.count() == 1


def test_a_reply_is_refused_when_the_first_message_was_taken_from_another_thread():
    """An attacker's own inquiry holds an authentic first message that names the attacker's key."""
    actor, victim, attacker = make_staff(), make_inquiry(), make_inquiry()
    Message.objects.filter(inquiry=victim).update(number=9)
    Message.objects.filter(inquiry=attacker).update(inquiry=victim)
    Inquiry.objects.filter(pk=victim.pk).update(visitor_public_key=attacker.visitor_public_key)
    victim.refresh_from_db()
    with pytest.raises(CannotOpen):
        team.reply(inquiry=victim, actor=actor, text="hello")


def test_what_a_colleague_holds_is_not_answered_moved_or_taken():
    me, you, inquiry = make_staff(), make_staff(), make_inquiry(status="open")
    team.claim(inquiry=inquiry, actor=you)
    for attempt in (
        lambda: team.claim(inquiry=inquiry, actor=me),
        lambda: team.reply(inquiry=inquiry, actor=me, text="hello"),
        lambda: team.move(inquiry=inquiry, actor=me, to="handled"),
        lambda: team.release(inquiry=inquiry, actor=me),
    ):
        with pytest.raises(AlreadyClaimed):
            attempt()
    team.add_note(inquiry=inquiry, actor=me, text="a note is always possible")
    team.reply(inquiry=inquiry, actor=you, text="hello")
    team.release(inquiry=inquiry, actor=you)
    team.claim(inquiry=inquiry, actor=me)


def test_a_lead_may_give_back_what_a_colleague_holds():
    you, lead, inquiry = make_staff(), make_staff("admissions_lead"), make_inquiry()
    team.claim(inquiry=inquiry, actor=you)
    team.release(inquiry=inquiry, actor=lead)
    assert inquiry.claimed_by is None


def test_a_move_is_on_record_and_an_illegal_one_leaves_no_trace():
    actor, inquiry = make_staff(), make_inquiry()
    with pytest.raises(IllegalMove):
        team.move(inquiry=inquiry, actor=actor, to="handled")
    assert not Disclosure.objects.exists()
    team.move(inquiry=inquiry, actor=actor, to="junk")
    entry = Disclosure.objects.get()
    assert (entry.action, entry.detail, inquiry.status) == ("moved", "new to junk", "junk")


def test_a_change_made_meanwhile_is_not_overwritten():
    actor, mine = make_staff(), make_inquiry(status="open")
    yours = Inquiry.objects.get(pk=mine.pk)
    team.move(inquiry=yours, actor=actor, to="waiting")
    for attempt in (
        lambda: team.move(inquiry=mine, actor=actor, to="junk"),
        lambda: team.reply(inquiry=mine, actor=actor, text="hello"),
        lambda: team.add_note(inquiry=mine, actor=actor, text="hello"),
    ):
        with pytest.raises(ChangedMeanwhile):
            attempt()
    assert Inquiry.objects.get().status == "waiting"
    assert Message.objects.count() == 1
    assert Disclosure.objects.count() == 1


# Searching


@pytest.mark.parametrize("needle", ["robin", "ROBIN EX", "714-555-0142", "(714) 555 0142", "twelve steps", " 5550142 "])
def test_a_search_finds_words_in_any_case_and_numbers_in_any_punctuation(needle):
    found, other = make_inquiry(), make_inquiry(body={"name": "Kim Sample", "phone": "+16195550107"})
    assert team.search(actor=make_staff(), needle=needle).matches == [found]
    assert other not in team.search(actor=make_staff(), needle=needle).matches


def test_a_search_looks_into_replies_and_notes_too():
    actor, inquiry = make_staff(), make_inquiry()
    team.reply(inquiry=inquiry, actor=actor, text="Straße nine")
    team.add_note(inquiry=inquiry, actor=actor, text="left voicemail")
    assert team.search(actor=actor, needle="STRASSE").matches == [inquiry]
    assert team.search(actor=actor, needle="voicemail").matches == [inquiry]


def test_a_search_records_each_inquiry_found_and_also_that_it_found_none():
    actor, found = make_staff(), {make_inquiry().pk, make_inquiry().pk}
    team.search(actor=actor, needle="Robin")
    assert {entry.record for entry in Disclosure.objects.filter(action="found")} == found
    assert team.search(actor=actor, needle="Zebra").matches == []
    assert Disclosure.objects.filter(action="found", record=None).count() == 1
    assert b"Zebra" not in everything_stored()
    assert team.search(actor=actor, needle="  ").matches == []


def test_a_search_that_cannot_be_recorded_returns_nothing(settings):
    make_inquiry()
    settings.DISCLOSURE_KEY_FILE = None
    with pytest.raises(DisclosureNotWritten):
        team.search(actor=make_staff(), needle="Robin")


def test_a_broken_thread_does_not_stop_a_search(caplog):
    broken, whole = make_inquiry(), make_inquiry()
    Message.objects.filter(inquiry=broken).update(payload=b"broken")
    assert team.search(actor=make_staff(), needle="Robin").matches == [whole]
    assert str(broken) in caplog.text
    assert "Robin" not in caplog.text


def test_a_search_of_many_takes_a_fixed_number_of_queries(django_assert_num_queries):
    actor = make_staff()
    for _ in range(3):
        make_inquiry()
    with django_assert_num_queries(12):
        team.search(actor=actor, needle="nobody has written this")


def test_a_search_of_a_few_hundred_is_quick():
    for _ in range(times(short=50, full=1000)):
        make_inquiry()
    actor, before = make_staff(), time.perf_counter()
    team.search(actor=actor, needle="nobody has written this")
    assert time.perf_counter() - before < times(short=1, full=4)


@pytest.mark.parametrize(
    ("needle", "name"),
    [("O'Brien", "Pat O’Brien"), ("obrien", "Pat O’Brien"), ("Sean", "Seán Novak"), ("SEÁN", "Sean")],
)
def test_a_search_finds_a_name_however_it_was_typed(needle, name):
    found, _ = make_inquiry(body=BODY | {"name": name}), make_inquiry(body=BODY | {"name": "Bri Enso"})
    assert team.search(actor=make_staff(), needle=needle).matches == [found]


def test_a_search_leaves_out_what_is_finished_unless_asked():
    waits, actor, today = make_inquiry(status="waiting"), make_staff(), timezone.localdate()
    done = {make_inquiry(status=status, handled_on=today).pk for status in ("handled", "junk")}
    assert team.search(actor=actor, needle="Robin").matches == [waits]
    assert {row.pk for row in team.search(actor=actor, needle="Robin", finished=True).matches} == done | {waits.pk}


def test_a_search_finds_an_inquiry_by_the_number_that_staff_use():
    found, _, actor = make_inquiry(), make_inquiry(), make_staff()
    for typed in (found.public_id, found.public_id.lower().replace("-", " ")):
        assert team.search(actor=actor, needle=typed).matches == [found]


def test_a_word_that_many_have_names_nobody_and_is_not_put_on_record(monkeypatch):
    monkeypatch.setattr(team, "MOST_HITS", 2)
    monkeypatch.setattr(team, "SEARCHED_AT_ONCE", 1)
    actor = make_staff()
    for _ in range(5):
        make_inquiry()
    opened = []
    open_thread = team._open_thread
    monkeypatch.setattr(team, "_open_thread", lambda *words: opened.append(words) or open_thread(*words))
    assert team.search(actor=actor, needle="Robin") == team.SearchResult([], [], is_too_broad=True)
    assert len(opened) == 3, "it ends with the first hit too many"
    assert not Disclosure.objects.exists()
    Inquiry.objects.exclude(pk__in=Inquiry.objects.values("pk")[:2]).update(
        status="handled", next_at=None, handled_on=timezone.localdate()
    )
    assert len(team.search(actor=actor, needle="Robin").matches) == 2, "control: what fits is named"
    assert Disclosure.objects.count() == 2


def test_a_search_says_when_older_ones_were_left_out(monkeypatch):
    monkeypatch.setattr(team, "MOST_SEARCHED", 2)
    actor, hour = make_staff(), datetime.timedelta(hours=1)
    old, *new = (make_inquiry(created=timezone.now() - back * hour) for back in (3, 2, 1))
    result = team.search(actor=actor, needle="Robin")
    assert (set(result.matches), result.looked_through, result.left_out) == (set(new), 2, True)
    assert old in team.search(actor=actor, needle=old.public_id).matches, "by its number it is found"


@pytest.mark.django_db(transaction=True)
def test_nobody_who_writes_waits_for_a_search():
    """No transaction is open while threads are read, and the log is written in one that reads none of them."""
    actor = make_staff()
    for _ in range(3):
        make_inquiry()
    asked = []

    def note(execute, sql, *args):
        asked.append((sql, connection.in_atomic_block))
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        team.search(actor=actor, needle="Robin")
    reads = [inside for sql, inside in asked if sql.startswith("SELECT") and "admissions_message" in sql]
    writes = [inside for sql, inside in asked if sql.startswith("INSERT")]
    assert reads and not any(reads)
    assert len(writes) == 3 and all(writes)


def test_only_what_a_search_of_theirs_put_on_record_a_moment_ago_shows_a_name(time_machine):
    time_machine.move_to(datetime.datetime(2026, 12, 2, 20, tzinfo=datetime.UTC), tick=False)
    found, other, actor, colleague = make_inquiry(), make_inquiry(), make_staff(), make_staff()
    ids = [str(found.pk), str(other.pk)]
    assert team.hits(actor=actor, found=ids) == []
    team.search(actor=actor, needle=found.public_id)
    assert team.hits(actor=actor, found=ids) == [(found, "Robin Example")]
    assert team.hits(actor=colleague, found=ids) == []
    assert Disclosure.objects.count() == 1, "looking again is the same look"
    time_machine.shift(team.ONE_LOOK)
    assert team.hits(actor=actor, found=ids) == []


def test_the_public_process_cannot_open_anything(settings):
    settings.ADMISSIONS_PRIVATE_KEY_FILE = None
    receipt = receive()
    for attempt in (
        lambda: team.open_thread(inquiry=receipt.inquiry, actor=make_staff()),
        lambda: team.search(actor=make_staff(), needle="Robin"),
        lambda: team.reply(inquiry=receipt.inquiry, actor=make_staff(), text="x"),
    ):
        with pytest.raises(CannotOpen):
            attempt()
    assert visitor.thread_for_code(code=receipt.return_code)


# At the same moment


def destroyed_by_the_visitor(receipt):
    visitor.destroy(secret=return_code.secret_of(receipt.return_code))


def destroyed_by_the_purge(receipt):
    with transaction.atomic():
        retention.destroy(Inquiry.objects.select_for_update().get(pk=receipt.inquiry.pk))


def answered_by_a_colleague(receipt):
    team.reply(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=make_staff(), text="From a colleague.")


def noted_by_a_colleague(receipt):
    team.add_note(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=make_staff(), text="By a colleague.")


def added_to_by_the_visitor(receipt):
    secret = return_code.secret_of(receipt.return_code)
    visitor.add_line(secret=secret, form_token=secrets.token_bytes(32), text="One more thing.")


MEANWHILE = [
    destroyed_by_the_visitor,
    destroyed_by_the_purge,
    answered_by_a_colleague,
    noted_by_a_colleague,
    added_to_by_the_visitor,
]
ACTS = {
    "open": lambda inquiry, actor: team.open_thread(inquiry=inquiry, actor=actor),
    "reply": lambda inquiry, actor: team.reply(inquiry=inquiry, actor=actor, text="At the same moment."),
    "note": lambda inquiry, actor: team.add_note(inquiry=inquiry, actor=actor, text="At the same moment."),
    "search": lambda inquiry, actor: team.search(actor=actor, needle="Robin"),
}


def at_query(number, act, other):
    """What `act` gave or raised when `other` began before its query of that number, and how many queries it took.

    `other` is over before that query, unless it has to wait for `act`.
    """
    errors, queries = [], 0

    def run():
        try:
            with contextlib.suppress(ChangedMeanwhile):  # `act` was first
                other()
        except Exception as error:  # noqa: BLE001 reason=the test looks at every kind
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)

    def meanwhile(execute, *args):
        nonlocal queries
        queries += 1
        if queries == number:
            thread.start()
            while thread.is_alive() and not waits_for_us():
                thread.join(0.01)
        return execute(*args)

    with connection.execute_wrapper(meanwhile):
        try:
            result = act()
        except AdmissionsError as error:
            result = error
    if thread.ident:
        thread.join()
    assert errors == []
    return result, queries


def waits_for_us():
    watch = connection.copy()
    try:
        with watch.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() <> pid "
                "AND datname = current_database() AND wait_event_type = 'Lock')"
            )
            return cursor.fetchone()[0]
    finally:
        watch.close()


@on_real_commits
@pytest.mark.postgres  # on SQLite a writer shuts out all others, and readers see what was there when they began
@pytest.mark.parametrize("other", MEANWHILE, ids=lambda other: other.__name__)
@pytest.mark.parametrize("act", ACTS)
def test_what_others_do_meanwhile_never_looks_like_damage(act, other, caplog):
    """Tried before each query: the thread is as it was before or as it is after, or whoever acts is told."""
    actor, undisturbed = make_staff(), receive()
    _, queries = at_query(0, lambda: ACTS[act](undisturbed.inquiry, actor), lambda: None)
    assert queries > 3, "control"
    for number in range(1, queries + 1):
        Inquiry.objects.all().delete()
        receipt = receive()
        stale = Inquiry.objects.get(pk=receipt.inquiry.pk)
        result, _ = at_query(number, lambda i=stale: ACTS[act](i, actor), lambda r=receipt: other(r))
        match act:
            case "open":
                assert isinstance(result, Destroyed) or result.is_complete, f"query {number}"
            case "search":
                assert result.damaged == [], f"query {number}"
            case _:
                assert isinstance(result, Message | StaffNote | ChangedMeanwhile), f"query {number}"
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
