import contextlib
import datetime
import itertools
import re
import secrets
import threading
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from admissions.crypto import keys, return_code, sealing
from admissions.crypto.envelope import note_place
from admissions.errors import (
    AlreadyClaimed,
    CannotOpen,
    CannotSeal,
    ChangedMeanwhile,
    Destroyed,
    Gone,
    IllegalMove,
    NotStored,
    OutcomeUnknown,
    ThreadFull,
)
from admissions.models import Alert, Disclosure, Inquiry, Message, MessageKey, StaffNote, StaffNoteKey
from admissions.services import retention, threads, visitor
from admissions.services import team as team_service
from tests.admissions.factories import BODY, break_the_commit, make_staff, put_on_duty, receive, times
from tests.faults.rig import figure

pytestmark = pytest.mark.django_db
on_real_commits = pytest.mark.django_db(transaction=True)

PRESENTED = 1 if connection.vendor == "postgresql" else 0  # the query that shows the thread to the public role
PREFERENCES = {"reach_by": "text", "phone": "+12125550199", "voicemail_ok": "no", "never_mention": "The house."}


def secret_of(receipt):
    return return_code.secret_of(receipt.return_code)


def thread_of(receipt):
    return visitor.thread_of(secret=secret_of(receipt))


def add(receipt, text="One more thing.", form_token=None):
    token = form_token or secrets.token_bytes(32)
    visitor.add_line(secret=secret_of(receipt), form_token=token, text=text)


def row(receipt):
    return Inquiry.objects.get(pk=receipt.inquiry.pk)


# The code


def test_a_code_opens_its_own_thread_in_both_directions_and_nothing_else():
    actor, receipts = make_staff(), []
    for number in range(times(short=5, full=500)):
        receipt = receive(body={"message": f"question {number}"})
        team_service.add_note(inquiry=receipt.inquiry, actor=actor, text=f"note {number}")
        team_service.reply(inquiry=receipt.inquiry, actor=actor, text=f"answer {number}")
        add(receipt, f"more {number}")
        receipts.append(receipt)
    for number, receipt in enumerate(receipts):
        thread = thread_of(receipt)
        assert thread.inquiry == receipt.inquiry
        said = [message.body["message"] for message in thread.messages]
        assert said == [f"question {number}", f"answer {number}", f"more {number}"]
        assert [message.author for message in thread.messages] == ["visitor", "team", "visitor"]
        assert "note" not in str(said)
        assert not hasattr(thread, "notes")


def test_no_key_of_a_visitor_opens_a_note_or_another_thread():
    actor, mine, yours = make_staff(), receive(), receive()
    note = team_service.add_note(inquiry=mine.inquiry, actor=actor, text="psst")
    key = return_code.visitor_keys(mine.return_code).private
    place = note_place(inquiry=mine.inquiry.pk, note=note.pk, number=1)
    for label in (sealing.TEAM, sealing.VISITOR):
        with pytest.raises(CannotOpen):
            sealing.open_sealed(note.payload, note.key.team_wrap, place=place, key=key, label=label)
    # Even with the row's hash changed by hand, the other thread stays shut.
    Inquiry.objects.filter(pk=mine.inquiry.pk).update(return_hash=b"0" * 32)
    find = return_code.visitor_keys(mine.return_code).return_hash
    Inquiry.objects.filter(pk=yours.inquiry.pk).update(return_hash=find)
    assert visitor.enter(code=mine.return_code) is None
    with pytest.raises(CannotOpen):
        thread_of(mine)


def keys_from(secret):
    return return_code.keys_of(secret).private, sealing.derive_private(secret, b"adm.return.key/1")


def test_a_stolen_database_opens_nothing_without_a_code():
    """P25. Each message against every key that its row can make, and all those keys against the locks of all messages.

    A lock that fits no key needs no try with it: else 500 messages would be three million tries.
    """
    receipts = [receive() for _ in range(times(short=5, full=500))]
    opened, made = 0, set()
    for message in Message.objects.select_related("key", "inquiry"):
        columns = [getattr(message.inquiry, field.attname) for field in Inquiry._meta.concrete_fields]
        stored = [bytes(value) for value in columns if isinstance(value, bytes | memoryview)]
        assert len(stored) == 5, "control: the kid, two hashes, the one that finds it, the lock"
        for private in itertools.chain.from_iterable(map(keys_from, stored)):
            made.add(sealing.public_bytes(private.public_key()))
            with contextlib.suppress(CannotOpen):
                threads.open_as_visitor(message, private)
                opened += 1
    locks = {bytes(lock) for lock in Inquiry.objects.values_list("visitor_public_key", flat=True)}
    figure("P25", f"of {len(receipts)} messages, opened with a stolen database", opened + len(made & locks), "0")
    assert opened == 0 and not made & locks
    assert all(thread_of(receipt) for receipt in receipts)
    theirs = [keys_from(secret_of(receipt)) for receipt in receipts]
    right = {sealing.public_bytes(private.public_key()) for private, _ in theirs}
    assert right == locks, "control: the codes make the keys of these locks"


@pytest.mark.parametrize("code", ["", "no", "0000-0000-0000-0000-0000", "\0", "é" * 20, "x" * 10_000])
def test_a_wrong_code_opens_nothing(code):
    receive()
    assert visitor.enter(code=code) is None
    assert visitor.thread_for_code(code=code) is None


def test_guessing_finds_nobody():
    """P25. A code that no thread is found by opens none, so most are only looked for, a thousand at a time."""
    receipts = [receive() for _ in range(times(short=3, full=10_000))]
    total, at_a_time, found = times(short=200, full=1_000_000), times(short=100, full=1000), 0
    for _ in range(total // at_a_time):
        guesses = [return_code.for_form(secrets.token_bytes(32)) for _ in range(at_a_time)]
        found += looked_for(guesses)
        assert visitor.enter(code=guesses[0]) is None
    figure("P25", f"of {total:,} codes guessed against {len(receipts):,} threads, found", found, "0")
    assert found == 0
    some = [receipt.return_code for receipt in receipts[:100]]
    assert looked_for(some) == len(some) and all(visitor.enter(code=code) for code in some), "control"


def looked_for(codes):
    """How many threads these codes find."""
    return Inquiry.objects.filter(
        return_hash__in=[return_code.visitor_keys(code).return_hash for code in codes]
    ).count()


@pytest.fixture
def work(monkeypatch):
    """What opening a thread costs, besides the queries: derivations and openings, in the order in which they happen."""
    done = []
    for name in ("derive", "derive_private", "open_sealed"):
        really = getattr(sealing, name)
        monkeypatch.setattr(
            sealing, name, lambda *args, _do=really, _name=name, **words: done.append(_name) or _do(*args, **words)
        )
    return done


def test_codes_that_open_nothing_cost_the_same_work_whatever_the_reason(work, django_assert_num_queries):
    purged, destroyed, held = receive(), receive(), receive()
    retention.destroy(purged.inquiry)
    visitor.destroy(secret=secret_of(destroyed))
    Inquiry.objects.filter(pk=held.inquiry.pk).update(hold=True)
    visitor.destroy(secret=secret_of(held))
    visitor.enter(code="")  # the first one makes the dummy
    costs = []
    gone = [receipt.return_code for receipt in (purged, destroyed, held)]
    for code in ("", "nonsense", "0000-0000-0000-0000-0000", "7F3K-92QD-7F3K-92QD-7F3K", "\0", *gone):
        work.clear()
        with django_assert_num_queries(PRESENTED + 1):
            assert visitor.enter(code=code) is None
        costs.append(tuple(work))
    assert set(costs) == {costs[0]} and costs[0].count("open_sealed") == 1
    right = receive().return_code
    work.clear()
    with django_assert_num_queries(PRESENTED + 1):
        assert visitor.enter(code=right)
    assert tuple(work) == costs[0], "and so does the right one"


def test_a_message_without_its_key_does_not_open_at_all():
    receipt = receive()
    MessageKey.objects.all().delete()
    assert visitor.enter(code=receipt.return_code) is None
    with pytest.raises(CannotOpen):
        thread_of(receipt)


# One more line


@pytest.mark.parametrize(
    ("before", "after"),
    [("new", "new"), ("open", "open"), ("waiting", "open"), ("handled", "open"), ("junk", "new")],
)
def test_a_line_is_sealed_for_both_readers_and_brings_the_inquiry_back_to_where_it_is_seen(before, after):
    receipt = receive()
    day = datetime.date(2026, 1, 1) if before in Inquiry.DONE else None
    Inquiry.objects.update(status=before, handled_on=day, **({"next_at": None} if day else {}))
    Alert.objects.all().delete()
    add(receipt, "Is it too late?")
    inquiry = row(receipt)
    assert (inquiry.status, inquiry.handled_on) == (after, None)
    assert Alert.objects.get().inquiry == inquiry
    assert thread_of(receipt).messages[-1].body == {"message": "Is it too late?"}
    assert team_service.open_thread(inquiry=inquiry, actor=make_staff()).messages[-1].body == {
        "message": "Is it too late?"
    }
    assert b"too late" not in bytes(Message.objects.last().payload)


def test_a_line_that_is_sent_again_counts_once_and_a_changed_one_is_another():
    receipt, token = receive(), secrets.token_bytes(32)
    for _ in range(5):
        add(receipt, "Once.", token)
    assert len(thread_of(receipt).messages) == 2
    add(receipt, "Once!", token)
    add(receipt, "Once.")
    assert [message.body["message"] for message in thread_of(receipt).messages][1:] == ["Once.", "Once!", "Once."]


def test_nobody_can_tell_from_its_name_what_a_line_says():
    mine, yours, token = receive(), receive(), secrets.token_bytes(32)
    add(mine, "The same words.", token)
    add(yours, "The same words.", token)
    assert len(set(Message.objects.values_list("pk", flat=True))) == 4


def test_a_colleague_who_replies_to_what_has_grown_meanwhile_reads_it_first():
    receipt, actor = receive(), make_staff()
    stale = row(receipt)
    add(receipt)
    with pytest.raises(ChangedMeanwhile):
        team_service.reply(inquiry=stale, actor=actor, text="Answer to what was there before.")
    team_service.reply(inquiry=row(receipt), actor=actor, text="Answer to all of it.")
    assert [message.number for message in thread_of(receipt).messages] == [1, 2, 3]


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_line_without_words_is_refused(text):
    with pytest.raises(ValueError, match="text"):
        add(receive(), text)


def test_a_thread_is_full_at_its_limit(monkeypatch):
    receipt = receive()
    monkeypatch.setattr(visitor, "MOST_MESSAGES", 2)
    add(receipt)
    with pytest.raises(ThreadFull):
        add(receipt)
    assert Message.objects.count() == 2


def changes_of(receipt):
    token = {"secret": secret_of(receipt), "form_token": secrets.token_bytes(32)}
    return {
        "line": lambda: visitor.add_line(**token, text="More."),
        "wishes": lambda: visitor.change_contact_preferences(**token, preferences=PREFERENCES, may_contact=True),
        "consent": lambda: visitor.take_back_consent(**token),
        "destroy": lambda: visitor.destroy(secret=token["secret"]),
    }


def everything():
    return list(Inquiry.objects.values()), *(model.objects.count() for model in (Message, MessageKey, Alert))


@pytest.mark.parametrize("what", ["line", "wishes", "consent", "destroy"])
def test_what_cannot_be_stored_changes_nothing_and_can_be_tried_again(monkeypatch, caplog, what):
    receipt = receive()
    before = everything()

    def fail(*args, **kwargs):
        raise OperationalError("disk full: Robin")

    with monkeypatch.context() as patch:
        patch.setattr(Inquiry, "change", fail)
        with pytest.raises(NotStored):
            changes_of(receipt)[what]()
    assert everything() == before
    assert "OperationalError" in caplog.text and "Robin" not in caplog.text
    changes_of(receipt)[what]()
    assert everything() != before


@on_real_commits
@pytest.mark.parametrize("what", ["line", "wishes", "consent", "destroy"])
@pytest.mark.parametrize("stored", [True, False])
def test_a_broken_commit_is_unknown_and_pressing_again_settles_it(monkeypatch, what, stored):
    receipt = receive()
    act = changes_of(receipt)[what]
    break_the_commit(monkeypatch, stored=stored)
    with pytest.raises(OutcomeUnknown):
        act()
    act()
    assert Message.objects.count() == {"destroy": 0}.get(what, 2)


@pytest.mark.parametrize("what", ["line", "wishes", "consent"])
def test_without_a_key_nothing_is_stored(settings, tmp_path, what):
    receipt = receive()
    settings.ADMISSIONS_PUBLIC_KEY_FILE = tmp_path / "gone"
    with pytest.raises(CannotSeal):
        changes_of(receipt)[what]()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("what", ["line", "wishes", "consent"])
def test_nothing_can_be_added_to_what_is_gone(what):
    receipt = receive()
    retention.destroy(receipt.inquiry)
    with pytest.raises(Gone):
        changes_of(receipt)[what]()
    assert changes_of(receipt)["destroy"]() is None
    with pytest.raises(Gone):
        thread_of(receipt)


# Other preferences


def test_the_newest_wishes_count_as_a_whole_and_the_old_ones_stay_readable():
    receipt, token = receive(), secrets.token_bytes(32)
    assert thread_of(receipt).preferences == {name: BODY[name] for name in ("reach_by", "phone", "voicemail_ok")}
    visitor.change_contact_preferences(
        secret=secret_of(receipt), form_token=token, preferences=PREFERENCES, may_contact=False
    )
    add(receipt, "And thank you.")
    thread = thread_of(receipt)
    assert thread.preferences == PREFERENCES
    assert thread.messages[0].body == BODY
    team = team_service.open_thread(inquiry=row(receipt), actor=make_staff())
    assert threads.newest_preferences(team.messages) == PREFERENCES
    assert not row(receipt).do_not_contact


def test_another_good_time_moves_the_call_and_the_same_one_leaves_it_where_it_is(time_machine):
    time_machine.move_to("2026-11-24T15:40:00Z", tick=False)  # 7:40 in the morning in Los Angeles
    put_on_duty()
    asked = {"phone": BODY["phone"], "call_window": "morning", "time_zone": "America/Los_Angeles"}
    receipt = receive(kind="call", body=asked)
    first = row(receipt).promised_by
    assert first == datetime.datetime(2026, 11, 24, 16, 30, tzinfo=datetime.UTC)
    token = {"secret": secret_of(receipt), "form_token": secrets.token_bytes(32)}
    visitor.change_contact_preferences(**token, preferences=asked | {"never_mention": "The house."}, may_contact=False)
    assert row(receipt).promised_by == first
    visitor.change_contact_preferences(**token, preferences=asked | {"call_window": "evening"}, may_contact=False)
    moved = row(receipt).promised_by.astimezone(ZoneInfo("America/Los_Angeles"))
    assert (moved.day, moved.hour, moved.minute) == (24, 17, 30)
    visitor.change_contact_preferences(**token, preferences=asked | {"reach_by": "return_code"}, may_contact=False)
    assert row(receipt).promised_by is None, "no call is wanted"
    visitor.change_contact_preferences(**token, preferences=asked | {"language": "es"}, may_contact=False)
    assert row(receipt).promised_by == first, "a call is wanted again"
    Inquiry.objects.update(status="open", promised_by=None)
    visitor.change_contact_preferences(**token, preferences=asked | {"language": "en"}, may_contact=False)
    assert row(receipt).promised_by is None, "whoever was called already is promised no second call"


@pytest.fixture
def morning(time_machine):
    """Half past seven, one person on duty from eight; `changed` says other preferences and returns the time then."""
    time_machine.move_to("2026-11-24T15:30:00Z", tick=False)
    put_on_duty(starts="08:00", ends="18:00")

    def changed(receipt, *, may_contact=False, **preferences):
        token = {"secret": secret_of(receipt), "form_token": secrets.token_bytes(32)}
        wanted = {"phone": BODY["phone"], "call_window": "any", "time_zone": "America/Los_Angeles"} | preferences
        visitor.change_contact_preferences(**token, preferences=wanted, may_contact=may_contact)
        return row(receipt).promised_by

    return changed


@pytest.mark.parametrize("end", ["over", "taken back"])
def test_a_time_that_is_over_or_was_taken_back_suits_no_preferences_and_a_new_one_is_named(morning, time_machine, end):
    receipt = receive(kind="call", body=BODY | {"call_window": "morning", "time_zone": "America/Los_Angeles"})
    first = row(receipt).promised_by
    if end == "over":
        time_machine.move_to("2026-11-24T17:00:00Z", tick=False)
    else:
        Inquiry.objects.withdraw_promises([(row(receipt).pk, first)], timezone.now())
    named = morning(receipt, call_window="any")
    assert timezone.now() < named and (named != first) == (end == "over")
    assert row(receipt).promise_withdrawn_on is None


def utc(hour, minute=0):
    return datetime.datetime(2026, 11, 24, hour, minute, tzinfo=datetime.UTC)


def test_a_time_that_is_still_a_good_one_stays(morning):
    """The first message names no zone and no part of the day; the page of other preferences always does."""
    receipts = [receive(kind=kind) for kind in ("contact", "call")]
    for receipt, end in zip(receipts, (utc(16, 30), utc(17)), strict=True):
        assert row(receipt).promised_by == end
        assert morning(receipt, never_mention="My job.") == end
        assert morning(receipt, time_zone="America/New_York") == end, "any time is any time everywhere"
        assert morning(receipt, call_window="morning") == end, "it is in the morning"
        assert morning(receipt, call_window="afternoon") > end, "control"


def test_nobody_stands_in_the_way_of_their_own_call(morning):
    """The only half hour of that part of the day which is left is the one that this person has."""
    taken = [receive(kind="call", body=BODY | {"call_window": "midday"}) for _ in range(6)]
    last = taken[-1]
    assert row(last).promised_by == utc(22)
    assert morning(last, call_window="midday", time_zone="America/New_York") == utc(16, 30), "it is noon in the east"
    assert morning(last, call_window="midday") == utc(22), "and back"


def test_whoever_changes_wishes_again_and_again_learns_no_more_of_who_else_has_written(morning):
    receipt = receive(kind="call")
    parts = ["evening", "morning"] * 3
    times = [morning(receipt, call_window=part) for part in parts[: visitor.MOST_MOVES]]
    assert None not in times and len(set(times)) == 2, "control: the place was given up, and taken again"
    assert morning(receipt, call_window="morning") is None
    receive(kind="call")
    assert [morning(receipt, call_window=part) for part in parts] == [None] * 6
    assert row(receipt).status == "new", "it is still to be answered"


def test_who_was_named_no_time_and_has_no_answer_yet_may_be_named_one(morning):
    receipt = receive(kind="call", body=BODY | {"call_window": "evening", "time_zone": "America/New_York"})
    Inquiry.objects.update(promised_by=None)
    assert morning(receipt) == utc(16, 30)
    changes_of(receipt)["consent"]()
    assert row(receipt).promised_by is None
    assert morning(receipt) is None, "nobody may call"
    assert morning(receipt, may_contact=True) == utc(16, 30)
    team_service.reply(inquiry=row(receipt), actor=make_staff(), text="We called.")
    Inquiry.objects.update(promised_by=None)
    assert morning(receipt, never_mention="Anything.") is None, "control: there was an answer"


def test_whoever_waits_longest_keeps_the_first_place_when_no_other_time_is_found(morning, time_machine):
    receipt = receive(kind="call")
    time_machine.move_to(utc(16, 45), tick=False)
    assert morning(receipt, call_window="evening", time_zone="Asia/Kathmandu") == utc(16, 30)
    assert morning(receipt, call_window="afternoon") == utc(22, 30), "control"


# Consent


def test_consent_taken_back_takes_the_promise_back_and_is_on_record_for_both(time_machine):
    receipt = receive()
    now = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
    Inquiry.objects.update(promised_by=now, next_at=now)
    changes_of(receipt)["consent"]()
    inquiry = row(receipt)
    assert (inquiry.do_not_contact, inquiry.promised_by) == (True, None)
    assert Alert.objects.filter(inquiry=inquiry).count() == 2, "whoever was about to call is told"
    assert thread_of(receipt).messages[-1].takes_back_consent
    # Answers wait behind the code.
    team_service.reply(inquiry=inquiry, actor=make_staff(), text="We understand.")
    assert thread_of(receipt).messages[-1].body == {"message": "We understand."}


@pytest.mark.parametrize("status", ["handled", "junk"])
def test_consent_taken_back_begins_nothing_that_was_finished_anew(status):
    receipt, day = receive(), datetime.date(2026, 1, 1)
    Inquiry.objects.update(status=status, handled_on=day, next_at=None)
    Alert.objects.all().delete()
    changes_of(receipt)["consent"]()
    inquiry = row(receipt)
    assert (inquiry.status, inquiry.handled_on, inquiry.do_not_contact) == (status, day, True)
    assert not Alert.objects.exists(), "there is nothing to be done"
    assert thread_of(receipt).messages[-1].takes_back_consent


def test_consent_is_given_anew_only_by_saying_so():
    receipt = receive()
    changes_of(receipt)["consent"]()
    token = {"secret": secret_of(receipt), "form_token": secrets.token_bytes(32)}
    visitor.change_contact_preferences(
        **token, preferences=PREFERENCES | {"reach_by": "return_code"}, may_contact=False
    )
    assert row(receipt).do_not_contact
    visitor.change_contact_preferences(
        **token, preferences=PREFERENCES | {"consent": "notice version 2"}, may_contact=True
    )
    assert not row(receipt).do_not_contact
    assert thread_of(receipt).messages[-1].body["consent"] == "notice version 2"


# Who has looked


def test_the_visitor_sees_how_often_and_by_which_role_and_never_by_whom(time_machine):
    receipt, other = receive(), receive()
    team, lead = make_staff(username="kim-example"), make_staff("admissions_lead", username="lou-example")
    for day, actor in enumerate([team, team, lead], 1):
        time_machine.move_to(f"2026-11-2{day}T08:04:00Z", tick=False)
        team_service.open_thread(inquiry=receipt.inquiry, actor=actor)
    time_machine.move_to("2026-11-24T08:04:00Z", tick=False)
    team_service.search(actor=team, needle="twelve steps")
    team_service.add_note(inquiry=row(receipt), actor=team, text="note")
    team_service.open_thread(inquiry=other.inquiry, actor=team)
    looks = visitor.disclosures(inquiry=receipt.inquiry)
    assert [(look["role"], look["action"], look["times"], look["last"].day) for look in looks] == [
        ("admissions", "found", 1, 24),
        ("admissions_lead", "opened", 1, 23),
        ("admissions", "opened", 2, 22),
    ]
    assert "example" not in str(looks)
    assert {name for look in looks for name in look} == {"role", "action", "times", "last"}


def test_looks_are_counted_by_one_narrow_query(django_assert_num_queries):
    receipt = receive()
    with django_assert_num_queries(PRESENTED + 1) as asked:
        visitor.disclosures(inquiry=receipt.inquiry)
    sql = asked[-1]["sql"]
    assert "actor" not in sql and "detail" not in sql and "digest" not in sql


# Destroying


def test_what_is_destroyed_is_gone_keys_first_and_the_certificate_says_what_it_was():
    receipt, kept, actor = receive(), receive(), make_staff()
    team_service.add_note(inquiry=receipt.inquiry, actor=actor, text="note")
    team_service.reply(inquiry=row(receipt), actor=actor, text="answer")
    add(receipt)
    team_service.claim(inquiry=row(receipt), actor=actor)
    looks = Disclosure.objects.count()
    order = []
    with connection.execute_wrapper(lambda run, sql, *rest: order.append(sql) or run(sql, *rest)):
        certificate = visitor.destroy(secret=secret_of(receipt))
    writes = [sql for sql in order if sql.startswith(("DELETE", "UPDATE"))]
    assert [re.search(r'"(admissions_\w+)"', sql)[1] for sql in writes[1:3]] == [
        "admissions_messagekey",
        "admissions_staffnotekey",
    ]
    assert (certificate.messages, certificate.replies, certificate.is_held) == (2, 1, False)
    assert [model.objects.count() for model in (Message, MessageKey, StaffNote, StaffNoteKey)] == [1, 1, 0, 0]
    inquiry = row(receipt)
    assert inquiry.status == Inquiry.Status.DESTROYED and inquiry.handled_on
    assert inquiry.return_hash is None and inquiry.visitor_public_key is None and inquiry.claimed_by is None
    assert bytes(inquiry.token_hash) != bytes(receipt.inquiry.token_hash) and not bytes(inquiry.body_hmac)
    assert not Alert.objects.filter(inquiry=inquiry).exists()
    assert Disclosure.objects.count() == looks
    assert visitor.enter(code=receipt.return_code) is None
    assert visitor.enter(code=kept.return_code), "control"


def test_nobody_of_the_team_does_anything_with_what_is_destroyed():
    receipt, actor = receive(), make_staff()
    stale = row(receipt)
    visitor.destroy(secret=secret_of(receipt))
    inquiry, before = row(receipt), Disclosure.objects.count()
    for refused, act in (
        (Destroyed, lambda: team_service.open_thread(inquiry=inquiry, actor=actor)),
        (Destroyed, lambda: team_service.open_thread(inquiry=stale, actor=actor)),
        (Destroyed, lambda: team_service.reply(inquiry=inquiry, actor=actor, text="hello")),
        (ChangedMeanwhile, lambda: team_service.reply(inquiry=stale, actor=actor, text="hello")),
        (Destroyed, lambda: team_service.add_note(inquiry=inquiry, actor=actor, text="hello")),
        (ChangedMeanwhile, lambda: team_service.add_note(inquiry=stale, actor=actor, text="hello")),
        (Destroyed, lambda: team_service.claim(inquiry=inquiry, actor=actor)),
        (AlreadyClaimed, lambda: team_service.claim(inquiry=stale, actor=actor)),
        (IllegalMove, lambda: team_service.move(inquiry=inquiry, actor=actor, to="open")),
        (ChangedMeanwhile, lambda: team_service.move(inquiry=stale, actor=actor, to="open")),
    ):
        with pytest.raises(refused):
            act()
    assert Disclosure.objects.count() == before, "nothing was opened, so there is no look on record"
    assert team_service.search(actor=actor, needle="twelve").matches == []
    assert row(receipt).status == "destroyed" and row(receipt).claimed_by is None


def test_the_same_form_sent_again_after_that_is_a_new_message_and_no_false_thanks():
    token = secrets.token_bytes(32)
    first = receive(form_token=token)
    visitor.destroy(secret=secret_of(first))
    again = receive(form_token=token)
    assert not again.repeated and again.inquiry != first.inquiry
    assert thread_of(again).messages[0].body == BODY


def test_under_a_legal_hold_it_is_locked_and_destroyed_when_the_hold_ends():
    receipt, actor = receive(), make_staff()
    team_service.add_note(inquiry=receipt.inquiry, actor=actor, text="note")
    Inquiry.objects.update(hold=True)
    looks = Disclosure.objects.count()
    certificate = visitor.destroy(secret=secret_of(receipt))
    assert certificate.is_held
    assert visitor.enter(code=receipt.return_code) is None, "the code opens nothing"
    assert MessageKey.objects.get().visitor_wrap is None
    inquiry = row(receipt)
    with pytest.raises(Destroyed):
        team_service.open_thread(inquiry=inquiry, actor=actor)
    assert team_service.search(actor=actor, needle="twelve").matches == []
    assert Disclosure.objects.count() == looks + 1, "a search that found nothing"
    today = inquiry.handled_on
    for days in (0, 7, 4000):
        assert retention.purge(today=today + datetime.timedelta(days=days)) == 0
    assert threads.open_as_team(inquiry, keys.team_private()).messages[0].body == BODY, "control: the hold keeps it"
    Inquiry.objects.update(hold=False)
    assert retention.purge(today=today) == 1
    assert [model.objects.count() for model in (Message, MessageKey, StaffNote, StaffNoteKey)] == [0, 0, 0, 0]
    assert row(receipt).status == "destroyed"
    assert retention.purge(today=today + datetime.timedelta(days=6)) == 0
    assert retention.purge(today=today + datetime.timedelta(days=7)) == 1
    assert not Inquiry.objects.exists()


def test_the_keys_of_what_was_destroyed_are_never_in_a_backup_of_after():
    receipts = [receive() for _ in range(times(short=6, full=500))]
    old_backup = {message.pk: bytes(message.payload) for message in Message.objects.all()}
    for receipt in receipts[::2]:
        visitor.destroy(secret=secret_of(receipt))
    keys_now = {key.message_id: bytes(key.team_wrap) for key in MessageKey.objects.all()}
    assert len(set(old_backup) & set(keys_now)) == len(receipts) // 2
    opened = [visitor.enter(code=receipt.return_code) is not None for receipt in receipts]
    assert opened == [False, True] * (len(receipts) // 2)


# At the same moment


def at_once(*acts):
    """Run all of them, each in a thread and on a connection of its own, as closely together as can be."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        start.wait()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001 reason=the test looks at every kind
            results[place] = error
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


@on_real_commits
def test_a_line_pressed_twice_at_once_counts_once():
    for _ in range(times(short=3, full=100)):
        receipt, token = receive(), secrets.token_bytes(32)
        results = at_once(*[lambda r=receipt, t=token: add(r, "Once.", t)] * 4)
        assert [error for error in results if error] == []
        assert len(thread_of(receipt).messages) == 2


@on_real_commits
def test_different_lines_at_once_all_count():
    receipt = receive()
    amount = times(short=4, full=20)
    results = at_once(*[lambda n=number: add(receipt, f"line {n}") for number in range(amount)])
    assert [error for error in results if error] == []
    said = {message.body["message"] for message in thread_of(receipt).messages[1:]}
    assert said == {f"line {number}" for number in range(amount)}


@on_real_commits
def test_destroying_twice_at_once_gives_one_certificate():
    for _ in range(times(short=3, full=100)):
        receipt = receive()
        results = at_once(*[lambda r=receipt: visitor.destroy(secret=secret_of(r))] * 4)
        assert sum(isinstance(result, visitor.Certificate) for result in results) == 1
        assert results.count(None) == 3
        assert row(receipt).status == "destroyed"


@on_real_commits
def test_destroying_while_a_colleague_replies_and_notes_leaves_nothing_of_either():
    actor = make_staff()
    outcomes = set()
    for _ in range(times(short=6, full=200)):
        receipt = receive()
        stale = [row(receipt), row(receipt)]
        certificate, reply, note = at_once(
            lambda r=receipt: visitor.destroy(secret=secret_of(r)),
            lambda i=stale[0]: team_service.reply(inquiry=i, actor=actor, text="At the same moment."),
            lambda i=stale[1]: team_service.add_note(inquiry=i, actor=actor, text="At the same moment."),
        )
        outcomes.add(type(reply).__name__)
        assert isinstance(certificate, visitor.Certificate)
        assert isinstance(reply, Message | ChangedMeanwhile)
        assert isinstance(note, StaffNote | ChangedMeanwhile)
        inquiry = row(receipt)
        assert inquiry.status == "destroyed"
        assert not inquiry.messages.exists() and not inquiry.notes.exists()
    assert not MessageKey.objects.exists() and not StaffNoteKey.objects.exists()


def test_control_a_colleagues_note_would_survive_without_the_check_of_the_version(monkeypatch):
    receipt, actor = receive(), make_staff()
    stale = row(receipt)
    visitor.destroy(secret=secret_of(receipt))
    monkeypatch.setattr(Inquiry, "change", lambda inquiry, **changes: None)
    team_service.add_note(inquiry=stale, actor=actor, text="Too late.")
    assert stale.notes.exists()
